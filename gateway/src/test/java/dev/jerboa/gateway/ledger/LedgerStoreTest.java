package dev.jerboa.gateway.ledger;

import static dev.jerboa.gateway.ledger.Ledgers.FIRST;
import static dev.jerboa.gateway.ledger.Ledgers.FIRST_HOUR;
import static dev.jerboa.gateway.ledger.Ledgers.LAST;
import static dev.jerboa.gateway.ledger.Ledgers.LAST_HOUR;
import static dev.jerboa.gateway.ledger.Ledgers.randomEvents;
import static dev.jerboa.gateway.ledger.Ledgers.writeAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the store answers, and what it deletes, on both stores. */
final class LedgerStoreTest {
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
                    .filter(event -> event.payer().key().equals("k1"))
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
