package dev.jerboa.gateway.catalog;

import java.time.Instant;

/** Where entries are kept for ever, each with the moment from which it holds. Implemented by the ledger's store. */
public interface CatalogStore {
    /** The newest row of each entry, and every version of prices. */
    CatalogRows newest();

    /**
     * Adds rows, all or none.
     *
     * @param validFrom from when labs, models, providers and endpoints are as they say
     */
    void add(CatalogRows rows, Instant validFrom);
}
