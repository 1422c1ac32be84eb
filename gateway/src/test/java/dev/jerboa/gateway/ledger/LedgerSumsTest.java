package dev.jerboa.gateway.ledger;

import static dev.jerboa.gateway.ledger.Ledgers.FIRST;
import static dev.jerboa.gateway.ledger.Ledgers.FIRST_HOUR;
import static dev.jerboa.gateway.ledger.Ledgers.LAST_HOUR;
import static dev.jerboa.gateway.ledger.Ledgers.LONG;
import static dev.jerboa.gateway.ledger.Ledgers.journal;
import static dev.jerboa.gateway.ledger.Ledgers.merged;
import static dev.jerboa.gateway.ledger.Ledgers.randomEvents;
import static dev.jerboa.gateway.ledger.Ledgers.row;
import static dev.jerboa.gateway.ledger.Ledgers.writeAll;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.price.MachineCost;
import dev.jerboa.gateway.price.Schedule;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The sums that the writer adds to, as the store answers them: those of the events, on both stores. */
final class LedgerSumsTest {
    @ParameterizedTest
    @EnumSource
    void sumsAreThoseOfTheEventsHoweverTheyAreCut(Database.Kind kind) {
        List<UsageEvent> events = randomEvents(1, 1500);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            writeAll(store, database, events);
            LedgerStore ledger = new LedgerStore(database);
            for (Grain grain : Grain.values()) {
                assertThat(ledger.rollups(RollupQuery.of(
                                FIRST_HOUR,
                                LAST_HOUR,
                                grain,
                                Dimension.ENDPOINT,
                                Dimension.KEY,
                                Dimension.APP,
                                Dimension.PAYER_COUNTRY)))
                        .containsExactlyInAnyOrderElementsOf(merged(events.stream()
                                .map(event -> row(event, grain, true, true, true, true))
                                .toList()));
                assertThat(ledger.rollups(RollupQuery.of(FIRST_HOUR, LAST_HOUR, grain, Dimension.APP)))
                        .containsExactlyInAnyOrderElementsOf(merged(events.stream()
                                .map(event -> row(event, grain, false, false, true, false))
                                .toList()));
            }
            assertThat(ledger.rollups(RollupQuery.of(FIRST_HOUR, LAST_HOUR, Grain.WEEK, Dimension.KEY)
                            .only(Dimension.ENDPOINT, List.of("p1:lab0/m", "p2:lab1/m"))))
                    .containsExactlyInAnyOrderElementsOf(merged(events.stream()
                            .filter(event -> List.of("p1:lab0/m", "p2:lab1/m")
                                    .contains(event.offer().endpoint()))
                            .map(event -> row(event, Grain.WEEK, false, true, false, false))
                            .toList()));
            assertThat(ledger.rollups(
                            RollupQuery.of(FIRST_HOUR, LAST_HOUR, Grain.ALL).only(Dimension.KEY, List.of())))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void attemptsAndTimesAreCounted(Database.Kind kind) {
        List<UsageEvent> events = randomEvents(2, 600);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            writeAll(store, database, events);
            LedgerStore ledger = new LedgerStore(database);
            Map<String, Long> outcomes = new TreeMap<>();
            events.forEach(event -> event.attempts()
                    .forEach(attempt -> outcomes.merge(attempt.endpoint() + attempt.outcome(), 1L, Long::sum)));
            Map<String, Long> found = new TreeMap<>();
            ledger.outcomes(FIRST_HOUR, LAST_HOUR, Grain.ALL)
                    .forEach(row -> found.put(row.endpoint() + row.outcome(), row.count()));
            assertThat(found).isEqualTo(outcomes);
            List<UsageEvent> good = events.stream()
                    .filter(event -> !event.offer().endpoint().isEmpty()
                            && event.outcome().status() < 400)
                    .toList();
            Map<Integer, Long> durations = new TreeMap<>();
            ledger.latencies(FIRST_HOUR, LAST_HOUR, Grain.DAY, LatencyBuckets.Kind.DURATION)
                    .forEach(row -> durations.merge(row.bucket(), row.count(), Long::sum));
            Map<Integer, Long> recount = new TreeMap<>();
            good.forEach(
                    event -> recount.merge(LatencyBuckets.bucket(event.reply().durationMicros()), 1L, Long::sum));
            assertThat(durations).isEqualTo(recount);
            List<Long> sorted = good.stream()
                    .map(event -> event.reply().durationMicros())
                    .sorted()
                    .toList();
            for (double share : new double[] {0.5, 0.99}) {
                double exact = sorted.get((int) Math.ceil(share * sorted.size()) - 1);
                assertThat(LatencyBuckets.quantile(new TreeMap<>(durations), share))
                        .isBetween(exact / 1.2, exact * 1.2);
            }
            ledger.addLatencies(List.of(new LatencyRow(FIRST_HOUR, "", LatencyBuckets.Kind.OVERHEAD, 7, 3)));
            assertThat(ledger.latencies(FIRST_HOUR, LAST_HOUR, Grain.HOUR, LatencyBuckets.Kind.OVERHEAD))
                    .containsExactly(new LatencyRow(FIRST_HOUR, "", LatencyBuckets.Kind.OVERHEAD, 7, 3));
        }
    }

