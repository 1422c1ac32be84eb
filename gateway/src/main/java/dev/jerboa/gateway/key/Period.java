package dev.jerboa.gateway.key;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.Locale;

/** How long a budget's money is for: stretches of UTC's calendar; weeks begin on Mondays. */
public enum Period {
    HOUR,
    DAY,
    WEEK,
    MONTH,
    /** For ever. */
    TOTAL;

    /** The beginning of the period that a time is in; 1970 for {@link #TOTAL}. */
    public Instant start(Instant time) {
        LocalDate day = LocalDate.ofInstant(time, ZoneOffset.UTC);
        return switch (this) {
            case HOUR -> time.truncatedTo(ChronoUnit.HOURS);
            case DAY -> begin(day);
            case WEEK -> begin(day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)));
            case MONTH -> begin(day.withDayOfMonth(1));
            case TOTAL -> Instant.EPOCH;
        };
    }

    /** The beginning of the period behind the one that a time is in; {@link Instant#MAX} for {@link #TOTAL}. */
    public Instant end(Instant time) {
        LocalDate day = LocalDate.ofInstant(start(time), ZoneOffset.UTC);
        return switch (this) {
            case HOUR -> start(time).plus(1, ChronoUnit.HOURS);
            case DAY -> begin(day.plusDays(1));
            case WEEK -> begin(day.plusWeeks(1));
            case MONTH -> begin(day.plusMonths(1));
            case TOTAL -> Instant.MAX;
        };
    }

    private static Instant begin(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException where there is no such period */
    public static Period of(String text) {
        try {
            return valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "there is no period '" + text + "': expected hour, day, week, month or total", e);
        }
    }
}
