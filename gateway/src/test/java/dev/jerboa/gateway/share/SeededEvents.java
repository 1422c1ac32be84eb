package dev.jerboa.gateway.share;

import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.Rater;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.share.fact.Measure;
import dev.jerboa.gateway.share.seed.SeededLedger;
import dev.jerboa.gateway.store.Database;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Requests of the week after the seed, as the relay would record them. */
public final class SeededEvents {
    private static final Rates RATES = new Rates(150_000, 3_000, 187_500, 300_000, 600_000, 600_000, 0);
    private static final Rater RATER = new Rater() {
        @Override
        public Optional<Rates> rates(
                String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier) {
            return Optional.of(RATES);
        }

        @Override
        public Optional<Rates> dearestOfWeek(
                String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier) {
            return Optional.of(RATES);
        }
    };
    private static final String[] ENDPOINTS = {
        "deepseek:deepseek/deepseek-v3.1", "together:qwen/qwen3-coder-480b-a35b", "anthropic:anthropic/claude-sonnet-4",
        "local:qwen/qwen3-30b-a3b", "together:meta-llama/llama-3.3-70b-instruct", "alibaba:qwen/qwen-max"
    };

    private SeededEvents() {}

    public static List<UsageEvent> of(int count) {
        List<UsageEvent> events = new ArrayList<>();
        Instant begin = SeededLedger.TO.atStartOfDay(ZoneOffset.UTC).toInstant();
        for (int i = 0; i < count; i++) {
            String endpoint = ENDPOINTS[i % ENDPOINTS.length];
            int colon = endpoint.indexOf(':');
            String model = endpoint.substring(colon + 1);
            Usage usage = new Usage(900 + i, i % 3 * 200L, i % 5 * 10L, 0, 150 + i % 70, i % 4 == 0 ? 80 : 0);
            Instant at = begin.plusSeconds(1_201L * i);
            events.add(new UsageEvent(
                    String.format("01SEED%020d", i),
                    at,
                    "n1",
                    new UsageEvent.Payer("key" + i % 7, "acme", i % 2 == 0 ? "editor" : "", "DE"),
                    new UsageEvent.Asked("chat", model, 4 * usage.prompt(), ""),
                    new UsageEvent.Offer(endpoint, model, endpoint.substring(0, colon), "seed"),
                    List.of(new Attempt(endpoint, 200, "ok", 1_000, true)),
                    UsageEvent.Used.of(usage, i % 4 == 3 ? Quality.ESTIMATED : Quality.PROVIDER),
                    UsageEvent.Cost.of(RATES.costNanos(usage)),
                    new UsageEvent.Reply(true, 3 * usage.completion(), i % 9 == 0 ? 2 : 0, 300_000 + i, 2_000_000 + i),
                    new UsageEvent.Outcome(
                            200, i % 9 == 0 ? "tool_calls" : "stop", i % 9 == 0 ? "tool_use" : "end_turn", "")));
        }
        return events;
    }

    /** Records them through a journal and the one writer, and waits until they are in the store. */
    public static void write(List<UsageEvent> events, Database database, Path folder) {
        try (Journal journal = Journal.open(JournalOptions.of(folder.resolve("journal"), "n1"));
                LedgerWriter writer = LedgerWriter.start(journal, database, RATER, Spending.NONE)) {
            events.forEach(journal::record);
            if (!writer.flush(Duration.ofSeconds(30))) {
                throw new AssertionError("the events are not in the store after 30 s");
            }
        }
    }

    public static BigInteger amount(UsageEvent event, Measure measure) {
        return BigInteger.valueOf(
                switch (measure) {
                    case TOKENS -> event.used().tokens().total();
                    case BYTES -> event.asked().bytes() + event.reply().bytes();
                    case REQUESTS -> 1;
                    case COST -> event.cost().nanos();
                });
    }
}
