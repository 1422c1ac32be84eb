package dev.jerboa.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.money.Rates;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Property(tries = 300)
    void itsTextIsReadToTheSamePricesAndVersion(@ForAll long seed) {
        RandomSchedules random = new RandomSchedules(seed);
        Schedule schedule = random.schedule();
        Schedule read = Schedule.parse(schedule.text());
        assertThat(read.version()).isEqualTo(schedule.version());
        assertThat(read.text()).isEqualTo(schedule.text());
        assertThat(read.machine().nanos(1_000_000)).isEqualTo(schedule.machine().nanos(1_000_000));
        for (int i = 0; i < 20; i++) {
            Instant at = random.instant();
            long tokens = new Random(seed + i).nextLong(400_000);
            assertThat(read.at(at, tokens)).isEqualTo(schedule.at(at, tokens));
            assertThat(read.dearest(at)).isEqualTo(schedule.dearest(at));
        }
    }

    /** The dearest of a moment is no less than any prompt's prices then, and each of its parts is some prompt's. */
    @Property(tries = 200)
    void dearestIsTheMostOverAllPrompts(@ForAll long seed) {
        RandomSchedules random = new RandomSchedules(seed);
        Schedule schedule = random.schedule();
        for (int i = 0; i < 10; i++) {
            Instant at = random.instant();
            Rates most = Rates.FREE;
            for (long tokens = 0; tokens < 400_000; tokens += 500) {
                most = most.dearest(schedule.at(at, tokens));
            }
            for (long exact : List.of(0L, 400_000L, Long.MAX_VALUE)) {
                most = most.dearest(schedule.at(at, exact));
            }
            assertThat(schedule.dearest(at).dearest(most)).isEqualTo(schedule.dearest(at));
            assertThat(schedule.dearest(at).input())
                    .isIn(boundaries(schedule, at).map(Rates::input).toList());
        }
    }

    private static Stream<Rates> boundaries(Schedule schedule, Instant at) {
        return schedule.text()
                .lines()
                .filter(line -> line.startsWith("tier "))
                .map(line -> schedule.at(at, Long.parseLong(line.split(" ")[1])));
    }

    /** The dearest window of a period is no less than the prices at any of its hours. */
    @Property(tries = 100)
    void dearestWindowIsTheMostOverThePeriodsHours(@ForAll long seed) {
        RandomSchedules random = new RandomSchedules(seed);
        Schedule schedule = new Schedule(
                List.of(new Period(Optional.empty(), random.tariff(), List.of(random.window(), random.window()))),
                MachineCost.NONE);
        long tokens = new Random(seed).nextLong(200_000);
        Rates dearest = schedule.dearestWindow(random.instant(), tokens, "");
        Instant at = RandomSchedules.START.atStartOfDay(ZoneOffset.UTC).toInstant();
        for (int hour = 0; hour < RandomSchedules.DAYS * 24; hour++, at = at.plusSeconds(3600)) {
            assertThat(dearest.dearest(schedule.at(at, tokens))).isEqualTo(dearest);
        }
    }

    @Test
    void aPeriodHoldsFromItsBeginningOn() {
        Schedule schedule = new Schedule(
                List.of(
                        new Period(Optional.of(Instant.parse("2026-01-01T00:00:00Z")), Tariff.of(of(1)), List.of()),
                        new Period(Optional.of(Instant.parse("2026-06-01T16:00:00Z")), Tariff.of(of(2)), List.of())),
                MachineCost.NONE);
        assertThat(schedule.at(Instant.parse("2025-01-01T00:00:00Z"), 1))
                .isEqualTo(of(1)); // the earliest that is known
        assertThat(schedule.at(Instant.parse("2026-06-01T15:59:59.999999Z"), 1)).isEqualTo(of(1));
        assertThat(schedule.at(Instant.parse("2026-06-01T16:00:00Z"), 1)).isEqualTo(of(2));
        assertThat(schedule.dearest(Instant.parse("2026-06-01T15:59:59Z"))).isEqualTo(of(1));
    }

    @Test
    void aTierIsForTheWholeRequestFromItsTokensOn() {
        Tariff tariff = new Tariff(List.of(new Tier(0, of(1)), new Tier(200_001, of(2))));
        assertThat(tariff.at(200_000)).isEqualTo(of(1));
        assertThat(tariff.at(200_001)).isEqualTo(of(2));
        assertThat(tariff.dearest()).isEqualTo(of(2));
    }

    @Test
    void versionsTellPricesApart() {
        assertThat(Schedule.flat(of(1)).version())
                .isEqualTo(Schedule.flat(of(1)).version())
                .isNotEqualTo(Schedule.flat(of(2)).version())
                .matches("[0-9a-f]{16}");
        assertThat(Schedule.FREE.version())
                .isNotEqualTo(Schedule.machine(new MachineCost(1, 0, 0)).version());
    }

    @Test
    void refusesPeriodsOutOfOrder() {
        Period june = new Period(Optional.of(Instant.parse("2026-06-01T00:00:00Z")), Tariff.of(of(1)), List.of());
        assertThatThrownBy(() -> new Schedule(List.of(june, june), MachineCost.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2026-06-01");
        assertThatThrownBy(() -> new Schedule(List.of(), MachineCost.NONE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Damaged texts are read, or refused in the gateway's words. */
    @Property(tries = 2000)
    void damagedTextsAreRefused(@ForAll long seed) {
        Random random = new Random(seed);
        StringBuilder text =
                new StringBuilder(new RandomSchedules(seed).schedule().text());
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(3)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.setCharAt(at, "0189 -\n,:TZmx".charAt(random.nextInt(13)));
                default -> text.insert(at, "0189 -\n,:TZmx".charAt(random.nextInt(13)));
            }
        }
        try {
            assertThat(Schedule.parse(text.toString()).version()).hasSize(16);
        } catch (GatewayException e) {
            assertThat(e).hasMessageContaining("prices");
        }
    }

    private static Rates of(long price) {
        return new Rates(price, price, price, price, price, price, price);
    }
}
