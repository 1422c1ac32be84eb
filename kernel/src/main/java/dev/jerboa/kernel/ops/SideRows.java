package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.memory.FloatRows;

/**
 * Rows of float32 beside the keys and values of a {@link KvLayer}, in the same pages of {@code 1 << pageShift} positions: one for
 * each position, or one for each stretch of {@code every} of them, which lies in the page of the stretch's last position. A page has
 * {@link #perPage} rows.
 *
 * @param rows those of page 0, then of page 1, …
 * @param every positions that share a row, from position 0 on
 */
public record SideRows(FloatRows rows, int every, int pageShift) {
    public SideRows {
        if (every < 1) {
            throw new IllegalArgumentException("a row for every " + every + " positions, expected at least 1");
        }
    }

    /** Rows of a page: those of all stretches that can end in it. */
    public static int perPage(int every, int pageShift) {
        return ((1 << pageShift) + every - 1) / every;
    }

    /** The row of the stretch that ends at {@code position}. */
    public int row(int[] pages, int position) {
        int within = (position & (1 << pageShift) - 1) / every;
        return pages[position >> pageShift] * perPage(every, pageShift) + within;
    }
}
