package dev.jerboa.gateway.price;

import dev.jerboa.gateway.money.Rates;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Prices from a moment on, until the next period.
 *
 * @param from empty for those that have always been
 * @param usual outside of windows
 * @param windows the first that holds decides
 */
record Period(Optional<Instant> from, Tariff usual, List<Window> windows) {
    Period {
        windows = List.copyOf(windows);
    }

    Tariff at(Instant at) {
        for (Window window : windows) {
            if (window.holds(at)) {
                return window.tariff();
            }
        }
        return usual;
    }

    Rates dearestWindow(long promptTokens) {
        Rates dearest = usual.at(promptTokens);
        for (Window window : windows) {
            dearest = dearest.dearest(window.tariff().at(promptTokens));
        }
        return dearest;
    }
}
