package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalLong;

/**
 * Sums days that have ended, once an hour, one at a time with pauses between: who writes events is never kept waiting for longer than for
 * one of them. Looks over some of those that have been summed each time, all of them in turn, and makes anew what differs from its hours, as
 * it would where a gateway from before there were such sums wrote an event of days ago, or where somebody changed rows by hand. Several
 * nodes may do it over one store.
 */
public final class DayKeeper implements AutoCloseable {
    private static final Logger LOG = System.getLogger(DayKeeper.class.getName());
    /** What comes late comes mostly within this time, and is added to hours only. */
    private static final Duration SETTLED = Duration.ofHours(6);
    /** Of an hour: a year is looked over within eight. */
    private static final int LOOKED_OVER = 48;

    private static final long PAUSE_NANOS = 50_000_000;

    private final DaySums days;
    private final InstantSource clock;
    private final Hourly hourly;
    /** The day before which is looked over next. */
    private long before = Long.MAX_VALUE;

    private DayKeeper(Database database, InstantSource clock) {
        this.days = new DaySums(database);
        this.clock = clock;
        this.hourly = new Hourly("jerboa-days", "days are summed in an hour", this::run);
    }

    /** Begins, a minute from now. */
    public static DayKeeper start(Database database, InstantSource clock) {
        DayKeeper keeper = new DayKeeper(database, clock);
        keeper.hourly.start();
        return keeper;
    }

    private void run() {
        int summed = sumEnded();
        if (summed > 1) { // the first time, over a store from before, and after a pause
            LOG.log(Level.INFO, "{0} days were summed from their hours", summed);
        }
        lookOver();
    }

    /** Sums all days that have ended and settled; how many. */
    int sumEnded() {
        long settled = Math.floorDiv(Micros.of(clock.instant().minus(SETTLED)), Micros.HOUR);
        int summed = 0;
        while (!hourly.isClosing() && days.next(settled).isPresent()) {
            summed++;
            hourly.pause(PAUSE_NANOS);
        }
        return summed;
    }

    /** Looks over some days, and makes anew those that differ; how many did. */
    int lookOver() {
        int differing = 0;
        for (int i = 0; i < LOOKED_OVER && !hourly.isClosing(); i++) {
            OptionalLong day = days.lastBefore(before);
            if (day.isEmpty()) {
                before = Long.MAX_VALUE; // and from the newest again, the next time
                return differing;
            }
            before = day.getAsLong();
            if (!days.isExact(before) && days.mend(before)) {
                differing++;
                LOG.log(
                        Level.WARNING,
                        "the sums of {0} were not those of its hours, and were made anew: an older Jerboa wrote to the store, or rows were changed by hand",
                        Instant.ofEpochSecond(before * 3600));
            }
            hourly.pause(PAUSE_NANOS);
        }
        return differing;
    }

    @Override
    public void close() {
        hourly.close();
    }
}