    @ParameterizedTest
    @EnumSource
    void activityIsByDayWithTheModelsOfThatDay(Database.Kind kind) {
        LocalDate day = LocalDate.ofInstant(Events.TIME, ZoneOffset.UTC);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            CatalogRows catalog = new CatalogRows(database);
            CatalogRows.EndpointRow old = new CatalogRows.EndpointRow(
                    "deepseek:deepseek/v4", "deepseek/v4", "deepseek", "", "fp8", 1000, 100, "v1");
            CatalogRows.EndpointRow moved = new CatalogRows.EndpointRow(
                    "deepseek:deepseek/v4", "deepseek/v4.1", "deepseek", "", "fp8", 1000, 100, "v2");
            Instant change = Events.TIME.plus(Duration.ofDays(1));
            catalog.add(FIRST, List.of(), List.of(), List.of(), List.of(old), Map.of("v1", "{}"));
            catalog.add(change, List.of(), List.of(), List.of(), List.of(moved), Map.of("v1", "other", "v2", "{2}"));
            writeAll(
                    store,
                    database,
                    List.of(
                            Events.event("1"),
                            Events.event("2"),
                            Events.event("3", Events.TIME.plus(Duration.ofDays(2)), "k2", "a1", 7)));
            LedgerStore ledger = new LedgerStore(database);
            List<ActivityRow> all = ledger.activity(day, day.plusDays(3), Optional.empty());
            assertThat(all).extracting(ActivityRow::day).containsExactly(day.plusDays(2), day);
            assertThat(all).extracting(ActivityRow::model).containsExactly("deepseek/v4.1", "deepseek/v4");
            assertThat(all.getLast().sums().requests()).isEqualTo(2);
            assertThat(ledger.activity(day, day.plusDays(3), Optional.of(List.of("k2"))))
                    .hasSize(1);
            writeAll(store, database, List.of(Events.event("4", Events.TIME, "k2", "a1", 7)));
            assertThat(ledger.activity(day, day.plusDays(3), Optional.empty())) // one row, however many keys and apps
                    .hasSize(2);
            assertThat(catalog.price("v1")).contains("{}");
            assertThat(catalog.endpoints().now("deepseek:deepseek/v4")).contains(moved);
            assertThat(catalog.endpoints().at("deepseek:deepseek/v4", FIRST.minusSeconds(5)))
                    .contains(old);
        }
    }

    @ParameterizedTest
    @EnumSource
    void seededSumsAddUpWithWritten(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            LedgerStore ledger = new LedgerStore(database);
            RollupRow seed =
                    new RollupRow(FIRST_HOUR, "e", "", "", "", Sums.of(5, Usage.of(14_370_000_000_000L, 1), 9));
            ledger.addRollups(List.of(seed, seed));
            assertThat(ledger.rollups(RollupQuery.of(FIRST_HOUR, FIRST_HOUR + 1, Grain.HOUR, Dimension.ENDPOINT)))
                    .containsExactly(new RollupRow(
                            FIRST_HOUR, "e", "", "", "", Sums.of(10, Usage.of(28_740_000_000_000L, 2), 18)));
        }
    }

    /** An hour of the machine costs 3.60 dollars, so a millisecond costs 1,000 nano-dollars. */
    static final MachineCost MACHINE = new MachineCost(3_600_000_000L, 0, 0);

    /** A request to a model of this machine, which had it for some milliseconds. */
    static UsageEvent local(String id, String priceVersion, long millis) {
        UsageEvent event = Events.event(id, Events.TIME, "k1", "a1", MACHINE.nanos(millis * 1000));
        return new UsageEvent(
                event.id(),
                event.at(),
                event.node(),
                event.payer(),
                event.asked(),
                new UsageEvent.Offer("local:lab/m", "lab/m", "local", priceVersion),
                event.attempts(),
                event.used(),
                event.cost(),
                event.reply(),
                event.outcome());
    }

    /** Nothing is saved where there is no cache and no dearer hour; the machine's time costs what it costs. */
    @ParameterizedTest
    @EnumSource
    void timeOfAMachineIsNoLossByCaches(Database.Kind kind) {
        Schedule schedule = Schedule.machine(MACHINE);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            CatalogRows catalog = new CatalogRows(database);
            catalog.add(
                    FIRST,
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    Map.of(schedule.version(), schedule.text(), "later", "prices of a newer Jerboa"));
            try (Journal journal = journal(store);
                    LedgerWriter writer =
                            LedgerWriter.start(journal, database, new StoredPrices(catalog), Spending.NONE)) {
                journal.record(local("1", schedule.version(), 250));
                journal.record(local("2", "later", 250)); // and what nobody can read holds nothing up
                assertThat(writer.flush(LONG)).isTrue();
            }
            assertThat(new LedgerStore(database).rollups(RollupQuery.of(FIRST_HOUR, LAST_HOUR, Grain.ALL)))
                    .singleElement()
                    .satisfies(row -> {
                        assertThat(row.sums().costNanos()).isEqualTo(500_000);
                        assertThat(row.sums().uncachedNanos()).isEqualTo(500_000);
                        assertThat(row.sums().dearestNanos()).isEqualTo(500_000);
                    });
        }
    }
}
