package dev.jerboa.kernel.ops.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * Buffers beside pages that may not be touched: a kernel that reads or writes a byte too far ends the process, which fails the
 * build. Each buffer lies in a mapping of its own, between two such pages, and touches one of them. Closing frees all.
 *
 * <p>Unix only ({@link #available}); on other systems buffers are ordinary memory.
 */
final class GuardedMemory implements AutoCloseable {
    /** Which end of a buffer touches a forbidden page; the unaligned ones stay a byte away from it, at an odd address. */
    enum Edge {
        FIRST,
        LAST,
        FIRST_UNALIGNED,
        LAST_UNALIGNED
    }

    /** A multiple of the page size of every system that machine code runs on. */
    private static final long PAGE = 65536;

    private static final int READ_WRITE = 3;
    private static final int PRIVATE = 2;

    private final Arena arena = Arena.ofShared();

    /** Whether this system has guard pages. */
    static boolean available() {
        return !System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");
    }

    /** A zero-filled buffer of exactly {@code bytes} bytes, with a forbidden page right at {@code edge}. */
    MemorySegment buffer(long bytes, Edge edge) {
        if (!available()) {
            return arena.allocate(bytes);
        }
        long inner = (bytes + 2 + PAGE - 1) / PAGE * PAGE;
        long whole = inner + 2 * PAGE;
        long start = map(whole);
        protect(start + PAGE, inner);
        MemorySegment pages =
                MemorySegment.ofAddress(start).reinterpret(whole, arena, segment -> unmap(segment.address(), whole));
        long last = PAGE + inner - bytes;
        long offset = switch (edge) {
            case FIRST -> PAGE;
            case LAST -> last;
            case FIRST_UNALIGNED -> PAGE + 1;
            case LAST_UNALIGNED -> last % 2 == 0 ? last - 1 : last - 2;
        };
        return pages.asSlice(offset, bytes);
    }

    /** A buffer of exactly these floats. */
    MemorySegment floats(float[] values, Edge edge) {
        MemorySegment buffer = buffer(4L * values.length, edge);
        MemorySegment.copy(values, 0, buffer, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, values.length);
        return buffer;
    }

    @Override
    public void close() {
        arena.close();
    }

    private static long map(long bytes) {
        boolean linux = System.getProperty("os.name", "").equals("Linux");
        int anonymous = linux ? 0x20 : 0x1000;
        MethodHandle mmap = handle(
                "mmap",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG));
        long address = (long) invoke(mmap, 0L, bytes, 0, PRIVATE | anonymous, -1, 0L);
        if (address == -1) {
            throw new IllegalStateException("mmap of " + bytes + " bytes failed");
        }
        return address;
    }

    private static void protect(long address, long bytes) {
        MethodHandle mprotect = handle(
                "mprotect",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
        if ((int) invoke(mprotect, address, bytes, READ_WRITE) != 0) {
            throw new IllegalStateException("mprotect of " + bytes + " bytes failed");
        }
    }

    private static void unmap(long address, long bytes) {
        MethodHandle munmap = handle(
                "munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        invoke(munmap, address, bytes);
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
    }

    private static Object invoke(MethodHandle handle, Object... arguments) {
        try {
            return handle.invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a system call failed", e);
        }
    }
}
