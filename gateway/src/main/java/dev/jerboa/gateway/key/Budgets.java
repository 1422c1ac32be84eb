package dev.jerboa.gateway.key;

import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.store.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * Money that keys and accounts may spend. Made before the {@link dev.jerboa.gateway.ledger.LedgerWriter}, which is given it; {@link #start}
 * is called when the writer has replayed.
 */
public final class Budgets implements Spending, AutoCloseable {
    /** @param declared budgets of the gateway's file, beside those of the store */
    public Budgets(Database database, Keys keys, List<Budget> declared, BudgetOptions options, InstantSource clock) {
        throw new UnsupportedOperationException();
    }

    /** Returns what earlier processes of this node took and did not spend, and begins to renew. */
    public void start() {
        throw new UnsupportedOperationException();
    }

    /** Holds back what a request may cost, in every budget of its key, its account and the accounts above, or in none. */
    public BudgetDecision reserve(Key key, Instant at, long nanos) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void book(Connection connection, List<UsageEvent> events) throws SQLException {
        throw new UnsupportedOperationException();
    }

    /** Makes a budget or changes one. */
    public void put(Budget budget) {
        throw new UnsupportedOperationException();
    }

    public boolean delete(String id) {
        throw new UnsupportedOperationException();
    }

    /** Every budget in its present period, those of the file first. */
    public List<BudgetState> states() {
        throw new UnsupportedOperationException();
    }

    /** What is held back on this node in all budgets together: 0 when nothing is asked. */
    public long reservedNanos() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
