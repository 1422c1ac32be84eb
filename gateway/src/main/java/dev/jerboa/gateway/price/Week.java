package dev.jerboa.gateway.price;

import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.ToolRates;
import java.time.Instant;
import java.util.List;

/**
 * Prices by the hour of the week.
 *
 * @param usual outside of windows
 * @param windows the first that holds decides
 */
record Week(Tariff usual, List<Window> windows) {
    Week {
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

    Week withTools(ToolRates tools) {
        return new Week(
                usual.withTools(tools),
                windows.stream()
                        .map(window -> new Window(
                                window.days(),
                                window.fromMinute(),
                                window.toMinute(),
                                window.zone(),
                                window.holidays(),
                                window.tariff().withTools(tools)))
                        .toList());
    }
}
