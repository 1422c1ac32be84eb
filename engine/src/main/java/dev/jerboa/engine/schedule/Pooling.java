package dev.jerboa.engine.schedule;

/** How the states of a text's tokens become one vector. */
public enum Pooling {
    /** Their mean. */
    MEAN,
    /** That of the last token, which has seen all others. */
    LAST
}
