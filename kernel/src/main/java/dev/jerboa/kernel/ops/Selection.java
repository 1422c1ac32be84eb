package dev.jerboa.kernel.ops;

/** Row selections of {@link Ops#product}. */
public final class Selection {
    /** Every row in order: no index. */
    public static final int[] ALL = {};

    private Selection() {}
}
