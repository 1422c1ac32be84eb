package dev.jerboa.gateway.key;

/** Money that a request may cost, held back from every budget above its key. Thread-safe; counts once, however often it is ended. */
public interface Reservation extends BudgetDecision.Granted {
    /** Ends it with what the request did cost, also where that is more than was held back. */
    void settle(long actualNanos);

    /** Ends it where nothing was spent; nothing where it has ended already. */
    default void release() {
        settle(0);
    }

    /** What is held back. */
    long nanos();
}
