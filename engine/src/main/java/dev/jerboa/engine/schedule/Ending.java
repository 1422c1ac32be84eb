package dev.jerboa.engine.schedule;

/** Why a completion ended. */
public enum Ending {
    /** Its last token is one of the request's stop tokens. */
    STOP,
    /** The request's constraint lets nothing follow. */
    COMPLETE,
    /** It has as many tokens as were asked for. */
    LENGTH,
    /** The listener wanted no more ({@link Listener#token}). */
    ENOUGH,
    /** The time of the request was up ({@link Service#deadlineNanos}). */
    DEADLINE,
    /** {@link Ticket#cancel}, or the scheduler was closed. */
    CANCELLED
}
