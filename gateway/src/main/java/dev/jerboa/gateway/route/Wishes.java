package dev.jerboa.gateway.route;

import dev.jerboa.gateway.Copies;
import dev.jerboa.gateway.config.RouteOrder;
import dev.jerboa.gateway.dialect.ErrorKind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client wishes of providers: the request's {@code provider} object, as OpenRouter has it.
 *
 * @param order providers that are asked first, in order
 * @param only no others
 * @param ignore never these
 * @param allowFallbacks whether others may answer where the first cannot
 * @param requireParameters whether an endpoint has to honour every field of the request
 * @param denyTraining whether providers that train on prompts are left out
 * @param zeroRetention whether providers that keep prompts are left out
 * @param quantizations no others; empty for all
 * @param sort turns the spreading of load off
 * @param acrossModels whether {@code sort} is for the endpoints of all asked models together
 * @param mostPrompt pico-dollars a token of prompt
 * @param mostCompletion pico-dollars a token of the reply
 * @param mostRequest nano-dollars a request
 * @param leastThroughput tokens a second that so many of a hundred replies reach at least; slower endpoints are asked last
 * @param mostLatency seconds to the first token that so many of a hundred replies take at most; slower endpoints are asked last
 */
public record Wishes(
        List<String> order,
        List<String> only,
        List<String> ignore,
        boolean allowFallbacks,
        boolean requireParameters,
        boolean denyTraining,
        boolean zeroRetention,
        Set<String> quantizations,
        Optional<RouteOrder> sort,
        boolean acrossModels,
        OptionalLong mostPrompt,
        OptionalLong mostCompletion,
        OptionalLong mostRequest,
        Map<Integer, Double> leastThroughput,
        Map<Integer, Double> mostLatency) {
    public static final Wishes NONE = of(Map.of());

    private static final int MOST_NAMES = 100;
    private static final int MEDIAN = 50;
    private static final Set<String> PERCENTILES = Set.of("p50", "p75", "p90", "p99");
    private static final Set<String> PRICES = Set.of("prompt", "completion", "request", "image", "audio");
    private static final Set<String> SORT = Set.of("by", "partition");
    private static final Set<String> KNOWN = Set.of(
            "order",
            "only",
            "ignore",
            "allow_fallbacks",
            "require_parameters",
            "data_collection",
            "zdr",
            "enforce_distillable_text",
            "quantizations",
            "sort",
            "max_price",
            "preferred_min_throughput",
            "preferred_max_latency");

    public Wishes {
        order = List.copyOf(order);
        only = List.copyOf(only);
        ignore = List.copyOf(ignore);
        quantizations = Copies.of(quantizations);
        leastThroughput = Map.copyOf(leastThroughput);
        mostLatency = Map.copyOf(mostLatency);
    }

    /**
     * The wishes of a request.
     *
     * @throws RouteException where they are not as they should be
     */
    public static Wishes of(Map<String, @Nullable Object> body) {
        Object value = body.get("provider");
        if (value == null) {
            value = Map.of();
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw wrong("provider", "an object", value);
        }
        known("provider", map, KNOWN);
        if (flag(map, "enforce_distillable_text", false)) {
            throw new RouteException(
                    ErrorKind.INVALID,
                    "provider.enforce_distillable_text: the catalogue does not know whose texts others may learn from;"
                            + " name models whose do");
        }
        Object sort = map.get("sort");
        Object price = map.get("max_price");
        if (price == null) {
            price = Map.of();
        }
        if (!(price instanceof Map<?, ?> prices)) {
            throw wrong("provider.max_price", "an object such as {\"prompt\": 1, \"completion\": 2}", price);
        }
        known("provider.max_price", prices, PRICES);
        // no endpoint has a price for these: pictures and sound in a prompt are tokens, which the limit of the prompt
        // is for
        dollars(prices, "image", 1);
        dollars(prices, "audio", 1);
        return new Wishes(
                names(map, "order"),
                names(map, "only"),
                names(map, "ignore"),
                flag(map, "allow_fallbacks", true),
                flag(map, "require_parameters", false),
                denies(map),
                flag(map, "zdr", false),
                new HashSet<>(names(map, "quantizations")),
                sort instanceof Map<?, ?> by ? sort(by.get("by"), "provider.sort.by") : sort(sort, "provider.sort"),
                sort instanceof Map<?, ?> by && acrossModels(by),
                perMillion(prices, "prompt"),
                perMillion(prices, "completion"),
                dollars(prices, "request", 1_000_000_000),
                percentiles(map, "preferred_min_throughput"),
                percentiles(map, "preferred_max_latency"));
    }

    private static boolean denies(Map<?, ?> map) {
        Object value = map.get("data_collection");
        if (value == null || value.equals("allow")) {
            return false;
        }
        if (value.equals("deny")) {
            return true;
        }
        throw wrong("provider.data_collection", "allow or deny", value);
    }

    private static Optional<RouteOrder> sort(@Nullable Object value, String name) {
        if (value == null) {
            return Optional.empty();
        }
        return Optional.of(
                switch (value instanceof String text ? text : "") {
                    case "price" -> RouteOrder.PRICE;
                    case "throughput" -> RouteOrder.THROUGHPUT;
                    case "latency" -> RouteOrder.LATENCY;
                    default -> throw wrong(name, "price, throughput or latency", value);
                });
    }

    /** Whether endpoints are ordered together, whichever model they are of. */
    private static boolean acrossModels(Map<?, ?> sort) {
        known("provider.sort", sort, SORT);
        Object partition = sort.get("partition");
        if (partition == null || partition.equals("model")) {
            return false;
        }
        if (partition.equals("none")) {
            return true;
        }
        throw wrong("provider.sort.partition", "model or none", partition);
    }

    private static void known(String name, Map<?, ?> map, Set<String> known) {
        map.keySet().forEach(key -> {
            if (!known.contains(String.valueOf(key))) {
                throw new RouteException(
                        ErrorKind.INVALID,
                        name + "." + key + " is not known: expected one of "
                                + String.join(", ", known.stream().sorted().toList()));
            }
        });
    }

    private static List<String> names(Map<?, ?> map, String name) {
        Object value = map.get(name);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list) || list.size() > MOST_NAMES) {
            throw wrong("provider." + name, "a list of at most " + MOST_NAMES + " names", value);
        }
        List<String> names = new ArrayList<>();
        for (Object item : list) {
            if (!(item instanceof String text)) {
                throw wrong("provider." + name, "a list of names", item);
            }
            names.add(text.toLowerCase(Locale.ROOT));
        }
        return names;
    }

    private static boolean flag(Map<?, ?> map, String name, boolean otherwise) {
        Object value = map.get(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrong("provider." + name, "true or false", value);
    }

    /** Dollars for a million tokens, which are pico-dollars a token times a million. */
    private static OptionalLong perMillion(Map<?, ?> map, String name) {
        return dollars(map, name, 1_000_000);
    }

    private static OptionalLong dollars(Map<?, ?> map, String name, long scale) {
        Object value = map.get(name);
        if (value == null) {
            return OptionalLong.empty();
        }
        try {
            BigDecimal dollars = new BigDecimal(value.toString());
            if (dollars.signum() >= 0 && (long) dollars.precision() - dollars.scale() < 10 && dollars.scale() < 30) {
                return OptionalLong.of(
                        dollars.multiply(BigDecimal.valueOf(scale)).longValue());
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw wrong("provider.max_price." + name, "dollars, 0 or more", value);
    }

    /** A number, which is for the median, or an object of percentiles, all of which hold. */
    private static Map<Integer, Double> percentiles(Map<?, ?> map, String name) {
        Object value = map.get(name);
        if (!(value instanceof Map<?, ?> percentiles)) {
            return value == null ? Map.of() : Map.of(MEDIAN, number("provider." + name, value));
        }
        known("provider." + name, percentiles, PERCENTILES);
        Map<Integer, Double> bounds = new HashMap<>();
        percentiles.forEach((percentile, bound) -> {
            if (bound != null) {
                String key = String.valueOf(percentile);
                bounds.put(Integer.parseInt(key.substring(1)), number("provider." + name + "." + key, bound));
            }
        });
        return bounds;
    }

    private static double number(String name, Object value) {
        if (value instanceof Number number && number.doubleValue() >= 0) {
            return number.doubleValue();
        }
        throw wrong(name, "a number, or an object such as {\"p50\": 1, \"p90\": 2}", value);
    }

    private static RouteException wrong(String name, String expected, @Nullable Object found) {
        return new RouteException(
                ErrorKind.INVALID,
                name + ": expected " + expected + ", found "
                        + (found instanceof String text ? "'" + text + "'" : found));
    }
}
