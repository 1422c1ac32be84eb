package dev.jerboa.kernel.dtype;

/**
 * Least-squares scales of a group of values under rounding. For fixed codes the best scale has a closed form; the search
 * tries scales around the one that maps the extreme value to the last code, rounds, solves, and keeps the best. Errors
 * are weighted so that large values, which move the output most, count more.
 */
final class ScaleSearch {
    private static final int STEPS = 9;
    private static final float STEP = 0.1f;

    private ScaleSearch() {}

    /** The scale for values ≈ scale · code with codes −centre to centre − 1; the weight of a value is its square. */
    static float symmetric(float[] src, int from, int count, int centre) {
        float extreme = 0;
        for (int j = from; j < from + count; j++) {
            extreme = Math.abs(src[j]) > Math.abs(extreme) ? src[j] : extreme;
        }
        if (extreme == 0) {
            return 0;
        }
        float best = 0;
        double bestGain = 0;
        for (int step = -STEPS; step <= STEPS; step++) {
            float inverse = -(centre + STEP * step) / extreme;
            double xq = 0;
            double qq = 0;
            for (int j = from; j < from + count; j++) {
                int code = Math.clamp(Math.round(src[j] * inverse), -centre, centre - 1);
                double weight = (double) src[j] * src[j];
                xq += weight * src[j] * code;
                qq += weight * code * code;
            }
            // With scale xq / qq the weighted squared error falls by xq² / qq.
            if (qq > 0 && xq * xq > bestGain * qq) {
                bestGain = xq * xq / qq;
                best = (float) (xq / qq);
            }
        }
        return best;
    }

    /**
     * Scale and minimum, both ≥ 0, for values ≈ scale · code − min with codes 0 to {@code maxCode}; the weight of a value
     * is its magnitude above the group's root mean square.
     *
     * @param pair receives scale and minimum
     */
    static void affine(float[] src, int from, int count, int maxCode, float[] pair) {
        float low = 0;
        float high = src[from];
        double squares = 0;
        for (int j = from; j < from + count; j++) {
            low = Math.min(low, src[j]);
            high = Math.max(high, src[j]);
            squares += (double) src[j] * src[j];
        }
        pair[0] = 0;
        pair[1] = -low;
        if (high <= low) {
            return;
        }
        double base = Math.sqrt(squares / count);
        double bestError = Double.POSITIVE_INFINITY;
        for (int step = -STEPS; step <= STEPS; step++) {
            float inverse = (maxCode + STEP * step) / (high - low);
            double w = 0;
            double wx = 0;
            double wq = 0;
            double wqq = 0;
            double wxq = 0;
            double wxx = 0;
            for (int j = from; j < from + count; j++) {
                int code = Math.clamp(Math.round((src[j] - low) * inverse), 0, maxCode);
                double weight = base + Math.abs(src[j]);
                w += weight;
                wx += weight * src[j];
                wq += weight * code;
                wqq += weight * code * code;
                wxq += weight * src[j] * code;
                wxx += weight * src[j] * src[j];
            }
            double determinant = w * wqq - wq * wq;
            if (determinant <= 0) {
                continue;
            }
            double scale = (w * wxq - wx * wq) / determinant;
            double min = (wq * wxq - wqq * wx) / determinant;
            if (min < 0) {
                min = 0;
                scale = wxq / wqq;
            }
            double error =
                    wxx + scale * scale * wqq + min * min * w - 2 * scale * wxq + 2 * min * wx - 2 * scale * min * wq;
            if (scale > 0 && error < bestError) {
                bestError = error;
                pair[0] = (float) scale;
                pair[1] = (float) min;
            }
        }
    }
}
