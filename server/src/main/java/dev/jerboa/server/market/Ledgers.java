package dev.jerboa.server.market;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.key.Budgets;
import dev.jerboa.gateway.key.Keys;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.Rater;
import dev.jerboa.gateway.share.Charts;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * What the market reads, and what it manages.
 *
 * @param rater what the prices of past requests were
 * @param catalog the catalogue of the moment
 * @param settle waits, for a moment at most, until the store has what has been served so far
 */
public record Ledgers(
        Charts charts,
        LedgerStore store,
        Rater rater,
        Supplier<Catalog> catalog,
        Keys keys,
        Budgets budgets,
        InstantSource clock,
        Runnable settle) {}
