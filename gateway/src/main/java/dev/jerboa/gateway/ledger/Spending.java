package dev.jerboa.gateway.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Books what events cost on budgets, and whatever else goes with them ({@link Outbox#after}), in the transaction that writes them. */
public interface Spending {
    /** Called by the writer with events that are written for the first time, before their sums are added to the rollups. */
    void book(Connection connection, List<UsageEvent> events) throws SQLException;

    /** There are no budgets. */
    Spending NONE = (connection, events) -> {};
}
