package dev.jerboa.server.market;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.gateway.ledger.ActivityRow;
import dev.jerboa.gateway.ledger.Dimension;
import dev.jerboa.gateway.ledger.Grain;
import dev.jerboa.gateway.ledger.RollupQuery;
import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.server.http.HttpError;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Rankings of models by day and of apps, of this gateway, where they are published. Thread-safe. */
final class Rankings {
    private static final int DAYS = 30;
    private static final int MOST_DAYS = 366;
    private static final int MOST_MODELS = 50;
    private static final int MOST_APPS = 50;
    private static final String VERSION = "v1";

    private final Ledgers ledgers;
    private final MarketOptions options;

    Rankings(Ledgers ledgers, MarketOptions options) {
        this.ledgers = ledgers;
        this.options = options;
    }

    private record Days(LocalDate first, LocalDate last) {}

    private Days days(ServerRequest request) {
        if (!options.publishRankings()) {
            throw HttpError.of(
                    HttpError.Kind.NOT_FOUND, "this server does not publish rankings: its configuration can say so");
        }
        Asked asked = new Asked(request);
        LocalDate today = LocalDate.ofInstant(ledgers.clock().instant(), ZoneOffset.UTC);
        LocalDate last = asked.day("end_date", today.minusDays(1));
        LocalDate first = asked.day("start_date", last.minusDays(DAYS - 1));
        if (first.isAfter(last) || first.plusDays(MOST_DAYS).isBefore(last)) {
            throw HttpError.field(
                    "start_date", "expected a day up to " + MOST_DAYS + " before end_date, found " + first);
        }
        return new Days(first, last);
    }

    /** The fifty most used models of each day, and the sum of the others last. */
    void models(ServerRequest request, ServerResponse response) {
        Days days = days(request);
        Map<LocalDate, Map<String, Long>> tokens = new TreeMap<>();
        for (ActivityRow row : Scoped.asked(
                () -> ledgers.store().activity(days.first(), days.last().plusDays(1), Optional.empty()))) {
            tokens.computeIfAbsent(row.day(), day -> new TreeMap<>())
                    .merge(row.model(), row.sums().usage().total(), Math::addExact);
        }
        List<Object> data = new ArrayList<>();
        tokens.forEach((day, models) -> day(day, models, data));
        Export.json(request, response, map("data", data, "meta", meta(days)));
    }

    private static void day(LocalDate day, Map<String, Long> models, List<Object> data) {
        List<Map.Entry<String, Long>> ranked = models.entrySet().stream()
                .filter(model -> model.getValue() > 0 && !model.getKey().isEmpty())
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .toList();
        long other = 0;
        for (int i = 0; i < ranked.size(); i++) {
            if (i < MOST_MODELS) {
                data.add(row(day, ranked.get(i).getKey(), ranked.get(i).getValue()));
            } else {
                other = Math.addExact(other, ranked.get(i).getValue());
            }
        }
        if (other > 0) {
            data.add(row(day, "other", other));
        }
    }

    private static Map<String, @Nullable Object> row(LocalDate day, String model, long tokens) {
        return map("date", day.toString(), "model_permaslug", model, "total_tokens", Long.toString(tokens));
    }

    /** Apps by tokens of the whole time. */
    void apps(ServerRequest request, ServerResponse response) {
        Days days = days(request);
        RollupQuery query = RollupQuery.of(
                Bucket.hour(days.first()), Bucket.hour(days.last().plusDays(1)), Grain.ALL, Dimension.APP);
        List<Map.Entry<String, Long>> ranked = Scoped.asked(
                        () -> ledgers.store().rollups(query))
                .stream()
                .map(row -> Map.entry(row.app(), row.sums().usage().total()))
                .filter(app -> app.getValue() > 0 && !app.getKey().isEmpty())
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .limit(MOST_APPS)
                .toList();
        List<Object> data = new ArrayList<>();
        long rank = 1;
        for (Map.Entry<String, Long> app : ranked) {
            data.add(map(
                    "rank",
                    rank++,
                    "app_id",
                    app.getKey(),
                    "app_name",
                    app.getKey(),
                    "total_tokens",
                    Long.toString(app.getValue())));
        }
        Export.json(request, response, map("data", data, "meta", meta(days)));
    }

    private Map<String, @Nullable Object> meta(Days days) {
        return map(
                "as_of",
                ledgers.clock().instant().toString(),
                "start_date",
                days.first().toString(),
                "end_date",
                days.last().toString(),
                "version",
                VERSION);
    }
}
