package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** One thread's arguments and scratch memory; it grows to the largest need and stays. */
final class Workspace {
    private final Arena arena = Arena.ofAuto();
    private final Arguments arguments = new Arguments(arena);
    private MemorySegment panel = MemorySegment.NULL;
    private MemorySegment records = MemorySegment.NULL;
    private MemorySegment sums = MemorySegment.NULL;
    private MemorySegment edge = MemorySegment.NULL;
    private MemorySegment groups = MemorySegment.NULL;
    private float[] row = {};

    Arguments arguments() {
        return arguments;
    }

    /** At least {@code bytes} bytes for a panel of weights. */
    MemorySegment panel(long bytes) {
        if (panel.byteSize() < bytes) {
            panel = arena.allocate(bytes, FloatRows.ALIGNMENT);
        }
        return panel;
    }

    /** At least {@code bytes} bytes for activations in another form. */
    MemorySegment records(long bytes) {
        if (records.byteSize() < bytes) {
            records = arena.allocate(bytes, FloatRows.ALIGNMENT);
        }
        return records;
    }

    /** At least {@code bytes} bytes for sums between pieces of a product. */
    MemorySegment sums(long bytes) {
        if (sums.byteSize() < bytes) {
            sums = arena.allocate(bytes, FloatRows.ALIGNMENT);
        }
        return sums;
    }

    /** At least {@code bytes} bytes for outputs of a row group that reaches past the matrix. */
    MemorySegment edge(long bytes) {
        if (edge.byteSize() < bytes) {
            edge = arena.allocate(bytes, FloatRows.ALIGNMENT);
        }
        return edge;
    }

    /** At least {@code bytes} bytes for row groups that are packed each time. */
    MemorySegment groups(long bytes) {
        if (groups.byteSize() < bytes) {
            groups = arena.allocate(bytes, FloatRows.ALIGNMENT);
        }
        return groups;
    }

    /** At least {@code size} floats on the heap. */
    float[] row(int size) {
        if (row.length < size) {
            row = new float[size];
        }
        return row;
    }
}
