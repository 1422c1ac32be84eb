package dev.jerboa.gateway.key;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Money that keys and accounts may spend: held back before a request, settled after it. Made before the
 * {@link dev.jerboa.gateway.ledger.LedgerWriter}, which is given it; {@link #start} is called when the writer has replayed, and
 * {@link #close} when it has ended.
 *
 * <pre>
 * reserve → each budget of key, account, accounts above: from what this node has taken, in memory | taken from the store first
 * settle  → what was not spent is free again
 * event   → book, in the writer's transaction: the period's spent grows, and what this node has taken of it is used up
 * </pre>
 *
 * <p>Each node takes slices of what is left and spends them without asking, so that nodes together never admit more than there is. What it
 * took may be spent until the lease runs out; it is renewed ahead, and what is free of it goes back when nothing was asked for half a
 * lease at most. What a node took that died is given back when it starts again, or by others when its lease has been over for as long
 * again as it was given for; what it had spent of that and not yet written is booked when it is, and may then come on top. Clocks of nodes
 * must agree within that time. Thread-safe; no lock is held while the store is asked.
 */
public final class Budgets implements Spending, AutoCloseable {
    /** After which every node knows of a new budget and has written what it did before. */
    private static final long KNOWN_NANOS = 12_000_000_000L;

    /** Which period of which budget. */
    private record PeriodKey(String budget, long start) {}

    /** What is to be counted again for a new budget, when every node knows of it. */
    private record Recount(Budget budget, long afterNanos) {}

    private final BudgetOptions options;
    private final InstantSource clock;
    private final BudgetRows rows;
    private final BudgetChains chains;
    private final BudgetLeases leases;
    private final Map<PeriodKey, BudgetPeriod> periods = new ConcurrentHashMap<>();
    private final Queue<Recount> recounts = new ConcurrentLinkedQueue<>();
    private final LongAdder overruns = new LongAdder();
    private final Thread keeper;
    private volatile boolean closing;

    /** @param declared budgets of the gateway's file, beside those of the store */
    public Budgets(Database database, Keys keys, List<Budget> declared, BudgetOptions options, InstantSource clock) {
        this.options = options;
        this.clock = clock;
        this.rows = new BudgetRows(database, options.node());
        this.chains = new BudgetChains(keys, rows, declared);
        this.leases = new BudgetLeases(rows, chains, options, clock);
        this.keeper = Thread.ofPlatform().daemon().name("jerboa-budgets").unstarted(this::keep);
    }

    /**
     * Gives back what earlier processes of this node took and did not spend, counts for budgets of the file what other nodes spent that do not
     * have them in theirs yet, and begins to renew what this one takes.
     */
    public void start() {
        chains.declared().forEach(this::recount);
        rows.nodesLeases().forEach(lease -> rows.end(lease, Long.MAX_VALUE));
        keeper.start();
    }

    /**
     * Holds back what a request may cost, in every budget of its key, its account and the accounts above, or in none.
     *
     * @param at when the request began: its event's time, which says in which periods it counts
     * @param nanos nano-dollars, 0 or more; a request that costs nothing is never refused
     */
    public BudgetDecision reserve(Key key, Instant at, long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("a reservation of " + nanos + " nano-dollars: expected 0 or more");
        }
        List<Budget> budgets = chains.of(key.id(), key.account());
        BudgetPeriod[] held = new BudgetPeriod[budgets.size()];
        for (int i = 0; i < held.length; i++) {
            BudgetDecision no = hold(budgets.get(i), at, nanos, held, i);
            if (no != null) {
                for (int j = 0; j < i; j++) {
                    held[j].settle(nanos, 0);
                }
                return no;
            }
        }
        return new Held(held, nanos);
    }

    /** Holds back in one budget and puts its period at its place; or why not. */
    private @Nullable BudgetDecision hold(Budget budget, Instant at, long nanos, BudgetPeriod[] held, int place) {
        while (true) {
            BudgetPeriod period = period(budget, at);
            held[place] = period;
            if (nanos == 0) {
                return null;
            }
            if (period.tryReserve(nanos)) {
                leases.takeAhead(period);
                return null;
            }
            if (period.isClosed()) {
                periods.remove(new PeriodKey(budget.id(), Micros.of(period.start)), period);
                continue;
            }
            if (period.isRefused(nanos)) {
                return new BudgetDecision.Exhausted(budget, period.start, period.end, nanos);
            }
            try {
                leases.take(period, nanos);
            } catch (GatewayException e) {
                return new BudgetDecision.Unknown(budget, String.valueOf(e.getMessage()));
            }
        }
    }

    private BudgetPeriod period(Budget budget, Instant at) {
        Instant start = budget.period().start(at);
        PeriodKey key = new PeriodKey(budget.id(), Micros.of(start));
        BudgetPeriod period = periods.get(key);
        if (period == null) {
            period = periods.computeIfAbsent(
                    key, k -> new BudgetPeriod(budget, start, budget.period().end(at)));
        }
        if (period.budget != budget) {
            boolean less = budget.limitNanos() < period.budget.limitNanos();
            period.budget = budget;
            period.forgetRefusal();
            if (less) {
                BudgetPeriod lowered = period;
                Thread.startVirtualThread(() -> BudgetLeases.quietly(() -> leases.giveBackFree(lowered)));
            }
        }
        return period;
    }

    @Override
    public void book(Connection connection, List<UsageEvent> events) throws SQLException {
        Map<PeriodKey, Long> costs =
                new TreeMap<>(Comparator.comparing(PeriodKey::budget).thenComparing(PeriodKey::start));
        Map<String, Budget> budgets = new TreeMap<>();
        for (UsageEvent event : events) {
            long nanos = event.cost().nanos();
            if (nanos > 0) {
                for (Budget budget :
                        chains.of(event.payer().key(), event.payer().account())) {
                    budgets.put(budget.id(), budget);
                    long start = Micros.of(budget.period().start(event.at()));
                    costs.merge(new PeriodKey(budget.id(), start), nanos, Math::addExact);
                }
            }
        }
        for (Map.Entry<PeriodKey, Long> cost : costs.entrySet()) {
            Budget budget = budgets.get(cost.getKey().budget());
            if (budget != null) {
                rows.book(
                        connection,
                        budget,
                        cost.getKey().start(),
                        cost.getValue(),
                        same -> chains.keysOf(same, budget));
            }
        }
    }

    /**
     * Makes a budget or changes one. What was spent before in its present period counts.
     *
     * @throws IllegalArgumentException where the gateway's file has one of this id
     */
    public void put(Budget budget) {
        refuseDeclared(budget.id());
        Optional<Budget> before =
                rows.budgets().stream().filter(b -> b.id().equals(budget.id())).findFirst();
        boolean same = before.isPresent()
                && before.get().kind() == budget.kind()
                && before.get().owner().equals(budget.owner())
                && before.get().period() == budget.period();
        if (!same) { // with what a node that did not know yet may have booked on a deleted one of this id
            delete(budget.id());
        }
        rows.put(budget);
        recounts.add(new Recount(budget, System.nanoTime() + KNOWN_NANOS));
        chains.forget();
        for (BudgetPeriod period : periods.values()) {
            if (period.budget.id().equals(budget.id())) {
                period.budget = budget;
                period.forgetRefusal();
                leases.giveBackFree(period);
            }
        }
    }

    private void refuseDeclared(String id) {
        if (chains.isDeclared(id)) {
            throw new IllegalArgumentException("the budget '" + id + "' is in the gateway's file: change it there");
        }
    }

    /**
     * Deletes a budget; false where there was none.
     *
     * @throws IllegalArgumentException where the gateway's file has it
     */
    public boolean delete(String id) {
        refuseDeclared(id);
        boolean there = rows.delete(id);
        chains.forget();
        periods.values().removeIf(period -> period.budget.id().equals(id));
        return there;
    }

    /** The budgets of the gateway's file. */
    public List<Budget> declared() {
        return chains.declared();
    }

    /** The budgets of a key by itself in their present periods, those of the file first. */
    public List<BudgetState> ofKey(String key) {
        Instant now = clock.instant();
        return chains.ofKey(key).stream().map(budget -> state(budget, now)).toList();
    }

    /** Every budget in its present period, those of the file first. */
    public List<BudgetState> states() {
        Instant now = clock.instant();
        return chains.all().stream().map(budget -> state(budget, now)).toList();
    }

    private BudgetState state(Budget budget, Instant now) {
        Instant start = budget.period().start(now);
        long micros = Micros.of(start);
        BudgetRows.Row row = rows.row(budget, micros, connection -> chains.keysOf(connection, budget));
        BudgetPeriod period = periods.get(new PeriodKey(budget.id(), micros));
        return new BudgetState(
                budget,
                start,
                budget.period().end(now),
                row.spentNanos(),
                period == null ? 0 : period.reserved(),
                row.leasedNanos());
    }

    /** What is held back on this node in all budgets together: 0 when nothing is asked. */
    public long reservedNanos() {
        return periods.values().stream().mapToLong(BudgetPeriod::reserved).sum();
    }

    /** How many requests did cost more than was held back for them. */
    public long overruns() {
        return overruns.sum();
    }

    /** Renews, gives back what is not used, ends what is over, and takes back what nodes that died had taken. */
    private void keep() {
        long pause = options.lease().toNanos() / 4;
        while (!closing) {
            LockSupport.parkNanos(pause);
            if (closing) {
                return;
            }
            keepNow();
        }
    }

    void keepNow() {
        periods.values()
                .forEach(period -> BudgetLeases.quietly(() -> {
                    if (leases.keep(period)) {
                        periods.remove(new PeriodKey(period.budget.id(), Micros.of(period.start)), period);
                    }
                }));
        BudgetLeases.quietly(leases::endExpired);
        BudgetLeases.quietly(this::recountNew);
    }

    private void recountNew() {
        for (Recount next = recounts.peek();
                next != null && System.nanoTime() - next.afterNanos() > 0;
                next = recounts.peek()) {
            Budget budget = next.budget();
            if (rows.budgets(budget.kind(), budget.owner()).contains(budget)) {
                recount(budget);
            }
            recounts.remove();
        }
    }

    private void recount(Budget budget) {
        rows.recount(
                budget,
                Micros.of(budget.period().start(clock.instant())),
                connection -> chains.keysOf(connection, budget));
    }

    /** Gives back what was taken and not spent. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(keeper);
        try {
            keeper.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        periods.values().forEach(BudgetPeriod::close);
        BudgetLeases.quietly(() -> rows.ownLeases().forEach(lease -> rows.end(lease, Long.MAX_VALUE)));
    }

    /** What is held back for a request. */
    private final class Held implements Reservation {
        private final BudgetPeriod[] held;
        private final long nanos;
        private final AtomicBoolean ended = new AtomicBoolean();

        Held(BudgetPeriod[] held, long nanos) {
            this.held = held;
            this.nanos = nanos;
        }

        @Override
        public void settle(long actualNanos) {
            if (actualNanos < 0) {
                throw new IllegalArgumentException("a cost of " + actualNanos + " nano-dollars: expected 0 or more");
            }
            if (ended.compareAndSet(false, true)) {
                if (actualNanos > nanos && held.length > 0) {
                    overruns.increment();
                }
                for (BudgetPeriod period : held) {
                    period.settle(nanos, actualNanos);
                }
            }
        }

        @Override
        public long nanos() {
            return nanos;
        }
    }
}
