package dev.jerboa.gateway.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Outbox;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Stores whose outbox has something in it. */
public final class Outboxes {
    private static final Duration LONG = Duration.ofSeconds(30);

    private Outboxes() {}

    public static Outbox of(Database database) {
        return new Outbox(database, "n1");
    }

    static Journal journal(TestStore store) {
        return Journal.open(new JournalOptions(
                store.folder().resolve("journal"), "n1", JournalOptions.Sync.NONE, 4 << 20, 64 << 10));
    }

    /** Brings events into the store by journal and writer, in any order. */
    public static void write(TestStore store, Database database, Spending spending, List<UsageEvent> events) {
        List<UsageEvent> mixed = new ArrayList<>(events);
        Collections.shuffle(mixed, new Random(events.size()));
        try (Journal journal = journal(store);
                LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, spending)) {
            mixed.forEach(journal::record);
            assertThat(writer.flush(LONG)).isTrue();
        }
    }

    /** As many events of any kind, in the order of their ids. */
    public static List<UsageEvent> events(long seed, int count) {
        Random random = new Random(seed);
        List<UsageEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(Events.random(random));
        }
        return events;
    }

    static List<UsageEvent> stored(Database database) {
        List<UsageEvent> events = new ArrayList<>();
        new LedgerStore(database).eachEvent(Instant.EPOCH, Events.TIME.plusSeconds(1), events::add);
        return events;
    }

    public static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as("waited for %s", LONG).isNegative();
            LockSupport.parkNanos(10_000_000);
        }
    }
}
