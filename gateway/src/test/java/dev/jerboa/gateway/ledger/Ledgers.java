package dev.jerboa.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import dev.jerboa.gateway.store.TestStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What tests of the ledger write, and where. */
final class Ledgers {
    static final Duration LONG = Duration.ofSeconds(20);
    static final Instant FIRST = Events.TIME.minus(Duration.ofDays(40));
    static final Instant LAST = Events.TIME.plus(Duration.ofDays(1));
    static final long FIRST_HOUR = FIRST.getEpochSecond() / 3600;
    static final long LAST_HOUR = LAST.getEpochSecond() / 3600;

    private Ledgers() {}

    static Journal journal(TestStore store) {
        return Journal.open(new JournalOptions(
                store.folder().resolve("journal"), "n1", JournalOptions.Sync.NONE, 4 << 20, 64 << 10));
    }

    static List<UsageEvent> randomEvents(long seed, int count) {
        Random random = new Random(seed);
        List<UsageEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(Events.random(random));
        }
        return events;
    }

    static void writeAll(TestStore store, Database database, List<UsageEvent> events) {
        try (Journal journal = journal(store);
                LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, Spending.NONE)) {
            events.forEach(journal::record);
            assertThat(writer.flush(LONG)).isTrue();
        }
    }

    /** A row as the brute-force recount makes it. */
    static RollupRow row(UsageEvent event, Grain grain, boolean endpoint, boolean key, boolean app, boolean country) {
        Usage usage = event.used().tokens();
        boolean used = usage.total() > 0;
        Usage uncached = new Usage(usage.prompt(), 0, 0, 0, usage.output(), usage.reasoning());
        Sums sums = Sums.of(
                event,
                used ? Events.RATES.costNanos(uncached) : event.cost().nanos(),
                used
                        ? Events.RATES.dearest(doubled()).costNanos(usage)
                        : event.cost().nanos());
        return new RollupRow(
                grain.startHour(Math.floorDiv(Micros.of(event.at()), Micros.HOUR)),
                endpoint ? event.offer().endpoint() : "",
                key ? event.payer().key() : "",
                app ? event.payer().app() : "",
                country ? event.payer().country() : "",
                sums);
    }

    private static Rates doubled() {
        return Events.RATER.dearestOfWeek("", "v1", Events.TIME, 0, "").orElseThrow();
    }

    static List<RollupRow> merged(List<RollupRow> rows) {
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
}
