package dev.jerboa.gateway.price;

import java.time.LocalDate;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * Days on which windows that are for working days do not apply.
 *
 * @param name how prices refer to it
 * @param dates the days, where the window's clock is; in order
 */
public record HolidayCalendar(String name, Set<LocalDate> dates) {
    public HolidayCalendar {
        dates = Collections.unmodifiableSet(new TreeSet<>(dates));
    }
}
