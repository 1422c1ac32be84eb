package dev.jerboa.engine.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;

/**
 * Zero-filled native memory that costs nothing until it is written.
 *
 * <p>{@link Arena#allocate} writes zeros over all of it, so large regions are anonymous mappings of the C library's {@code
 * mmap} instead, which the system fills page by page on first use. Where that is not to be had (Windows), and for small
 * regions, the arena allocates.
 */
final class Region {
    /** Below this the zeros cost less than linking {@code mmap}. */
    private static final long SMALL = 16L << 20;

    private static final long ALIGNMENT = 64;

    private Region() {}

    /** {@code bytes} of zeros that live as long as {@code arena}, a shared one. */
    static MemorySegment reserve(Arena arena, long bytes) {
        if (bytes >= SMALL) {
            Optional<MemorySegment> mapped = Mapping.HERE.flatMap(mapping -> mapping.map(arena, bytes));
            if (mapped.isPresent()) {
                return mapped.get();
            }
        }
        return arena.allocate(Math.max(bytes, ALIGNMENT), ALIGNMENT);
    }

    /** The C library's {@code mmap} and {@code munmap}. */
    private record Mapping(MethodHandle mmap, MethodHandle munmap, int flags) {
        private static final int PROT_READ_WRITE = 1 | 2;

        static final Optional<Mapping> HERE = link();

        private static Optional<Mapping> link() {
            String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
            // MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, whose numbers differ
            int flags = system.startsWith("linux")
                    ? 0x02 | 0x20 | 0x4000
                    : system.startsWith("mac") ? 0x02 | 0x1000 | 0x40 : 0;
            if (flags == 0) {
                return Optional.empty();
            }
            Linker linker = Linker.nativeLinker();
            SymbolLookup library = linker.defaultLookup();
            Optional<MemorySegment> mmap = library.find("mmap");
            Optional<MemorySegment> munmap = library.find("munmap");
            if (mmap.isEmpty() || munmap.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new Mapping(
                    linker.downcallHandle(
                            mmap.get(),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_LONG)),
                    linker.downcallHandle(
                            munmap.get(),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG)),
                    flags));
        }

        Optional<MemorySegment> map(Arena arena, long bytes) {
            long address;
            try {
                address = (long) mmap.invokeExact(0L, bytes, PROT_READ_WRITE, flags, -1, 0L);
            } catch (Throwable e) {
                throw new IllegalStateException("mmap could not be called", e);
            }
            if (address == -1) {
                return Optional.empty();
            }
            return Optional.of(
                    MemorySegment.ofAddress(address).reinterpret(bytes, arena, segment -> unmap(address, bytes)));
        }

        private void unmap(long address, long bytes) {
            try {
                int ignored = (int) munmap.invokeExact(address, bytes);
            } catch (Throwable e) {
                throw new IllegalStateException("munmap could not be called", e);
            }
        }
    }
}
