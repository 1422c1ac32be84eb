package dev.jerboa.gateway.key;

import dev.jerboa.gateway.ledger.Ulid;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Budgets, their periods and what nodes have taken of them, as rows of the store. For each budget and period
 * {@code leased = Σ over leases of what is taken and not yet spent}, and no node is given anything by which {@code spent + leased} would be
 * more than the limit. A transaction locks a period's row before a lease's, and periods in the order of their keys.
 */
final class BudgetRows {
    /** What the store has of a period. */
    record Row(long spentNanos, long leasedNanos) {}

    /** Two numbers of a row. */
    private record Pair(long first, long second) {}

    /** A lease of any node. */
    record Lease(String id, String budget, long periodStart) {}

    /** The keys whose use is a budget's, asked in the transaction that needs them: a second connection might have to be waited for. */
    @FunctionalInterface
    interface KeysOf {
        List<String> of(Connection connection) throws SQLException;
    }

    /** The most keys of one question: stores bound how many parameters it may have. */
    private static final int MOST_KEYS = 1000;

    private final Database database;
    private final String node;
    /** This process, among all that its node was and will be: what another process took is never taken for its own. */
    private final String boot = Ulid.next();

    BudgetRows(Database database, String node) {
        this.database = database;
        this.node = node;
    }

    private String leaseId(String budget, long start) {
        return boot + "|" + start + "|" + budget;
    }

    List<Budget> budgets() {
        return select("", "");
    }

    List<Budget> budgets(Budget.Owner kind, String owner) {
        return select(kind.text(), owner);
    }

