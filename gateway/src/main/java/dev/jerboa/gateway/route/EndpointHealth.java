package dev.jerboa.gateway.route;

import dev.jerboa.gateway.config.BreakerConfig;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * How one endpoint does. Its breaker is closed while it answers; so many failures within a window open it, and nobody asks; after a pause it
 * is half open, and a few requests try: one that is answered closes it, one that fails opens it anew. Thread-safe.
 */
public final class EndpointHealth {
    /** Where a breaker stands. */
    public enum State {
        CLOSED,
        OPEN,
        HALF_OPEN;

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How much a new measurement counts against all before it. */
    private static final double NEW = 0.2;
    /** Shares of uptime are of about so many requests. */
    private static final double UPTIME_NEW = 0.02;
    /** A reply that comes within less was waiting somewhere, and says nothing about speed. */
    private static final long LEAST_MICROS = 1000;

    private final BreakerConfig config;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    // all guarded by the lock
    private final Deque<Long> failures = new ArrayDeque<>();
    private boolean tripped;
    private long trippedAt;
    private int probing;
    private long probedAt;
    private long leaveAloneUntil;
    private boolean leaveAlone;
    private int inFlight;
    private double firstTokenMillis = Double.NaN;
    private double tokensPerSecond = Double.NaN;
    private final RecentValues firstTokens = new RecentValues();
    private final RecentValues speeds = new RecentValues();
    private double uptime = 1;

    EndpointHealth(BreakerConfig config, LongSupplier nanoTime) {
        this.config = config;
        this.nanoTime = nanoTime;
    }

    /** Begins a request, where the breaker lets it through; it has to be ended by one of the other methods. */
    public boolean begin() {
        lock.lock();
        try {
            State state = stateNow();
            if (state == State.OPEN || (state == State.HALF_OPEN && isProbed())) {
                return false;
            }
            if (state == State.HALF_OPEN) {
                probing++;
                probedAt = nanoTime.getAsLong();
            }
            inFlight++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether enough try; one that takes long, as a long reply does, is not waited for. */
    private boolean isProbed() {
        return probing >= config.probes()
                && nanoTime.getAsLong() - probedAt < config.pause().toNanos();
    }

    /**
     * The endpoint answered.
     *
     * @param firstTokenMicros until its first content; negative where it is not known
     * @param tokens of the reply
     * @param micros from the first content to the end
     */
    public void answered(long firstTokenMicros, long tokens, long micros) {
        lock.lock();
        try {
            end();
            tripped = false;
            leaveAlone = false;
            failures.clear();
            uptime += UPTIME_NEW * (1 - uptime);
            if (firstTokenMicros >= 0) {
                firstTokenMillis = mixed(firstTokenMillis, firstTokenMicros / 1e3);
                firstTokens.add(firstTokenMicros / 1e3);
            }
            if (tokens > 1 && micros >= LEAST_MICROS) {
                tokensPerSecond = mixed(tokensPerSecond, tokens * 1e6 / micros);
                speeds.add(tokens * 1e6 / micros);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The endpoint failed.
     *
     * @param leaveAloneMillis for how long it wants to be left alone; negative where it does not say
     */
    public void failed(long leaveAloneMillis) {
        lock.lock();
        try {
            boolean probe = stateNow() == State.HALF_OPEN;
            end();
            uptime += UPTIME_NEW * (0 - uptime);
            long now = nanoTime.getAsLong();
            failures.addLast(now);
            forget(now);
            if (probe || failures.size() >= config.failures()) {
                tripped = true;
                trippedAt = now;
                failures.clear();
            }
            if (leaveAloneMillis >= 0) {
                leaveAlone = true;
                leaveAloneUntil = now + TimeUnit.MILLISECONDS.toNanos(leaveAloneMillis);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The request ended by no merit or fault of the endpoint's. */
    public void ended() {
        lock.lock();
        try {
            end();
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        inFlight--;
        probing = Math.max(0, probing - 1);
    }

    private static double mixed(double before, double now) {
        return Double.isNaN(before) ? now : before + NEW * (now - before);
    }

    private void forget(long now) {
        while (!failures.isEmpty()
                && (failures.size() > config.failures()
                        || now - failures.getFirst() > config.window().toNanos())) {
            failures.removeFirst();
        }
    }

    private State stateNow() {
        long now = nanoTime.getAsLong();
        if (leaveAlone && now - leaveAloneUntil < 0) {
            return State.OPEN;
        }
        if (!tripped) {
            return State.CLOSED;
        }
        return now - trippedAt < config.pause().toNanos() ? State.OPEN : State.HALF_OPEN;
    }

    public State state() {
        lock.lock();
        try {
            return stateNow();
        } finally {
            lock.unlock();
        }
    }

    /** How long it is to be left alone from now on, in milliseconds; 0 where it may be asked. */
    public long openMillis() {
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            long wanted = leaveAlone ? leaveAloneUntil - now : 0;
            long paused = tripped ? trippedAt + config.pause().toNanos() - now : 0;
            return TimeUnit.NANOSECONDS.toMillis(Math.max(0, Math.max(wanted, paused)) + 999_999);
        } finally {
            lock.unlock();
        }
    }

    /** Whether it failed within the window, without an answer since: others are asked first. */
    boolean isShaky() {
        lock.lock();
        try {
            forget(nanoTime.getAsLong());
            return !failures.isEmpty() || tripped;
        } finally {
            lock.unlock();
        }
    }

    /** Requests under way. */
    public int inFlight() {
        lock.lock();
        try {
            return inFlight;
        } finally {
            lock.unlock();
        }
    }

    /** About the time to the first content; NaN where it is not known. */
    public double firstTokenMillis() {
        lock.lock();
        try {
            return firstTokenMillis;
        } finally {
            lock.unlock();
        }
    }

    /** About the tokens a second of one reply; NaN where they are not known. */
    public double tokensPerSecond() {
        lock.lock();
        try {
            return tokensPerSecond;
        } finally {
            lock.unlock();
        }
    }

    /** The time to the first content that so many of a hundred recent replies took at most; NaN where it is not known. */
    double firstTokenMillis(int percent) {
        lock.lock();
        try {
            return firstTokens.percentile(percent);
        } finally {
            lock.unlock();
        }
    }

    /** The tokens a second that so many of a hundred recent replies had at least; NaN where they are not known. */
    double tokensPerSecond(int percent) {
        lock.lock();
        try {
            return speeds.percentile(100 - percent);
        } finally {
            lock.unlock();
        }
    }

    /** The share of requests that it answered, recent ones counting more; 1 before the first. */
    public double uptime() {
        lock.lock();
        try {
            return uptime;
        } finally {
            lock.unlock();
        }
    }
}
