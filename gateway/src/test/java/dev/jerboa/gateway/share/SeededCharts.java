package dev.jerboa.gateway.share;

import dev.jerboa.gateway.ledger.Days;
import dev.jerboa.gateway.ledger.RollupRow;
import dev.jerboa.gateway.share.fact.JdbcLedger;
import dev.jerboa.gateway.share.fact.Measure;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.seed.SeededLedger;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.store.Database;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The seeded ledger in a database, with its charts. */
public final class SeededCharts {
    public static final SeededLedger SEED = new SeededLedger();

    /** The seed's labs in China. */
    private static final List<String> CHINESE = List.of("deepseek", "qwen", "01-ai", "z-ai", "minimax", "moonshotai");

    private static final List<String> CLOSED = List.of(
            "openai/gpt-4o",
            "openai/gpt-4o-mini",
            "openai/gpt-5",
            "anthropic/claude-3.5-sonnet",
            "anthropic/claude-sonnet-4",
            "google/gemini-1.5-flash",
            "google/gemini-2.5-flash",
            "x-ai/grok-3",
            "x-ai/grok-code-fast-1",
            "qwen/qwen-max",
            "mistralai/mistral-medium-3");

    public final Charts charts;
    public final ShareQuery query =
            ShareQuery.of(SeededLedger.FROM.toEpochDay() * 24, SeededLedger.TO.toEpochDay() * 24);

    public SeededCharts(Database database) {
        charts = new Charts(new JdbcLedger(database));
    }

    public static Database seeded(Database database) {
        SEED.writeTo(database);
        Days.sum(database); // so that charts are tried as they are drawn of a ledger that is not of today
        return database;
    }

    static String model(RollupRow row) {
        return row.endpoint().substring(row.endpoint().indexOf(':') + 1);
    }

    static boolean open(RollupRow row) {
        return !CLOSED.contains(model(row));
    }

    static String band(RollupRow row) {
        return band(model(row));
    }

    static String band(String model) {
        String lab = model.substring(0, model.indexOf('/'));
        return CLOSED.contains(model) ? "closed" : CHINESE.contains(lab) ? "cn-open" : "other-open";
    }

    public Drawn draw(Chart chart, ShareQuery of) {
        return charts.draw(chart, of);
    }

    /** A table's rows by column. */
    public static List<Map<String, @Nullable Object>> rows(Drawn drawn, String table) {
        Table found = drawn.table(table).orElseThrow(() -> new AssertionError("no table " + table));
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (List<@Nullable Object> row : found.rows()) {
            Map<String, @Nullable Object> named = new HashMap<>();
            for (int i = 0; i < row.size(); i++) {
                named.put(found.columns().get(i).id(), row.get(i));
            }
            rows.add(named);
        }
        return rows;
    }

    /** The rows of a group, in order. */
    public static List<Map<String, @Nullable Object>> of(Drawn drawn, String table, String column, String value) {
        return rows(drawn, table).stream()
                .filter(row -> value.equals(row.get(column)))
                .toList();
    }

    /** An amount as charts show it. */
    static Object shown(BigInteger amount, Measure measure) {
        return measure == Measure.COST ? new BigDecimal(amount, 9) : (Object) amount.longValueExact();
    }
}