    private List<Budget> select(String kind, String owner) {
        return database.read(connection -> {
            List<Budget> budgets = new ArrayList<>();
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT id, owner_kind, owner, limit_nanos, period FROM budget"
                            + (kind.isEmpty() ? "" : " WHERE owner_kind = ? AND owner = ?") + " ORDER BY id")) {
                if (!kind.isEmpty()) {
                    select.setString(1, kind);
                    select.setString(2, owner);
                }
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        budgets.add(new Budget(
                                row.getString(1),
                                Budget.Owner.of(row.getString(2)),
                                row.getString(3),
                                row.getLong(4),
                                Period.of(row.getString(5))));
                    }
                }
            }
            return budgets;
        });
    }

    void put(Budget budget) {
        database.run(connection -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO budget (id, owner_kind, owner, limit_nanos, period) VALUES (?, ?, ?, ?, ?)"
                            + " ON CONFLICT (id) DO UPDATE SET owner_kind = excluded.owner_kind, owner = excluded.owner,"
                            + " limit_nanos = excluded.limit_nanos, period = excluded.period")) {
                insert.setString(1, budget.id());
                insert.setString(2, budget.kind().text());
                insert.setString(3, budget.owner());
                insert.setLong(4, budget.limitNanos());
                insert.setString(5, budget.period().text());
                insert.executeUpdate();
            }
        });
    }

    boolean delete(String id) {
        return database.write(connection -> {
            boolean there = change(connection, "DELETE FROM budget WHERE id = ?", id) > 0;
            change(connection, "DELETE FROM lease WHERE budget = ?", id);
            change(connection, "DELETE FROM budget_period WHERE budget = ?", id);
            return there;
        });
    }

    private static int change(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            set(statement, values);
            return statement.executeUpdate();
        }
    }

    private static void set(PreparedStatement statement, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            if (values[i] instanceof Long number) {
                statement.setLong(i + 1, number);
            } else {
                statement.setString(i + 1, (String) values[i]);
            }
        }
    }

    /** The two numbers that a changed row has now; empty where there is no such row. */
    private static Optional<Pair> returned(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            set(statement, values);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(new Pair(row.getLong(1), row.getLong(2))) : Optional.empty();
            }
        }
    }

    /** Adds to what was spent in a period, and locks its row; makes it first where it is not there, from what the ledger's sums say. */
    private static Row spend(Connection connection, Budget budget, long start, long nanos, KeysOf keys)
            throws SQLException {
        String add = "UPDATE budget_period SET spent_nanos = spent_nanos + ? WHERE budget = ? AND period_start = ?"
                + " RETURNING spent_nanos, leased_nanos";
        Optional<Pair> row = returned(connection, add, nanos, budget.id(), start);
        if (row.isPresent()) {
            return new Row(row.get().first(), row.get().second());
        }
        change(
                connection,
                "INSERT INTO budget_period (budget, period_start, spent_nanos, leased_nanos) VALUES (?, ?, ?, 0)"
                        + " ON CONFLICT (budget, period_start) DO NOTHING",
                budget.id(),
                start,
                spentBefore(connection, budget, start, keys));
        return returned(connection, add, nanos, budget.id(), start)
                .map(pair -> new Row(pair.first(), pair.second()))
                .orElseThrow(() -> new SQLException("the period of budget " + budget.id() + " is not there"));
    }

    private static long spentBefore(Connection connection, Budget budget, long start, KeysOf owned)
            throws SQLException {
        List<String> keys = owned.of(connection);
        long spent = 0;
        for (int from = 0; from < keys.size(); from += MOST_KEYS) {
            List<String> some = keys.subList(from, Math.min(keys.size(), from + MOST_KEYS));
            spent = Math.addExact(spent, spentBefore(connection, budget, start, some));
        }
        return spent;
    }

    private static long spentBefore(Connection connection, Budget budget, long start, List<String> keys)
            throws SQLException {
        Instant begin = Micros.instant(start);
        Instant end = budget.period().end(begin);
        String sql = "SELECT COALESCE(SUM(cost_nanos), 0) FROM rollup WHERE hour >= ? AND hour < ? AND key IN (?"
                + ", ?".repeat(keys.size() - 1) + ")";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setLong(1, begin.getEpochSecond() / 3600);
            select.setLong(2, end.equals(Instant.MAX) ? Long.MAX_VALUE : end.getEpochSecond() / 3600);
            for (int i = 0; i < keys.size(); i++) {
                select.setString(3 + i, keys.get(i));
            }
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    /**
     * Takes some of what is left of a budget for this node: all that is needed and a part of the rest, or nothing where that does not fit.
     *
     * @param needed the least that is of use, 0 or more
     * @param slice which part of what is left is taken where less is needed
     * @param keys of the budget's owner, whose sums say what was spent before the period's row was made
     * @return how much; −1 where what is needed does not fit
     */
    long take(Budget budget, long start, long needed, int slice, long expires, KeysOf keys) {
        return database.write(connection -> {
            Row row = spend(connection, budget, start, 0, keys);
            String id = leaseId(budget.id(), start);
            Pair lease = returned(connection, "SELECT nanos, spent_nanos FROM lease WHERE id = ?", id)
                    .orElse(new Pair(0, 0));
            // requests that cost more than was held back for them: paid already, so that taking for them takes nothing
            // from the rest
            long uncovered = Math.max(0, lease.second() - lease.first());
            long left = budget.limitNanos() - row.spentNanos() - row.leasedNanos();
            if (needed - uncovered > left || (needed == 0 && left <= 0)) {
                return -1L;
            }
            long taken = Math.max(needed, uncovered + Math.max(0, left) / slice);
            change(
                    connection,
                    "UPDATE budget_period SET leased_nanos = leased_nanos + ? WHERE budget = ? AND period_start = ?",
                    Math.max(0, taken - uncovered),
                    budget.id(),
                    start);
            change(
                    connection,
                    "INSERT INTO lease (id, budget, period_start, node, nanos, spent_nanos, expires) VALUES (?, ?, ?, ?, ?, 0, ?)"
                            + " ON CONFLICT (id) DO UPDATE SET nanos = lease.nanos + excluded.nanos, expires = excluded.expires",
                    id,
                    budget.id(),
                    start,
                    node,
                    taken,
                    expires);
            return taken;
        });
    }

    /**
     * Raises what was spent in a period to what the ledger's sums say, where that is more: events count too that nodes wrote which did not
     * know of the budget yet. Whoever writes events of the budget holds the period's row until the sums are there, so that these are whole.
     */
    void recount(Budget budget, long start, KeysOf keys) {
        database.run(connection -> {
            Row row = spend(connection, budget, start, 0, keys);
            long missing = spentBefore(connection, budget, start, keys) - row.spentNanos();
            if (missing > 0) {
                spend(connection, budget, start, missing, keys);
            }
        });
    }

    /** Books what events did cost, in the transaction that writes them. */
    void book(Connection connection, Budget budget, long start, long nanos, KeysOf keys) throws SQLException {
        spend(connection, budget, start, nanos, keys);
        Optional<Pair> lease = returned(
                connection,
                "UPDATE lease SET spent_nanos = spent_nanos + ? WHERE id = ? RETURNING nanos, spent_nanos",
                nanos,
                leaseId(budget.id(), start));
        if (lease.isPresent()) {
            long taken = lease.get().first();
            long spent = lease.get().second();
            long covered = Math.min(taken, spent) - Math.min(taken, spent - nanos);
            unlease(connection, budget.id(), start, covered);
        }
    }

    private static void unlease(Connection connection, String budget, long start, long nanos) throws SQLException {
        if (nanos != 0) {
            change(
                    connection,
                    "UPDATE budget_period SET leased_nanos = leased_nanos - ? WHERE budget = ? AND period_start = ?",
                    nanos,
                    budget,
                    start);
        }
    }

    private static void lock(Connection connection, String budget, long start) throws SQLException {
        change(
                connection,
                "UPDATE budget_period SET spent_nanos = spent_nanos WHERE budget = ? AND period_start = ?",
                budget,
                start);
    }

    /** Lets this node spend for longer what it took: how much that is, by the store; empty where it was taken away meanwhile. */
    OptionalLong renew(String budget, long start, long expires) {
        return database.write(connection -> returned(
                        connection,
                        "UPDATE lease SET expires = ? WHERE id = ? RETURNING nanos, spent_nanos",
                        expires,
                        leaseId(budget, start))
                .map(lease -> OptionalLong.of(lease.first()))
                .orElse(OptionalLong.empty()));
    }

    /** Gives back some of what this node took; false where it was taken away meanwhile. */
    boolean giveBack(String budget, long start, long nanos) {
        return database.write(connection -> {
            lock(connection, budget, start);
            boolean ours =
                    change(connection, "UPDATE lease SET nanos = nanos - ? WHERE id = ?", nanos, leaseId(budget, start))
                            > 0;
            if (ours) {
                unlease(connection, budget, start, nanos);
            }
            return ours;
        });
    }

    /** Leases of every process that had this node's name. */
    List<Lease> nodesLeases() {
        return leases("node = ?", node);
    }

    /** Leases of this process. */
    List<Lease> ownLeases() {
        return nodesLeases().stream()
                .filter(lease -> lease.id().startsWith(boot))
                .toList();
    }

    List<Lease> expiredLeases(long before) {
        return leases("expires < ?", before);
    }

    private List<Lease> leases(String condition, Object value) {
        return database.read(connection -> {
            List<Lease> leases = new ArrayList<>();
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT id, budget, period_start FROM lease WHERE " + condition)) {
                set(select, value);
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        leases.add(new Lease(row.getString(1), row.getString(2), row.getLong(3)));
                    }
                }
            }
            return leases;
        });
    }

    /** Ends a lease that expired before a time, and gives back what was not spent of it. */
    boolean end(Lease lease, long expiredBefore) {
        return database.write(connection -> {
            lock(connection, lease.budget(), lease.periodStart());
            Optional<Pair> ended = returned(
                    connection,
                    "DELETE FROM lease WHERE id = ? AND expires < ? RETURNING nanos, spent_nanos",
                    lease.id(),
                    expiredBefore);
            if (ended.isPresent()) {
                long rest = Math.max(0, ended.get().first() - ended.get().second());
                unlease(connection, lease.budget(), lease.periodStart(), rest);
            }
            return ended.isPresent();
        });
    }

    /** Ends this node's lease of a period. */
    void end(String budget, long start) {
        end(new Lease(leaseId(budget, start), budget, start), Long.MAX_VALUE);
    }

    /** What the store has of a period; what the ledger's sums say where it has no row yet. */
    Row row(Budget budget, long start, KeysOf keys) {
        return database.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT spent_nanos, leased_nanos FROM budget_period WHERE budget = ? AND period_start = ?")) {
                set(select, budget.id(), start);
                try (ResultSet row = select.executeQuery()) {
                    return row.next()
                            ? new Row(row.getLong(1), row.getLong(2))
                            : new Row(spentBefore(connection, budget, start, keys), 0);
                }
            }
        });
    }
}
