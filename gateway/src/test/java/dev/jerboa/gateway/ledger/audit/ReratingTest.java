package dev.jerboa.gateway.ledger.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.GatewayFile;
import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Rater;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.StoredPrices;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolRates;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.price.MachineCost;
import dev.jerboa.gateway.price.PriceReader;
import dev.jerboa.gateway.price.Schedule;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
            long paid = events.stream().mapToLong(event -> event.cost().nanos()).sum();

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
                    event -> event.offer().endpoint().startsWith("p1") ? Optional.empty() : Optional.of(other));
            List<UsageEvent> rated = events.stream()
                    .filter(event -> !event.offer().endpoint().startsWith("p1")
                            || event.used().isNothing())
                    .toList();
            assertThat(changed.unrated()).isEqualTo(events.size() - rated.size());
            assertThat(changed.total().otherNanos())
                    .isEqualTo(rated.stream()
                            .mapToLong(event -> event.used().isNothing()
                                    ? 0
                                    : other.costNanos(
                                            event.used().tokens(),
                                            event.used().service().tools()))
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

    /** What was processed at a tier, and searched for, is rated again at that tier's price and the tool's: to the same, or to the other's. */
    @ParameterizedTest
    @EnumSource
    void tiersAndToolsAreRatedAgain(Database.Kind kind) {
        Schedule paid =
                schedule("{input: 1, output: 4, service_tiers: {flex: {factor: 0.5}}, tools: {web_search: 10}}");
        Schedule other =
                schedule("{input: 2, output: 8, service_tiers: {priority: {factor: 2}}, tools: {web_search: 5}}");
        Usage usage = Usage.of(10, 20);
        Service service = new Service("flex", new ToolUses(3, 0, 0));
        UsageEvent plain = Events.event("1", Events.TIME, "k1", "a1", 45_000 + 30_000_000);
        UsageEvent event = new UsageEvent(
                plain.id(),
                plain.at(),
                plain.node(),
                plain.payer(),
                plain.asked(),
                new UsageEvent.Offer(
                        plain.offer().endpoint(),
                        plain.offer().model(),
                        plain.offer().provider(),
                        paid.version()),
                plain.attempts(),
                new UsageEvent.Used(usage, service, plain.used().quality()),
                plain.cost(),
                plain.reply(),
                plain.outcome());
        StoredPrices prices = new StoredPrices(
                version -> version.equals(paid.version()) ? Optional.of(paid.text()) : Optional.empty());
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            write(store, database, List.of(event));
            LedgerStore ledger = new LedgerStore(database);
            assertThat(Rerating.run(ledger, FIRST, LAST, Rerating.asPaid(prices))
                            .total()
                            .deltaNanos())
                    .isZero();
            // there is no flex there: usual prices
            assertThat(Rerating.run(ledger, FIRST, LAST, Rerating.of(prices, all -> Optional.of(other)))
                            .total()
                            .otherNanos())
                    .isEqualTo(180_000 + 15_000_000);
        }
    }

    private static Schedule schedule(String period) {
        return GatewayFile.parse(
                "prices: [" + period + "]",
                "prices.yaml",
                section -> new PriceReader(Map.of()).read(section, "prices", MachineCost.NONE));
    }
}
