package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.share.fact.Fact;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.GroupBy;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One's own shares beside those that others publish of the world, or of a sample; the two are never added. */
public final class Overlay {
    /** Daily tokens by model, as OpenRouter publishes them. */
    public static final String RANKINGS = "rankings-daily";

    /** Daily counts of requests by category, as they, their keys or rules say; and by script, as prompts are written. */
    public static final String CATEGORIES = "category";

    public static final String SCRIPTS = "script";

    private static final long HOURS_OF_DAY = 24;

    private Overlay() {}

    /** Shares of models, here and in the world. */
    public static Drawn world(FactReader reader) {
        ShareQuery query = reader.query();
        List<Fact> facts = reader.facts();
        Amounts own = Amounts.of(facts, fact -> GroupBy.MODEL.of(fact, query), query.measure()::of);
        Map<Long, Map<String, BigDecimal>> world = series(reader, RANKINGS);
        Table.Draft table = Table.of("world", "Shares here and in the world")
                .column("period", "Beginning", Unit.TIME)
                .column("group", "Model", Unit.TEXT)
                .column("share", "Share here", Unit.SHARE)
                .column("world_share", "Share there", Unit.SHARE);
        Set<String> models = new LinkedHashSet<>();
        own.groups().stream().limit(query.top()).forEach(models::add);
        TreeSet<Long> periods = new TreeSet<>(own.periods());
        periods.addAll(world.keySet());
        for (long period : periods) {
            for (String model : models) {
                table.row(
                        query.bucket().shown(period),
                        model,
                        Exact.share(own.of(period, model), own.ofPeriod(period)),
                        share(world.getOrDefault(period, Map.of()), model));
            }
        }
        List<Note> notes = new ArrayList<>(Notes.of(
                Note.of(
                        "world",
                        "The world's shares are of the platform that published them, in tokens, summed over the days of each period."),
                query,
                facts));
        if (!world.isEmpty()) {
            notes.add(
                    Note.of(
                            "attribution",
                            "Source of the world's shares: OpenRouter, rankings, licensed under CC BY 4.0; tokens are of each model's own tokenizer."));
        }
        return new Drawn("world", "Shares here and in the world", List.of(table.table()), notes);
    }

    /** What requests are about, as they or the operator say, and in which script they are written; texts are not kept. */
    public static Drawn categories(FactReader reader) {
        return new Drawn(
                "categories",
                "What requests are about",
                List.of(
                        shares(reader, CATEGORIES, "categories", "What requests are about"),
                        shares(reader, SCRIPTS, "scripts", "Scripts of requests")),
                List.of(
                        Note.of(
                                "categories",
                                "Requests by what clients, keys or rules of the gateway's file say that they are about, and by the script of most letters of their prompts, each where it is switched on; the texts are not kept.")));
    }

    private static Table shares(FactReader reader, String name, String id, String title) {
        Table.Draft table = Table.of(id, title)
                .column("period", "Beginning", Unit.TIME)
                .column("group", "Group", Unit.TEXT)
                .column("amount", "Requests", Unit.REQUESTS)
                .column("share", "Share", Unit.SHARE);
        series(reader, name)
                .forEach((period, amounts) -> amounts.forEach((group, amount) ->
                        table.row(reader.query().bucket().shown(period), group, amount, share(amounts, group))));
        return table.table();
    }

    private record Day(long day, String group, BigDecimal amount) {}

    private static Map<Long, Map<String, BigDecimal>> series(FactReader reader, String name) {
        ShareQuery query = reader.query();
        Map<Long, Map<String, BigDecimal>> periods = new TreeMap<>();
        reader.sql()
                .rows(
                        "SELECT day, dimension, SUM(amount) FROM series WHERE name = ? AND day >= ? AND day < ?"
                                + " GROUP BY day, dimension ORDER BY day, dimension",
                        List.of(
                                name,
                                -Math.floorDiv(-query.from(), HOURS_OF_DAY),
                                -Math.floorDiv(-query.to(), HOURS_OF_DAY)),
                        row -> new Day(row.number(1), row.text(2), Imported.plain(row.decimal(3))))
                .forEach(day -> periods.computeIfAbsent(
                                query.bucket().start(day.day() * HOURS_OF_DAY), key -> new TreeMap<>())
                        .merge(day.group(), day.amount(), BigDecimal::add));
        return periods;
    }

    private static @Nullable BigDecimal share(Map<String, BigDecimal> amounts, String group) {
        BigDecimal whole = amounts.values().stream().reduce(BigDecimal.ZERO, BigDecimal::add);
        return whole.signum() == 0
                ? null
                : Exact.round(amounts.getOrDefault(group, BigDecimal.ZERO).divide(whole, Exact.PRECISE));
    }
}
