package dev.jerboa.kernel.ops.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A block of 64-bit arguments in native memory, which a routine reads through its one parameter: argument i lies at byte
 * {@code 8·i}. One thread.
 */
final class Arguments {
    private static final int COUNT = 64;

    private final MemorySegment block;

    Arguments(Arena arena) {
        this.block = arena.allocate((long) COUNT * Long.BYTES, 64);
    }

    /** The address that a routine takes. */
    long address() {
        return block.address();
    }

    /** Sets argument {@code index}. */
    Arguments set(int index, long value) {
        block.set(ValueLayout.JAVA_LONG, (long) index * Long.BYTES, value);
        return this;
    }

    /** Sets argument {@code index} to a float, in its lower half. */
    Arguments set(int index, float value) {
        block.set(ValueLayout.JAVA_LONG, (long) index * Long.BYTES, Float.floatToRawIntBits(value));
        return this;
    }
}
