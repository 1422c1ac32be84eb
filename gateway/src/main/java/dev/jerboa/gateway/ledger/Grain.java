package dev.jerboa.gateway.ledger;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;

/** How finely sums are cut in time; all in UTC, weeks begin on Mondays. */
public enum Grain {
    HOUR,
    DAY,
    WEEK,
    MONTH,
    /** Not at all: one row for the whole range. */
    ALL;

    /** The first hour (since 1970) of the part that an hour is in; 0 for {@link #ALL}. */
    public long startHour(long hour) {
        long day = Math.floorDiv(hour, 24L);
        return switch (this) {
            case HOUR -> hour;
            case DAY -> day * 24;
            case WEEK ->
                LocalDate.ofEpochDay(day)
                                .with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY))
                                .toEpochDay()
                        * 24;
            case MONTH -> LocalDate.ofEpochDay(day).withDayOfMonth(1).toEpochDay() * 24;
            case ALL -> 0;
        };
    }

    /** The hour since 1970 in which a day begins. */
    public static long hourOf(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toEpochSecond() / 3600;
    }
}
