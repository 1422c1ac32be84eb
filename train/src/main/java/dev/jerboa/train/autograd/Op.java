package dev.jerboa.train.autograd;

/**
 * One step of a {@link Tape}. Both ways are run by every worker alike; barriers follow each.
 *
 * <p>Memory has lifetimes, which an operation's constructor states. Inputs stand in forward, and in backward unless they were used
 * {@link Input#forwardOnly}; outputs stand in forward, and in backward where they were {@link Tensor#recall recalled}; tables as {@link
 * Table.Use} says. At other times something else lies there, and at first anything does.
 *
 * <p>Between the two ways a tape may run forward again, with the same inputs and parameters, in place of what was not kept. Outputs and
 * tables must come to the same bits, and whatever else forward changes (counts, losses) to the same values as after one run. An operation of
 * which this does not hold is added with {@link Repeat#NEVER}.
 */
interface Op {
    /** Called once when the tape is planned: which reader sets a gradient and which add is known now. */
    default void planned() {}

    /** Sets what parameters of the operation's own begin with, where that follows from other ones. */
    default void begin(Pass pass) {}

    /** Computes the outputs from the inputs. */
    void forward(Pass pass);

    /** Computes the gradients of inputs and parameters from those of the outputs. */
    void backward(Pass pass);
}
