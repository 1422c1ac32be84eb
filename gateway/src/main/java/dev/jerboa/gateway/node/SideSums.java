package dev.jerboa.gateway.node;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.LatencyBuckets;
import dev.jerboa.gateway.ledger.LatencyRow;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.OutsideRows;
import dev.jerboa.gateway.ledger.RefusalReason;
import dev.jerboa.gateway.ledger.RefusalRow;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.relay.PromptScript;
import dev.jerboa.gateway.relay.Refusal;
import dev.jerboa.gateway.relay.RelayObserver;
import dev.jerboa.gateway.share.chart.Overlay;
import dev.jerboa.gateway.store.Database;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What charts show and no event has: the gateway's own time, requests that were put to nobody, and, where it is asked for, the scripts of
 * prompts. Counted in memory and
 * added to the store every minute and at the end; a process that is killed loses what it counted since, and no money. Thread-safe.
 */
final class SideSums implements RelayObserver, AutoCloseable {
    private static final Logger LOG = System.getLogger(SideSums.class.getName());
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final String DEFINITION =
            "requests by the script of most letters of what has the user's role (Unicode), counted by the gateway itself";

    private record Overhead(long hour, String endpoint, int bucket) {}

    private record Refused(long hour, String key, RefusalReason reason) {}

    private record Script(LocalDate day, String name) {}

    private final RelayObserver next;
    private final LedgerStore store;
    private final OutsideRows outside;
    private final String source;
    private final boolean scripts;
    private final InstantSource clock;
    private final Map<Overhead, Long> overheads = new ConcurrentHashMap<>();
    private final Map<Refused, Long> refusals = new ConcurrentHashMap<>();
    private final Map<Script, Long> prompts = new ConcurrentHashMap<>();
    private final Thread writer;
    private volatile boolean closing;

    /**
     * @param next sees the same
     * @param node the process's name: counts of several are apart in the store
     * @param scripts whether prompts are looked at
     */
    SideSums(RelayObserver next, Database database, String node, boolean scripts, InstantSource clock) {
        this.next = next;
        this.store = new LedgerStore(database);
        this.outside = new OutsideRows(database);
        this.source = "node " + node;
        this.scripts = scripts;
        this.clock = clock;
        this.writer = Thread.ofPlatform().daemon().name("jerboa-side-sums").start(this::writeNowAndThen);
    }

    @Override
    public void asked(ClientRequest request) {
        next.asked(request);
        if (scripts) {
            Script script = new Script(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC), PromptScript.of(request));
            prompts.merge(script, 1L, Long::sum);
        }
    }

    @Override
    public void attempted(Attempt attempt) {
        next.attempted(attempt);
    }

    @Override
    public void ended(UsageEvent event, long overheadNanos) {
        next.ended(event, overheadNanos);
        int bucket = LatencyBuckets.bucket(TimeUnit.NANOSECONDS.toMicros(overheadNanos));
        long hour = Math.floorDiv(event.at().getEpochSecond(), 3600L);
        overheads.merge(new Overhead(hour, event.offer().endpoint(), bucket), 1L, Long::sum);
    }

    @Override
    public void refused(Refusal refusal) {
        next.refused(refusal);
        long hour = Math.floorDiv(clock.instant().getEpochSecond(), 3600L);
        refusals.merge(new Refused(hour, refusal.key(), refusal.reason()), 1L, Long::sum);
    }

    private void writeNowAndThen() {
        while (!closing) {
            LockSupport.parkNanos(PAUSE.toNanos());
            if (!closing) {
                write();
            }
        }
    }

    /** Adds what was counted to the store, or keeps it where the store does not answer. */
    synchronized void write() {
        Map<Overhead, Long> times = taken(overheads);
        try {
            List<LatencyRow> rows = new ArrayList<>();
            times.forEach((at, count) -> rows.add(
                    new LatencyRow(at.hour(), at.endpoint(), LatencyBuckets.Kind.OVERHEAD, at.bucket(), count)));
            if (!rows.isEmpty()) {
                store.addLatencies(rows);
            }
        } catch (GatewayException e) {
            kept(overheads, times, e);
        }
        Map<Refused, Long> turnedAway = taken(refusals);
        try {
            List<RefusalRow> rows = new ArrayList<>();
            turnedAway.forEach((at, count) ->
                    rows.add(new RefusalRow(at.hour(), at.key(), at.reason().text(), count)));
            if (!rows.isEmpty()) {
                store.addRefusals(rows);
            }
        } catch (GatewayException e) {
            kept(refusals, turnedAway, e);
        }
        Map<Script, Long> counts = taken(prompts);
        try {
            List<OutsideRows.Figure> figures = new ArrayList<>();
            counts.forEach((script, count) -> figures.add(
                    new OutsideRows.Figure(source, Overlay.SCRIPTS, script.day(), script.name(), count, DEFINITION)));
            if (!figures.isEmpty()) {
                outside.addCounts(figures);
            }
        } catch (GatewayException e) {
            kept(prompts, counts, e);
        }
    }

    /** Takes the counts out; what is counted meanwhile is taken with them or next time. */
    private static <K> Map<K, Long> taken(Map<K, Long> counts) {
        Map<K, Long> taken = new HashMap<>();
        for (K key : counts.keySet()) {
            Long count = counts.remove(key);
            if (count != null) {
                taken.put(key, count);
            }
        }
        return taken;
    }

    private static <K> void kept(Map<K, Long> counts, Map<K, Long> taken, GatewayException e) {
        LOG.log(Level.DEBUG, "counts beside events wait for the store: {0}", e.getMessage());
        taken.forEach((key, count) -> counts.merge(key, count, Long::sum));
    }

    /** Writes what there is, and ends. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(writer);
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        write();
    }
}
