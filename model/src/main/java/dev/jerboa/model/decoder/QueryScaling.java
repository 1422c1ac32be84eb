package dev.jerboa.model.decoder;

/**
 * A growth of queries with their position, which sharpens attention over long contexts (Llama 4, Ministral 3): a query at position p
 * is multiplied by {@code 1 + beta · ln(1 + ⌊(p + shift) / period⌋)}.
 *
 * @param period positions before the first step
 * @param shift 1 where positions are counted from 1
 */
public record QueryScaling(double beta, double period, int shift) {
    public QueryScaling {
        if (!(period > 0)) {
            throw new IllegalArgumentException("queries scaled every " + period + " positions, expected more than 0");
        }
    }

    /** What the query at a position is multiplied by. */
    public float factor(int position) {
        return (float) (1 + beta * Math.log1p(Math.floor((position + shift) / period)));
    }
}
