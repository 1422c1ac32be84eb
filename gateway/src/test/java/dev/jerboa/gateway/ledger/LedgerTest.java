package dev.jerboa.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.price.MachineCost;
import dev.jerboa.gateway.price.Schedule;
import dev.jerboa.gateway.store.CutProxy;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import dev.jerboa.gateway.store.TestStore;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Journal, writer and store together, on both stores. */
final class LedgerTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Instant FIRST = Events.TIME.minus(Duration.ofDays(40));
    private static final Instant LAST = Events.TIME.plus(Duration.ofDays(1));
    private static final long FIRST_HOUR = FIRST.getEpochSecond() / 3600;
    private static final long LAST_HOUR = LAST.getEpochSecond() / 3600;

    private static Journal journal(TestStore store) {
        return Journal.open(new JournalOptions(
                store.folder().resolve("journal"), "n1", JournalOptions.Sync.NONE, 4 << 20, 64 << 10));
    }

    private static List<UsageEvent> randomEvents(long seed, int count) {
        Random random = new Random(seed);
        List<UsageEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(Events.random(random));
        }
        return events;
    }

    private static void writeAll(TestStore store, Database database, List<UsageEvent> events) {
        try (Journal journal = journal(store);
                LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, Spending.NONE)) {
            events.forEach(journal::record);
            assertThat(writer.flush(LONG)).isTrue();
        }
    }

    /** A row as the brute-force recount makes it. */
    private static RollupRow row(
            UsageEvent event, Grain grain, boolean endpoint, boolean key, boolean app, boolean country) {
        Usage usage = event.usage();
        boolean used = usage.total() > 0;
        Usage uncached = new Usage(usage.prompt(), 0, 0, 0, usage.output(), usage.reasoning());
        Sums sums = Sums.of(
                event,
                used ? Events.RATES.costNanos(uncached) : event.costNanos(),
                used ? Events.RATES.dearest(doubled()).costNanos(usage) : event.costNanos());
        return new RollupRow(
                grain.startHour(Math.floorDiv(Micros.of(event.at()), Micros.HOUR)),
                endpoint ? event.endpoint() : "",
                key ? event.key() : "",
                app ? event.app() : "",
                country ? event.payerCountry() : "",
                sums);
    }

    private static dev.jerboa.gateway.money.Rates doubled() {
        return Events.RATER.dearestOfWeek("", "v1", Events.TIME, 0, "").orElseThrow();
    }

    private static List<RollupRow> merged(List<RollupRow> rows) {
        Map<RollupRow, Sums> sums = new HashMap<>();
        for (RollupRow row : rows) {
            sums.merge(
                    new RollupRow(row.hour(), row.endpoint(), row.key(), row.app(), row.payerCountry(), Sums.NONE),
                    row.sums(),
                    Sums::plus);
        }
        List<RollupRow> all = new ArrayList<>();
        sums.forEach((row, sum) ->
                all.add(new RollupRow(row.hour(), row.endpoint(), row.key(), row.app(), row.payerCountry(), sum)));
        return all;
    }

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
                            .filter(event -> List.of("p1:lab0/m", "p2:lab1/m").contains(event.endpoint()))
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
                    .filter(event -> !event.endpoint().isEmpty() && event.status() < 400)
                    .toList();
            Map<Integer, Long> durations = new TreeMap<>();
            ledger.latencies(FIRST_HOUR, LAST_HOUR, Grain.DAY, LatencyBuckets.Kind.DURATION)
                    .forEach(row -> durations.merge(row.bucket(), row.count(), Long::sum));
            Map<Integer, Long> recount = new TreeMap<>();
            good.forEach(event -> recount.merge(LatencyBuckets.bucket(event.durationMicros()), 1L, Long::sum));
            assertThat(durations).isEqualTo(recount);
            List<Long> sorted =
                    good.stream().map(UsageEvent::durationMicros).sorted().toList();
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
    void eventsComeBackAsTheyWereAndPageByPage(Database.Kind kind) {
        List<UsageEvent> events = randomEvents(3, 250);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            writeAll(store, database, events);
            LedgerStore ledger = new LedgerStore(database);
            for (UsageEvent event : events) {
                assertThat(ledger.event(event.id())).contains(event);
            }
            assertThat(ledger.event("x'; DROP TABLE event; --")).isEmpty();
            List<UsageEvent> newest = events.stream()
                    .filter(event -> event.key().equals("k1"))
                    .sorted(Comparator.comparing(UsageEvent::at)
                            .thenComparing(UsageEvent::id)
                            .reversed())
                    .toList();
            List<UsageEvent> paged = new ArrayList<>();
            Optional<EventQuery> query =
                    Optional.of(new EventQuery(Optional.of("k1"), Optional.empty(), FIRST, LAST, Optional.empty(), 7));
            while (query.isPresent()) {
                EventQuery asked = query.get();
                EventPage page = ledger.events(asked);
                paged.addAll(page.events());
                query = page.next().map(asked::after);
            }
            assertThat(paged).isEqualTo(newest);
            List<UsageEvent> streamed = new ArrayList<>();
            ledger.eachEvent(FIRST, LAST, streamed::add);
            assertThat(streamed)
                    .isSortedAccordingTo(Comparator.comparing(UsageEvent::at).thenComparing(UsageEvent::id))
                    .containsExactlyInAnyOrderElementsOf(events);
            EventQuery wrong = EventQuery.all(FIRST, LAST, 5).after("no cursor");
            assertThatThrownBy(() -> ledger.events(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrittenAgainCountsOnce(Database.Kind kind) {
        List<UsageEvent> events = randomEvents(4, 200);
        List<UsageEvent> twice = new ArrayList<>(events);
        twice.addAll(events.subList(50, 150));
        Collections.shuffle(twice, new Random(5));
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            writeAll(store, database, twice);
            writeAll(store, database, events);
            RollupRow all = new LedgerStore(database)
                    .rollups(RollupQuery.of(FIRST_HOUR, LAST_HOUR, Grain.ALL))
                    .getFirst();
            assertThat(all)
                    .isEqualTo(merged(events.stream()
                                    .map(e -> row(e, Grain.ALL, false, false, false, false))
                                    .toList())
                            .getFirst());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStoreThatGoesAwayAndComesBackLosesNothingAndCountsNothingTwice(Database.Kind kind) throws Exception {
        AtomicBoolean away = new AtomicBoolean();
        AtomicLong booked = new AtomicLong();
        AtomicInteger tries = new AtomicInteger();
        Spending spending = (connection, events) -> {
            tries.incrementAndGet();
            if (away.get()) { // in the middle of the transaction: events are inserted and must not stay
                throw new SQLException("the connection is gone", "08006");
            }
            booked.addAndGet(events.size());
        };
        try (TestStore store = TestStore.of(kind);
                Database database = store.open();
                Journal journal = journal(store);
                LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, spending)) {
            List<UsageEvent> events = randomEvents(6, 900);
            events.subList(0, 300).forEach(journal::record);
            assertThat(writer.flush(LONG)).isTrue();
            away.set(true);
            events.subList(300, 600).forEach(journal::record);
            assertThat(writer.flush(Duration.ofMillis(300))).isFalse();
            assertThat(writer.isStoreAway()).isTrue();
            assertThat(journal.bytes()).isPositive();
            events.subList(600, 900).forEach(journal::record);
            int triedBefore = tries.get();
            away.set(false);
            assertThat(writer.flush(LONG)).isTrue();
            assertThat(tries.get()).isGreaterThan(triedBefore);
            assertThat(writer.isStoreAway()).isFalse();
            assertThat(booked).hasValue(900);
            LedgerStore ledger = new LedgerStore(database);
            assertThat(ledger.rollups(RollupQuery.of(FIRST_HOUR, LAST_HOUR, Grain.ALL))
                            .getFirst()
                            .sums()
                            .requests())
                    .isEqualTo(900);
            events.forEach(event -> assertThat(ledger.event(event.id())).contains(event));
        }
    }

    @Test
    void aServerThatIsCutOffInTheMiddleOfItAllLosesNothing() throws Exception {
        List<UsageEvent> events = randomEvents(8, 3000);
        try (TestStore store = TestStore.of(Database.Kind.POSTGRESQL);
                CutProxy proxy = new CutProxy(URI.create(store.url()).getPort());
                Database database = Database.open(store.url().replaceFirst(":[0-9]+/", ":" + proxy.port() + "/"));
                Database direct = store.open();
                Journal journal = journal(store);
                LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, Spending.NONE)) {
            for (int i = 0; i < events.size(); i++) {
                journal.record(events.get(i));
                if (i % 1000 == 500) {
                    LockSupport.parkNanos(7_000_000L * (i / 1000 + 1)); // at some place of a transaction
                    proxy.cut();
                    LockSupport.parkNanos(50_000_000);
                    proxy.mend();
                }
            }
            assertThat(writer.flush(LONG)).isTrue();
            Sums sums = new LedgerStore(direct)
                    .rollups(RollupQuery.of(FIRST_HOUR, LAST_HOUR, Grain.ALL))
                    .getFirst()
                    .sums();
            assertThat(sums.requests()).isEqualTo(events.size());
            assertThat(sums.costNanos())
                    .isEqualTo(events.stream().mapToLong(UsageEvent::costNanos).sum());
        }
    }

    @ParameterizedTest
    @CsvSource({"SQLITE, false", "POSTGRESQL, false", "SQLITE, true"})
    void whatTheStoreRefusesIsKeptAndHoldsNothingUp(Database.Kind kind, boolean defect) throws Exception {
        Spending picky = (connection, events) -> {
            if (events.stream().anyMatch(event -> event.id().equals("bad"))) {
                throw defect ? new IllegalStateException("a defect") : new ArithmeticException("long overflow");
            }
        };
        try (TestStore store = TestStore.of(kind);
                Database database = store.open();
                Journal journal = journal(store);
                LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, picky)) {
            for (int i = 0; i < 20; i++) {
                journal.record(Events.event("good" + i));
            }
            journal.record(Events.event("bad"));
            journal.record(Events.event("last"));
            assertThat(writer.flush(LONG)).isTrue();
            LedgerStore ledger = new LedgerStore(database);
            assertThat(ledger.event("bad")).isEmpty();
            assertThat(ledger.event("last")).isPresent();
            assertThat(writer.events()).isEqualTo(21);
            assertThat(store.folder().resolve("journal/n1.refused")).content().contains("id=bad");
        }
    }

    @ParameterizedTest
    @EnumSource
    void textsThatAStoreWouldRefuseAreWritten(Database.Kind kind) {
        UsageEvent event = Events.event("a\0b", Events.TIME, "k\uD800", "a", 5);
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            writeAll(store, database, List.of(event));
            assertThat(new LedgerStore(database)
                            .rollups(RollupQuery.of(FIRST_HOUR, LAST_HOUR, Grain.ALL))
                            .getFirst()
                            .sums()
                            .costNanos())
                    .isEqualTo(5);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theNextProcessWritesWhatTheLastOneLeft(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            try (Journal journal = journal(store)) {
                journal.begin(Events.begun(Events.event("unfinished")));
                journal.begin(Events.begun(Events.event("finished")));
                journal.record(Events.event("finished"));
            }
            LedgerStore ledger = new LedgerStore(database);
            assertThat(ledger.event("finished")).isEmpty();
            try (Journal journal = journal(store);
                    LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, Spending.NONE)) {
                assertThat(ledger.event("finished")).contains(Events.event("finished"));
                assertThat(ledger.event("unfinished").orElseThrow().cancelCause())
                        .isEqualTo("crash");
                assertThat(ledger.event("unfinished").orElseThrow().quality()).isEqualTo(Quality.MISSING);
                assertThat(writer.events()).isEqualTo(2);
                journal.record(Events.event("next"));
                assertThat(writer.flush(LONG)).isTrue();
                assertThat(ledger.event("next")).isPresent();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void oldEventsGoAndSumsStay(Database.Kind kind) {
        List<UsageEvent> events = randomEvents(7, 300);
        Instant cut = Events.TIME.minus(Duration.ofDays(10));
        long old = events.stream().filter(event -> event.at().isBefore(cut)).count();
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            writeAll(store, database, events);
            LedgerStore ledger = new LedgerStore(database);
            assertThat(old).isGreaterThan(20);
            assertThat(ledger.deleteEventsBefore(cut, 20)).isEqualTo(20);
            Duration keep = Duration.ofDays(10);
            try (Retention retention = Retention.start(ledger, keep, () -> cut.plus(keep))) {
                assertThat(retention.deleteOld()).isEqualTo(old - 20);
                assertThat(retention.deleteOld()).isZero();
            }
            List<UsageEvent> left = new ArrayList<>();
            ledger.eachEvent(FIRST, LAST, left::add);
            assertThat(left).hasSize(300 - (int) old);
            assertThat(ledger.rollups(RollupQuery.of(FIRST_HOUR, LAST_HOUR, Grain.ALL))
                            .getFirst()
                            .sums()
                            .requests())
                    .isEqualTo(300);
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
    void dimensionsPullsAndFiguresComeBack(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            CatalogRows catalog = new CatalogRows(database);
            CatalogRows.ModelRow model = new CatalogRows.ModelRow(
                    "lab/m",
                    "lab",
                    "M",
                    "m",
                    "open-weight",
                    "MIT",
                    java.util.OptionalLong.of(7_000_000_000L),
                    java.util.OptionalLong.empty(),
                    4096,
                    "t",
                    true,
                    false,
                    Optional.of(LocalDate.of(2026, 1, 2)));
            CatalogRows.LabRow lab = new CatalogRows.LabRow("lab", "Lab", "CN");
            CatalogRows.ProviderRow provider = new CatalogRows.ProviderRow("p", "P", "US", "openai", true, false);
            catalog.add(FIRST, List.of(lab), List.of(model), List.of(provider), List.of(), Map.of());
            assertThat(catalog.labs().now()).containsExactly(lab);
            assertThat(catalog.models().now("lab/m")).contains(model);
            assertThat(catalog.providers().at("p", LAST)).contains(provider);
            assertThat(catalog.providers().now("q")).isEmpty();

            OutsideRows outside = new OutsideRows(database);
            LocalDate day = LocalDate.of(2025, 10, 31);
            OutsideRows.Pull pull = new OutsideRows.Pull(day, "org/m", "lab/m", "lab", "q4_k_m", 2, 100);
            outside.addPulls(List.of(pull, pull));
            outside.addPulls(List.of(pull));
            assertThat(outside.pulls(day, day.plusDays(1)))
                    .containsExactly(new OutsideRows.Pull(day, "org/m", "lab/m", "lab", "q4_k_m", 6, 300));
            assertThat(outside.pulls(day.plusDays(1), day.plusDays(2))).isEmpty();
            outside.addFigures(List.of(new OutsideRows.Figure("s", "downloads", day, "CN", 1, "d")));
            OutsideRows.Figure figure = new OutsideRows.Figure("s", "downloads", day, "CN", 550e6, "d2");
            outside.addFigures(List.of(figure));
            assertThat(outside.figures("downloads")).containsExactly(figure);
            assertThat(outside.figureNames()).containsExactly("downloads");
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
                event.key(),
                event.account(),
                event.app(),
                event.payerCountry(),
                event.dialect(),
                event.requestedModel(),
                "local:lab/m",
                "lab/m",
                "local",
                priceVersion,
                event.attempts(),
                event.usage(),
                event.bytesIn(),
                event.bytesOut(),
                event.firstTokenMicros(),
                event.durationMicros(),
                event.status(),
                event.finish(),
                event.streamed(),
                event.toolCalls(),
                event.costNanos(),
                event.upstreamCostNanos(),
                event.quality(),
                event.cancelCause());
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

    /** Each page begins in the index where the one before ended: reading all is not reading all for each page. */
    @Test
    void pagesOfEventsBeginWhereTheLastOneEnded() {
        try (TestStore store = TestStore.of(Database.Kind.SQLITE);
                Database database = store.open()) {
            String plan = database.read(connection -> {
                try (Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery("EXPLAIN QUERY PLAN " + LedgerStore.FOLLOWING)) {
                    return row.getString("detail");
                }
            });
            assertThat(plan).contains("event_by_time (at>? AND at<?)");
        }
    }
}
