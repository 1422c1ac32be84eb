package dev.jerboa.train.autograd;

/** One step of a {@link Tape}. Both ways are run by every worker alike; barriers follow each. */
interface Op {
    /** Called once when the tape is planned: which reader sets a gradient and which add is known now. */
    default void planned() {}

    /** Sets what parameters of the operation's own begin with, where that follows from other ones. */
    default void begin(Pass pass) {}

    /** Computes the outputs from the inputs. */
    void forward(Pass pass);

    /** Computes the gradients of inputs and parameters from those of the outputs. What forward computed still stands. */
    void backward(Pass pass);
}
