package dev.jerboa.train.autograd;

/** A matrix that operations multiply with: trained, or frozen as a file has it. */
public sealed interface Weight permits Parameter, Frozen {
    /** As in checkpoints. */
    String name();

    /** Outputs. */
    int rows();

    /** Inputs. */
    int cols();
}
