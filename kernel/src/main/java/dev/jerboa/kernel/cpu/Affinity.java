package dev.jerboa.kernel.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/** Binds the calling thread to one processor, by {@code sched_setaffinity(2)} on Linux. */
final class Affinity {
    private static final int MASK_BYTES = 1 << 13; // 65,536 processors

    private Affinity() {}

    /** Binds the calling thread; false where the system cannot, or will not. */
    static boolean pin(int cpu) {
        if (cpu < 0
                || cpu >= MASK_BYTES * Byte.SIZE
                || !System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux")) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            Linker linker = Linker.nativeLinker();
            var call = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("sched_setaffinity"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS));
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            long word = (long) (cpu / Long.SIZE) * Long.BYTES;
            mask.set(ValueLayout.JAVA_LONG, word, 1L << (cpu % Long.SIZE));
            return (int) call.invokeExact(0, (long) MASK_BYTES, mask) == 0;
        } catch (Throwable e) {
            return false; // no such function, or native access refused: an unbound thread computes the same
        }
    }
}
