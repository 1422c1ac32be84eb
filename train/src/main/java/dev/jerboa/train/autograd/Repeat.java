package dev.jerboa.train.autograd;

/** Whether {@link Op#forward} may run again before {@link Op#backward}, and what that costs. */
enum Repeat {
    /** It may not: it does more than compute outputs and tables from inputs and parameters. All that it made is kept. */
    NEVER,
    /** It multiplies by weights, attends, or turns what nobody needs otherwise. */
    COSTLY,
    /** It goes over rows once or twice: norms, sums, copies, reading and writing streams. */
    CHEAP
}
