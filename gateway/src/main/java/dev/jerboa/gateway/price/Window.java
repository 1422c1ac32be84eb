package dev.jerboa.gateway.price;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Hours of the week with prices of their own. By the clock on the wall of a zone: where clocks are put back, an hour counts twice.
 *
 * @param days on which it begins
 * @param fromMinute of the day, the first that is in it
 * @param toMinute of the day, the first that is not; 1440 for midnight; not above {@code fromMinute} where it ends on the next day
 * @param holidays on which it does not begin
 */
record Window(Set<DayOfWeek> days, int fromMinute, int toMinute, ZoneId zone, Set<LocalDate> holidays, Tariff tariff) {
    static final int DAY = 24 * 60;

    Window {
        if (fromMinute < 0 || fromMinute >= DAY || toMinute < 0 || toMinute > DAY || fromMinute == toMinute) {
            throw new IllegalArgumentException(
                    "a window from minute " + fromMinute + " of the day to minute " + toMinute);
        }
        if (days.isEmpty()) {
            throw new IllegalArgumentException("a window without days");
        }
        days = Collections.unmodifiableSet(EnumSet.copyOf(days));
        holidays = Collections.unmodifiableSet(new TreeSet<>(holidays));
    }

    boolean holds(Instant at) {
        ZonedDateTime there = at.atZone(zone);
        LocalDate date = there.toLocalDate();
        int minute = there.getHour() * 60 + there.getMinute();
        if (fromMinute < toMinute) {
            return minute >= fromMinute && minute < toMinute && begins(date);
        }
        return (minute >= fromMinute && begins(date)) || (minute < toMinute && begins(date.minusDays(1)));
    }

    private boolean begins(LocalDate date) {
        return days.contains(date.getDayOfWeek()) && !holidays.contains(date);
    }
}
