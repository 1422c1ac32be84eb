package dev.jerboa.kernel.ops;

/**
 * A weight matrix in the form one tier computes with: the file's own bytes, or a repacked copy. Made by
 * {@link Ops#weights}; only the tier that made it can use it.
 */
public interface Weights {
    /** Outputs. */
    int rows();

    /** Inputs. */
    int cols();

    /** Bytes that one full product reads, as held in memory. */
    long bytes();
}
