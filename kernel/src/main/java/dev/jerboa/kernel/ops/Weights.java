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

    /** How products find the weights. */
    enum Way {
        /** In memory of their own, in the form that kernels read. */
        PACKED,
        /** Where the matrix lies, in a form that kernels read. */
        IN_PLACE,
        /** Where the matrix lies, brought into the kernels' form at each product. */
        PACKED_EACH_TIME,
        /** Where the matrix lies, each row decoded to float32 at each product: right, and slow. */
        DECODED_EACH_TIME
    }

    Way way();
}
