package dev.jerboa.gateway.share.fact;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;

/** Periods of UTC that figures are summed by. Weeks begin on Monday. Hours are counted since 1970. */
public enum Bucket {
    HOUR(1, 0),
    DAY(24, 0),
    WEEK(168, 72), // 1970 began on a Thursday
    MONTH(24, 0);

    private static final int DAY_HOURS = 24;

    private final int step;
    private final int shift;

    Bucket(int step, int shift) {
        this.step = step;
        this.shift = shift;
    }

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** An SQL expression of the hour at which the period of {@code column} begins; of months, that of its day. */
    String sql(String column) {
        return step == 1 ? column : column + " - ((" + column + " + " + shift + ") % " + step + ")";
    }

    /** The hour at which the period begins that an hour is in. */
    public long start(long hour) {
        if (this == MONTH) {
            return LocalDate.ofEpochDay(Math.floorDiv(hour, DAY_HOURS))
                            .withDayOfMonth(1)
                            .toEpochDay()
                    * DAY_HOURS;
        }
        return hour - Math.floorMod(hour + shift, step);
    }

    /** The beginning of the period after that which begins at an hour. */
    public long next(long start) {
        return this == MONTH
                ? LocalDate.ofEpochDay(start / DAY_HOURS).plusMonths(1).toEpochDay() * DAY_HOURS
                : start + step;
    }

    /** The beginning of the period before that which begins at an hour. */
    public long previous(long start) {
        return start(start - 1);
    }

    /** How many periods there are between two hours, at most. */
    public long count(long from, long to) {
        return (to - from) / (this == MONTH ? 28 * DAY_HOURS : step) + 2;
    }

    /** The beginning of a period as it is shown: {@code 2025-11-24}, of hours {@code 2025-11-24T13:00Z}. */
    public String shown(long start) {
        LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(start, DAY_HOURS));
        return this == HOUR
                ? String.format(Locale.ROOT, "%sT%02d:00Z", day, Math.floorMod(start, DAY_HOURS))
                : day.toString();
    }

    /** The hour that a moment is in. */
    public static long hour(Instant at) {
        return Math.floorDiv(at.getEpochSecond(), 3600);
    }

    /** The first hour that begins no earlier than a moment. */
    public static long hourFrom(Instant at) {
        return -Math.floorDiv(-at.getEpochSecond() - (at.getNano() > 0 ? 1 : 0), 3600);
    }

    /** The hour at which a day of UTC begins. */
    public static long hour(LocalDate day) {
        return Math.floorDiv(day.atStartOfDay(ZoneOffset.UTC).toEpochSecond(), 3600);
    }
}
