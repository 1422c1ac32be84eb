package dev.jerboa.gateway.share;

import dev.jerboa.gateway.key.Budget;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.LedgerSql;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.fact.World;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.store.SumRange;
import java.util.List;

/** Draws charts from a ledger. Thread-safe; every drawing asks the ledger anew. */
public final class Charts {
    private final LedgerSql ledger;
    private final List<Budget> declared;

    /** Of a ledger by itself, whose budgets are all in it. */
    public Charts(LedgerSql ledger) {
        this(ledger, List.of());
    }

    /** @param declared budgets of the gateway's file, which the ledger has only the periods of */
    public Charts(LedgerSql ledger, List<Budget> declared) {
        this.ledger = ledger;
        this.declared = List.copyOf(declared);
    }

    /**
     * Draws a chart.
     *
     * @throws dev.jerboa.gateway.GatewayException where the ledger cannot be asked, the chart would be too large, or a sum
     *     in it is beyond {@link SumRange}
     */
    public Drawn draw(Chart chart, ShareQuery query) {
        try {
            return chart.draw(new FactReader(ledger, World.read(ledger), query, declared));
        } catch (ArithmeticException e) {
            throw SumRange.beyond(e);
        }
    }
}
