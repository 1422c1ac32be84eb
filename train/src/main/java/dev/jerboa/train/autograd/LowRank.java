package dev.jerboa.train.autograd;

import org.jspecify.annotations.Nullable;

/**
 * What is learned beside a matrix W that stays as it is: {@code W + scale · B · A} (LoRA, arXiv 2106.09685), each row of which has
 * the length {@code magnitude} says, where there is one (DoRA, arXiv 2402.09353).
 *
 * @param a {@code [rank, in]}
 * @param b {@code [out, rank]}
 * @param magnitude {@code [out]}; null for LoRA
 */
public record LowRank(
        Parameter a, Parameter b, float scale, @Nullable Parameter magnitude) {
    public LowRank {
        if (a.rows() != b.cols() || (magnitude != null && magnitude.cols() != b.rows())) {
            throw new IllegalArgumentException(a + " and " + b + " do not make a product of rank " + a.rows()
                    + (magnitude == null ? "" : " with " + magnitude));
        }
    }

    int rank() {
        return a.rows();
    }
}
