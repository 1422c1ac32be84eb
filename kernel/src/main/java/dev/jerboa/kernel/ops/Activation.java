package dev.jerboa.kernel.ops;

/** The gate function of a gated feed-forward unit, {@code activation(gate) × up}. */
public enum Activation {
    /** x · sigmoid(x). */
    SILU,
    /** The tanh approximation of GELU. */
    GELU_TANH
}
