package dev.jerboa.spark;

import dev.jerboa.gateway.ledger.StoredPrices;
import java.io.Serializable;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Prices that travel to where events are: as the texts that a store has, read there once for each task. One thread. */
final class PriceTexts implements Serializable {
    private static final long serialVersionUID = 1;

    private final Map<String, String> texts;
    private transient @Nullable StoredPrices read;

    /** @param texts schedules by version, or by whatever stands in place of versions */
    PriceTexts(Map<String, String> texts) {
        this.texts = Map.copyOf(texts);
    }

    StoredPrices prices() {
        StoredPrices prices = read;
        if (prices == null) {
            prices = new StoredPrices(version -> Optional.ofNullable(texts.get(version)));
            read = prices;
        }
        return prices;
    }
}
