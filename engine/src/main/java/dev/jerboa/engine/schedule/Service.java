package dev.jerboa.engine.schedule;

/**
 * When a request is served among others. It changes nothing of what it is given.
 *
 * @param client who asked: clients of one priority get about the same number of tokens while they wait
 * @param priority those with a higher one go first, and are preempted last
 * @param deadlineNanos the {@link System#nanoTime} after which it ends, waiting or running; {@link Long#MAX_VALUE} for none
 */
public record Service(String client, int priority, long deadlineNanos) {
    /** Nobody in particular, at no particular time. */
    public static final Service USUAL = new Service("", 0, Long.MAX_VALUE);

    boolean isLate(long nowNanos) {
        return deadlineNanos != Long.MAX_VALUE && nowNanos - deadlineNanos >= 0;
    }
}
