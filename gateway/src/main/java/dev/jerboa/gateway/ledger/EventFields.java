package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.store.Micros;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * The columns of a row of the table {@code event}, by name, wherever that row is: in a database's answer, in an exported file.
 *
 * @param <E> what is thrown where it cannot be read
 */
public interface EventFields<E extends Exception> {
    String text(String column) throws E;

    long number(String column) throws E;

    /** Whether a column of numbers has none. */
    boolean isNull(String column) throws E;

    /**
     * The event of a row.
     *
     * @throws IllegalArgumentException where the row is no event: a negative count or cost, a quality that there is not
     * @throws ArithmeticException where a status or a count of tools is beyond 32 bits
     * @throws dev.jerboa.model.ModelException where its attempts are no JSON
     */
    static <E extends Exception> UsageEvent read(EventFields<E> row) throws E {
        return new UsageEvent(
                row.text("id"),
                Micros.instant(row.number("at")),
                row.text("node"),
                new UsageEvent.Payer(row.text("key"), row.text("account"), row.text("app"), row.text("payer_country")),
                new UsageEvent.Asked(
                        row.text("dialect"), row.text("requested_model"), row.number("bytes_in"), row.text("category")),
                new UsageEvent.Offer(
                        row.text("endpoint"), row.text("model"), row.text("provider"), row.text("price_version")),
                EventRows.attempts(row.text("attempts")),
                new UsageEvent.Used(
                        tokens(row),
                        service(row),
                        Quality.valueOf(row.text("quality").toUpperCase(Locale.ROOT))),
                new UsageEvent.Cost(row.number("cost_nanos"), upstreamNanos(row), row.text("unpriced")),
                new UsageEvent.Reply(
                        row.number("streamed") != 0,
                        row.number("bytes_out"),
                        Math.toIntExact(row.number("tool_calls")),
                        row.number("first_token_micros"),
                        row.number("duration_micros")),
                new UsageEvent.Outcome(
                        Math.toIntExact(row.number("status")),
                        row.text("finish"),
                        row.text("native_finish"),
                        row.text("cancel_cause")));
    }

    private static <E extends Exception> Usage tokens(EventFields<E> row) throws E {
        return new Usage(
                row.number("input"),
                row.number("cache_read"),
                row.number("cache_write"),
                row.number("cache_write_long"),
                row.number("output"),
                row.number("reasoning"));
    }

    private static <E extends Exception> Service service(EventFields<E> row) throws E {
        return new Service(
                row.text("service_tier"),
                new ToolUses(row.number("web_searches"), row.number("web_fetches"), row.number("file_searches")));
    }

    private static <E extends Exception> OptionalLong upstreamNanos(EventFields<E> row) throws E {
        return row.isNull("upstream_cost_nanos")
                ? OptionalLong.empty()
                : OptionalLong.of(row.number("upstream_cost_nanos"));
    }
}
