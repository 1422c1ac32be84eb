package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.store.Micros;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Events as rows of the table {@code event}. */
final class EventRows {
    static final String COLUMNS =
            "id, at, node, key, account, app, payer_country, dialect, requested_model, endpoint, model, provider, price_version,"
                    + " attempts, input, cache_read, cache_write, cache_write_long, output, reasoning, bytes_in, bytes_out,"
                    + " first_token_micros, duration_micros, status, finish, streamed, tool_calls, cost_nanos,"
                    + " upstream_cost_nanos, quality, cancel_cause, service_tier, web_searches, web_fetches, file_searches, unpriced,"
                    + " category, native_finish";

    private EventRows() {}

    /** Gives the values of an event's row, in the order of {@link #COLUMNS}. */
    static void put(UsageEvent event, RowValues row) throws SQLException {
        UsageEvent.Payer payer = event.payer();
        UsageEvent.Asked asked = event.asked();
        UsageEvent.Offer offer = event.offer();
        Usage tokens = event.used().tokens();
        Service service = event.used().service();
        UsageEvent.Cost cost = event.cost();
        UsageEvent.Reply reply = event.reply();
        UsageEvent.Outcome outcome = event.outcome();
        row.text(text(event.id()));
        row.number(Micros.of(event.at()));
        row.text(text(event.node()));
        row.text(text(payer.key()));
        row.text(text(payer.account()));
        row.text(text(payer.app()));
        row.text(text(payer.country()));
        row.text(text(asked.dialect()));
        row.text(text(asked.model()));
        row.text(text(offer.endpoint()));
        row.text(text(offer.model()));
        row.text(text(offer.provider()));
        row.text(text(offer.priceVersion()));
        row.text(text(attempts(event.attempts())));
        row.number(tokens.input());
        row.number(tokens.cacheRead());
        row.number(tokens.cacheWrite());
        row.number(tokens.cacheWriteLong());
        row.number(tokens.output());
        row.number(tokens.reasoning());
        row.number(asked.bytes());
        row.number(reply.bytes());
        row.number(reply.firstTokenMicros());
        row.number(reply.durationMicros());
        row.number(outcome.status());
        row.text(text(outcome.finish()));
        row.number(reply.streamed() ? 1 : 0);
        row.number(reply.toolCalls());
        row.number(cost.nanos());
        if (cost.upstreamNanos().isPresent()) {
            row.number(cost.upstreamNanos().getAsLong());
        } else {
            row.noNumber();
        }
        row.text(event.used().quality().text());
        row.text(text(outcome.cancelCause()));
        row.text(text(service.tier()));
        row.number(service.tools().webSearch());
        row.number(service.tools().webFetch());
        row.number(service.tools().fileSearch());
        row.text(text(cost.unpriced()));
        row.text(text(asked.category()));
        row.text(text(outcome.nativeFinish()));
    }

    static UsageEvent read(ResultSet row) throws SQLException {
        return EventFields.read(new OfRow(row));
    }

    private record OfRow(ResultSet row) implements EventFields<SQLException> {
        @Override
        public String text(String column) throws SQLException {
            return row.getString(column);
        }

        @Override
        public long number(String column) throws SQLException {
            return row.getLong(column);
        }

        @Override
        public boolean isNull(String column) throws SQLException {
            row.getLong(column);
            return row.wasNull();
        }
    }

    private static String attempts(List<Attempt> attempts) {
        List<Object> list = new ArrayList<>(attempts.size());
        for (Attempt attempt : attempts) {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("endpoint", attempt.endpoint());
            map.put("status", (long) attempt.status());
            map.put("outcome", attempt.outcome());
            map.put("millis", attempt.millis());
            map.put("billed", attempt.billed());
            if (attempt.possibleCostNanos() > 0) {
                map.put("possible_cost_nanos", attempt.possibleCostNanos());
            }
            list.add(map);
        }
        return JsonOut.line(list);
    }

    static List<Attempt> attempts(String json) {
        List<Attempt> attempts = new ArrayList<>();
        for (Object item : Json.asList(Json.parse(json, "event.attempts"), "event.attempts")) {
            Map<String, @Nullable Object> map = Json.asObject(item, "event.attempts");
            attempts.add(new Attempt(
                    String.valueOf(map.get("endpoint")),
                    map.get("status") instanceof Long status ? status.intValue() : 0,
                    String.valueOf(map.get("outcome")),
                    map.get("millis") instanceof Long millis ? millis : 0,
                    Boolean.TRUE.equals(map.get("billed")),
                    map.get("possible_cost_nanos") instanceof Long nanos ? Math.max(0, nanos) : 0));
        }
        return attempts;
    }

    /** A text as both stores take it: PostgreSQL refuses the character 0 and halves of surrogate pairs. */
    static String text(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || Character.isSurrogate(c)) {
                return cleaned(text);
            }
        }
        return text;
    }

    private static String cleaned(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) ? 0xFFFD : c)
                .forEach(out::appendCodePoint);
        return out.toString();
    }
}
