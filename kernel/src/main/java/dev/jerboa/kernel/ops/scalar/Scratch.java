package dev.jerboa.kernel.ops.scalar;

/** A thread's working rows: they grow, by doubling, and never shrink. */
final class Scratch {
    final GridRow gridRow = new GridRow();
    private float[] row = {};

    /** At least {@code count} floats with any content; the next call may return the same array. */
    float[] row(int count) {
        if (row.length < count) {
            row = new float[Math.max(count, (int) Math.min(Integer.MAX_VALUE - 8, 2L * row.length))];
        }
        return row;
    }
}
