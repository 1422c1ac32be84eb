package dev.jerboa.kernel.memory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;

/**
 * The C library's calls on memory pages, with the numbers that Linux and macOS give their arguments. Absent on other systems
 * and where native access is refused.
 */
final class SystemCalls {
    /** {@code madvise} numbers; of Linux, and 3 and 4 of macOS too. */
    static final int WILL_NEED = 3;

    static final int DONT_NEED = 4;
    static final int HUGE_PAGE = 14;
    static final int NO_HUGE_PAGE = 15;
    static final int POPULATE_READ = 22;

    private static final int READ_WRITE = 1 | 2;
    private static final int PRIVATE = 0x02;

    private static final Optional<SystemCalls> HERE = link();

    private final MethodHandle map;
    private final MethodHandle unmap;
    private final MethodHandle advise;
    private final int anonymous;
    private final int noReserve;
    private final long pageBytes;

    private SystemCalls(MethodHandle map, MethodHandle unmap, MethodHandle advise, boolean linux, long pageBytes) {
        this.map = map;
        this.unmap = unmap;
        this.advise = advise;
        this.anonymous = linux ? 0x20 : 0x1000;
        this.noReserve = linux ? 0x4000 : 0x40;
        this.pageBytes = pageBytes;
    }

    /** This system's. */
    static Optional<SystemCalls> here() {
        return HERE;
    }

    private static Optional<SystemCalls> link() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        boolean linux = system.startsWith("linux");
        if (!linux && !system.startsWith("mac")) {
            return Optional.empty();
        }
        try {
            MethodHandle pageSize = handle("getpagesize", FunctionDescriptor.of(ValueLayout.JAVA_INT));
            return Optional.of(new SystemCalls(
                    handle(
                            "mmap",
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_LONG)),
                    handle(
                            "munmap",
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG)),
                    handle(
                            "madvise",
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT)),
                    linux,
                    (int) pageSize.invokeExact()));
        } catch (Throwable e) {
            return Optional.empty(); // no such function, or native access refused: arenas allocate instead
        }
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        SymbolLookup library = Linker.nativeLinker().defaultLookup();
        return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), descriptor);
    }

    /** Bytes of a small page. */
    long pageBytes() {
        return pageBytes;
    }

    /**
     * Fresh anonymous pages, zero when first touched: their address, or empty where the system has too little memory.
     *
     * @param reserved whether the system should refuse at once what it could never provide
     */
    Optional<MemorySegment> map(long bytes, boolean reserved) {
        int flags = PRIVATE | anonymous | (reserved ? 0 : noReserve);
        long address;
        try {
            address = (long) map.invokeExact(0L, bytes, READ_WRITE, flags, -1, 0L);
        } catch (Throwable e) {
            throw new IllegalStateException("mmap could not be called", e);
        }
        return address == -1 ? Optional.empty() : Optional.of(MemorySegment.ofAddress(address));
    }

    void unmap(long address, long bytes) {
        if (bytes > 0) {
            try {
                int ignored = (int) unmap.invokeExact(address, bytes);
            } catch (Throwable e) {
                throw new IllegalStateException("munmap could not be called", e);
            }
        }
    }

    /** Advises on whole pages; false where the system does not take the advice. */
    boolean advise(long address, long bytes, int advice) {
        try {
            return (int) advise.invokeExact(address, bytes, advice) == 0;
        } catch (Throwable e) {
            throw new IllegalStateException("madvise could not be called", e);
        }
    }
}
