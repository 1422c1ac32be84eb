package dev.jerboa.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.money.Rates;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class WindowTest {
    private static final long MINUTES = RandomSchedules.DAYS * 24L * 60;

    /** Each minute of five weeks, against a walk over the minutes of each day on which the window begins. */
    @Property(tries = 60)
    void holdsInTheMinutesThatAWalkFinds(@ForAll long seed) {
        Window window = new RandomSchedules(seed).window();
        Set<LocalDateTime> inside = walked(window);
        Instant at = RandomSchedules.START.atStartOfDay(ZoneOffset.UTC).toInstant();
        for (long i = 0; i < MINUTES; i++, at = at.plusSeconds(60)) {
            LocalDateTime there = LocalDateTime.ofInstant(at, window.zone());
            assertThat(window.holds(at)).as("%s at %s", window, at).isEqualTo(inside.contains(there));
            assertThat(window.holds(at.plusMillis(59_999))).isEqualTo(inside.contains(there));
        }
    }

    private static Set<LocalDateTime> walked(Window window) {
        Set<LocalDateTime> minutes = new HashSet<>();
        LocalDate end = RandomSchedules.START.plusDays(RandomSchedules.DAYS + 2);
        for (LocalDate day = RandomSchedules.START.minusDays(3); day.isBefore(end); day = day.plusDays(1)) {
            if (window.days().contains(day.getDayOfWeek()) && !window.holidays().contains(day)) {
                LocalDateTime minute = day.atTime(LocalTime.ofSecondOfDay(window.fromMinute() * 60L));
                LocalDateTime last = day.atStartOfDay().plusMinutes(window.toMinute());
                if (!last.isAfter(minute)) {
                    last = last.plusDays(1);
                }
                for (; minute.isBefore(last); minute = minute.plusMinutes(1)) {
                    minutes.add(minute);
                }
            }
        }
        return minutes;
    }

    @Test
    void aWindowOverMidnightBelongsToTheDayOnWhichItBegins() {
        Window window = new Window(
                EnumSet.of(DayOfWeek.FRIDAY),
                22 * 60,
                6 * 60,
                ZoneId.of("UTC"),
                Set.of(LocalDate.of(2026, 10, 9)),
                Tariff.of(Rates.FREE));
        assertThat(window.holds(Instant.parse("2026-10-02T22:00:00Z"))).isTrue();
        assertThat(window.holds(Instant.parse("2026-10-03T05:59:59Z"))).isTrue(); // a Saturday's morning
        assertThat(window.holds(Instant.parse("2026-10-03T06:00:00Z"))).isFalse();
        assertThat(window.holds(Instant.parse("2026-10-03T22:00:00Z"))).isFalse();
        assertThat(window.holds(Instant.parse("2026-10-09T23:00:00Z"))).isFalse(); // the holiday
        assertThat(window.holds(Instant.parse("2026-10-10T03:00:00Z"))).isFalse(); // its night
    }

    @Test
    void refusesWhatIsNoWindow() {
        Tariff free = Tariff.of(Rates.FREE);
        Set<DayOfWeek> daily = EnumSet.allOf(DayOfWeek.class);
        assertThatThrownBy(() -> new Window(daily, 60, 60, ZoneOffset.UTC, Set.of(), free))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Window(daily, 1440, 60, ZoneOffset.UTC, Set.of(), free))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Window(Set.of(), 0, 60, ZoneOffset.UTC, Set.of(), free))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
