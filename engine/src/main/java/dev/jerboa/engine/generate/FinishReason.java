package dev.jerboa.engine.generate;

/** Why a reply ended. */
public enum FinishReason {
    /** The model ended it. */
    STOP,
    /** It contains one of the stop strings; the text ends before it. */
    STOP_STRING,
    /** It has as many tokens as were asked for. */
    LENGTH,
    /** No room is left, in the context or in the cache; {@link Reply#message} says which. */
    CONTEXT_FULL,
    /** The time that was given for it is up. */
    DEADLINE,
    /** {@link Cancellation}, {@link ChatSession#cancel} or an interrupt of the thread ended it. */
    CANCELLED
}
