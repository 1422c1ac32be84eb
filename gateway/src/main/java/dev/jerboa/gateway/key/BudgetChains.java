package dev.jerboa.gateway.key;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Which budgets there are, and which a key is under: those of the gateway's file first, which the store's cannot replace. Thread-safe. */
final class BudgetChains {
    /** Whose budgets. */
    private record Spender(String key, String account) {}

    private final Keys keys;
    private final BudgetRows rows;
    private final List<Budget> declared;
    private final Remembered<Spender, List<Budget>> chains = new Remembered<>(this::read);

    BudgetChains(Keys keys, BudgetRows rows, List<Budget> declared) {
        this.keys = keys;
        this.rows = rows;
        this.declared = List.copyOf(declared);
    }

    /** Those of a key and of the accounts above it, as they were a moment ago. */
    List<Budget> of(String key, String account) {
        return chains.get(new Spender(key, account));
    }

    private List<Budget> read(Spender spender) {
        List<Budget> budgets = new ArrayList<>();
        add(budgets, Budget.Owner.KEY, spender.key());
        for (String above : keys.chain(spender.account())) {
            add(budgets, Budget.Owner.ACCOUNT, above);
        }
        return List.copyOf(budgets);
    }

    private void add(List<Budget> budgets, Budget.Owner kind, String owner) {
        if (owner.isEmpty()) {
            return;
        }
        declared.stream()
                .filter(budget -> budget.kind() == kind && budget.owner().equals(owner))
                .forEach(budgets::add);
        addStored(budgets, rows.budgets(kind, owner));
    }

    private void addStored(List<Budget> budgets, List<Budget> stored) {
        stored.stream().filter(budget -> !isDeclared(budget.id())).forEach(budgets::add);
    }

    /** Those of a key by itself, as they are. */
    List<Budget> ofKey(String key) {
        List<Budget> budgets = new ArrayList<>();
        add(budgets, Budget.Owner.KEY, key);
        return budgets;
    }

    /** All, as they are. */
    List<Budget> all() {
        List<Budget> all = new ArrayList<>(declared);
        addStored(all, rows.budgets());
        return all;
    }

    List<Budget> declared() {
        return declared;
    }

    boolean isDeclared(String id) {
        return declared.stream().anyMatch(budget -> budget.id().equals(id));
    }

    /** What was read is read again. */
    void forget() {
        chains.forget();
    }

    /** The keys whose requests count on a budget. */
    List<String> keysOf(Connection connection, Budget budget) throws SQLException {
        return budget.kind() == Budget.Owner.KEY ? List.of(budget.owner()) : keys.keysBelow(connection, budget.owner());
    }
}
