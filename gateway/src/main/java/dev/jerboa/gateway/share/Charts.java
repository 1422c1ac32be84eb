package dev.jerboa.gateway.share;

import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.LedgerSql;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.fact.World;
import dev.jerboa.gateway.share.table.Drawn;

/** Draws charts from a ledger. Thread-safe; every drawing asks the ledger anew. */
public final class Charts {
    private final LedgerSql ledger;

    public Charts(LedgerSql ledger) {
        this.ledger = ledger;
    }

    /**
     * Draws a chart.
     *
     * @throws dev.jerboa.gateway.GatewayException where the ledger cannot be asked, or the chart would be too large
     */
    public Drawn draw(Chart chart, ShareQuery query) {
        return chart.draw(new FactReader(ledger, World.read(ledger), query));
    }
}
