package dev.jerboa.engine.schedule;

/** As many requests wait as may ({@link ScheduleOptions#maxWaiting}); the request was not taken. */
public final class OverloadedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    OverloadedException(int waiting) {
        super(waiting + " requests wait already, which is all that may: try again later");
    }
}
