package dev.jerboa.gateway.ledger.export;

import static dev.jerboa.gateway.ledger.export.TableColumn.decimal;
import static dev.jerboa.gateway.ledger.export.TableColumn.text;
import static dev.jerboa.gateway.ledger.export.TableColumn.whole;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tables that charts and recounts read, with their columns as the schema has them. Keys, accounts and leases are not among them. */
public enum LedgerTable {
    LAB(Part.ALL, text("id"), whole("valid_from"), text("name"), text("country")),
    MODEL(
            Part.ALL,
            text("id"),
            whole("valid_from"),
            text("lab"),
            text("name"),
            text("family"),
            text("openness"),
            text("licence"),
            whole("parameters").orNull(),
            whole("active_parameters").orNull(),
            whole("context"),
            text("tokenizer"),
            whole("reasoning"),
            whole("tools"),
            text("released").orNull()),
    PROVIDER(
            Part.ALL,
            text("id"),
            whole("valid_from"),
            text("name"),
            text("country"),
            text("dialect"),
            whole("trains"),
            whole("retains")),
    ENDPOINT(
            Part.ALL,
            text("id"),
            whole("valid_from"),
            text("model"),
            text("provider"),
            text("variant"),
            text("quantization"),
            whole("context"),
            whole("max_output"),
            text("price_version")),
    PRICE(Part.ALL, text("version"), text("schedule")),
    EVENT(
            Part.EVENTS,
            text("id"),
            whole("at"),
            text("node"),
            text("key"),
            text("account"),
            text("app"),
            text("payer_country"),
            text("dialect"),
            text("requested_model"),
            text("endpoint"),
            text("model"),
            text("provider"),
            text("price_version"),
            text("attempts"),
            whole("input"),
            whole("cache_read"),
            whole("cache_write"),
            whole("cache_write_long"),
            whole("output"),
            whole("reasoning"),
            whole("bytes_in"),
            whole("bytes_out"),
            whole("first_token_micros"),
            whole("duration_micros"),
            whole("status"),
            text("finish"),
            whole("streamed"),
            whole("tool_calls"),
            whole("cost_nanos"),
            whole("upstream_cost_nanos").orNull(),
            text("quality"),
            text("cancel_cause"),
            text("service_tier").added(),
            whole("web_searches").added(),
            whole("web_fetches").added(),
            whole("file_searches").added(),
            text("unpriced").added(),
            text("category").added(),
            text("native_finish").added()),
    ROLLUP(
            Part.HOURS_AND_BEFORE,
            whole("hour"),
            text("endpoint"),
            text("key"),
            text("app"),
            text("payer_country"),
            whole("requests"),
            whole("failed"),
            whole("fallbacks"),
            whole("streamed"),
            whole("input"),
            whole("cache_read"),
            whole("cache_write"),
            whole("cache_write_long"),
            whole("output"),
            whole("reasoning"),
            whole("bytes_in"),
            whole("bytes_out"),
            whole("cost_nanos"),
            whole("upstream_cost_nanos"),
            whole("uncached_nanos"),
            whole("dearest_nanos"),
            whole("tool_requests"),
            whole("tool_calls"),
            whole("reasoning_requests"),
            whole("quality_provider"),
            whole("quality_estimated"),
            whole("quality_partial"),
            whole("quality_missing"),
            whole("duration_micros"),
            whole("first_tokens"),
            whole("first_token_micros")),
    LATENCY(Part.HOURS, whole("hour"), text("endpoint"), text("kind"), whole("bucket"), whole("count")),
    ATTEMPT_OUTCOME(Part.HOURS, whole("hour"), text("endpoint"), text("outcome"), whole("count")),
    REFUSAL(Part.HOURS, whole("hour"), text("key"), text("reason"), whole("count")),
    PULL(
            Part.ALL,
            whole("day"),
            text("repository"),
            text("model"),
            text("lab"),
            text("quantization"),
            whole("pulls"),
            whole("bytes")),
    SERIES(
            Part.ALL,
            text("source"),
            text("name"),
            whole("day"),
            text("dimension"),
            decimal("amount"),
            text("definition")),
    BUDGET(Part.ALL, text("id"), text("owner_kind"), text("owner"), whole("limit_nanos"), text("period")),
    BUDGET_PERIOD(Part.ALL, text("budget"), whole("period_start"), whole("spent_nanos"), whole("leased_nanos"));

    /** Which rows belong to a time. */
    private enum Part {
        ALL,
        EVENTS,
        HOURS,
        /** Charts ask when a key first came to a model. */
        HOURS_AND_BEFORE
    }

    private final Part part;
    private final List<TableColumn> columns;

    LedgerTable(Part part, TableColumn... columns) {
        this.part = part;
        this.columns = List.of(columns);
    }

    /** Its name in the store. */
    public String table() {
        return name().toLowerCase(Locale.ROOT);
    }

    public List<TableColumn> columns() {
        return columns;
    }

    /** An SQL condition for the rows that belong to a time; of numbers only. */
    public String where(Span span) {
        return switch (part) {
            case ALL -> "1 = 1";
            case EVENTS -> span.micros("at");
            case HOURS -> "hour >= " + span.from() + " AND hour < " + span.to();
            case HOURS_AND_BEFORE -> "hour < " + span.to();
        };
    }

    /** The query for the rows that belong to a time, with the columns in order. */
    String select(Span span) {
        return columns.stream()
                .map(TableColumn::name)
                .collect(Collectors.joining(", ", "SELECT ", " FROM " + table() + " WHERE " + where(span)));
    }

    /** All but events: what is small enough to be kept. */
    public static Stream<LedgerTable> allButEvents() {
        return Stream.of(values()).filter(table -> table != EVENT);
    }
}
