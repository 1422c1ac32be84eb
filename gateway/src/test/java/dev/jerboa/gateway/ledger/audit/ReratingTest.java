package dev.jerboa.gateway.ledger.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Rater;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.ToolRates;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.price.MachineCost;
import dev.jerboa.gateway.price.Schedule;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ReratingTest {
    private static final Instant FIRST = Events.TIME.minus(Duration.ofDays(40));
    private static final Instant LAST = Events.TIME.plusSeconds(1);

    static void write(TestStore store, Database database, List<UsageEvent> events) {
        try (Journal journal = Journal.open(JournalOptions.of(store.folder().resolve("journal"), "n1"));
                LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, Spending.NONE)) {
            events.forEach(journal::record);
            assertThat(writer.flush(Duration.ofSeconds(20))).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void historyUnderItsOwnPricesIsHistoryAndUnderOthersIsTheRecount(Database.Kind kind) {
        Random random = new Random(11);
        List<UsageEvent> events = new ArrayList<>();
        for (int i = 0; i < 4500; i++) { // more than two pages
            events.add(Events.random(random));
        }
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            write(store, database, events);
            LedgerStore ledger = new LedgerStore(database);
            long paid = events.stream().mapToLong(UsageEvent::costNanos).sum();

            Rerating.Report same = Rerating.run(ledger, FIRST, LAST, Rerating.asPaid(Events.RATER));
            assertThat(same.unrated()).isZero();
            assertThat(same.lines()).allMatch(line -> line.deltaNanos() == 0);
            assertThat(same.total().paidNanos()).isEqualTo(paid);
            assertThat(same.total().requests()).isEqualTo(events.size());

            Rates other = new Rates(1, 2, 3, 4, 5_000, 6_000, 7).withTools(new ToolRates(10_000_000, 0, 2_500_000));
            Rerating.Report changed = Rerating.run(
                    ledger,
                    FIRST,
                    LAST,
                    event -> event.endpoint().startsWith("p1") ? Optional.empty() : Optional.of(other));
            List<UsageEvent> rated = events.stream()
                    .filter(event -> !event.endpoint().startsWith("p1") || event.usedNothing())
                    .toList();
            assertThat(changed.unrated()).isEqualTo(events.size() - rated.size());
            assertThat(changed.total().otherNanos())
                    .isEqualTo(rated.stream()
                            .mapToLong(event -> event.usedNothing()
                                    ? 0
                                    : other.costNanos(
                                            event.usage(), event.service().tools()))
                            .sum());
            assertThat(changed.total().paidNanos() + changed.unratedNanos()).isEqualTo(paid);
            for (List<Rerating.Total> cut : List.of(changed.byDay(), changed.byEndpoint(), changed.byModel())) {
                assertThat(cut.stream().mapToLong(Rerating.Total::deltaNanos).sum())
                        .isEqualTo(changed.total().deltaNanos());
                assertThat(cut.size()).isGreaterThan(2);
            }
            assertThat(ledger.event(events.getFirst().id())).contains(events.getFirst());
        }
    }

    /** What had the machine for 250 milliseconds has it for as long at another machine's price. */
    @ParameterizedTest
    @EnumSource
    void aMachinesTimeIsRatedAgainByItsTime(Database.Kind kind) {
        MachineCost paid = new MachineCost(3_600_000_000L, 0, 0);
        MachineCost other = new MachineCost(7_200_000_000L, 0, 0);
        UsageEvent event =
                Events.event("1", Events.TIME, "k1", "a1", Events.RATES.costNanos(Usage.of(10, 20)) + 250_000);
        Rater rater = new Rater() {
            @Override
            public Optional<Rates> rates(
                    String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier) {
                return Events.RATER.rates(endpoint, priceVersion, at, promptTokens, serviceTier);
            }

            @Override
            public Optional<Rates> dearestOfWeek(
                    String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier) {
                return Events.RATER.dearestOfWeek(endpoint, priceVersion, at, promptTokens, serviceTier);
            }

            @Override
            public MachineCost machine(String priceVersion) {
                return paid;
            }
        };
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            write(store, database, List.of(event));
            LedgerStore ledger = new LedgerStore(database);
            Rerating.Report same = Rerating.run(ledger, FIRST, LAST, Rerating.asPaid(rater));
            assertThat(same.total().paidNanos()).isEqualTo(263_500);
            assertThat(same.total().deltaNanos()).isZero();
            Rerating.Report twice =
                    Rerating.run(ledger, FIRST, LAST, Rerating.of(rater, all -> Optional.of(Schedule.machine(other))));
            assertThat(twice.total().otherNanos()).isEqualTo(500_000);
            // nobody noted for how long a machine was had that cost nothing
            Rerating.Report unknown = Rerating.run(
                    ledger, FIRST, LAST, Rerating.of(Events.RATER, all -> Optional.of(Schedule.machine(other))));
            assertThat(unknown.unrated()).isEqualTo(1);
        }
    }
}
