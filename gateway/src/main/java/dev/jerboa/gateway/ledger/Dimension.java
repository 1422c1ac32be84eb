package dev.jerboa.gateway.ledger;

import java.util.Locale;

/** What sums can be told apart by. Labs, countries of labs and openness follow from the endpoint, through {@link CatalogRows}. */
public enum Dimension {
    ENDPOINT,
    KEY,
    APP,
    PAYER_COUNTRY;

    /** The column's name. */
    String column() {
        return name().toLowerCase(Locale.ROOT);
    }
}
