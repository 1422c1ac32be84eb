package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.store.Micros;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
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
                    + " category";
    static final String INSERT =
            "INSERT INTO event (" + COLUMNS + ") VALUES (?" + ", ?".repeat(37) + ") ON CONFLICT (id) DO NOTHING";

    private EventRows() {}

    static void set(PreparedStatement insert, UsageEvent event) throws SQLException {
        UsageEvent.Payer payer = event.payer();
        UsageEvent.Asked asked = event.asked();
        UsageEvent.Offer offer = event.offer();
        Usage tokens = event.used().tokens();
        Service service = event.used().service();
        UsageEvent.Cost cost = event.cost();
        UsageEvent.Reply reply = event.reply();
        UsageEvent.Outcome outcome = event.outcome();
        int i = 1;
        insert.setString(i++, text(event.id()));
        insert.setLong(i++, Micros.of(event.at()));
        insert.setString(i++, text(event.node()));
        insert.setString(i++, text(payer.key()));
        insert.setString(i++, text(payer.account()));
        insert.setString(i++, text(payer.app()));
        insert.setString(i++, text(payer.country()));
        insert.setString(i++, text(asked.dialect()));
        insert.setString(i++, text(asked.model()));
        insert.setString(i++, text(offer.endpoint()));
        insert.setString(i++, text(offer.model()));
        insert.setString(i++, text(offer.provider()));
        insert.setString(i++, text(offer.priceVersion()));
        insert.setString(i++, text(attempts(event.attempts())));
        insert.setLong(i++, tokens.input());
        insert.setLong(i++, tokens.cacheRead());
        insert.setLong(i++, tokens.cacheWrite());
        insert.setLong(i++, tokens.cacheWriteLong());
        insert.setLong(i++, tokens.output());
        insert.setLong(i++, tokens.reasoning());
        insert.setLong(i++, asked.bytes());
        insert.setLong(i++, reply.bytes());
        insert.setLong(i++, reply.firstTokenMicros());
        insert.setLong(i++, reply.durationMicros());
        insert.setInt(i++, outcome.status());
        insert.setString(i++, text(outcome.finish()));
        insert.setInt(i++, reply.streamed() ? 1 : 0);
        insert.setInt(i++, reply.toolCalls());
        insert.setLong(i++, cost.nanos());
        if (cost.upstreamNanos().isPresent()) {
            insert.setLong(i++, cost.upstreamNanos().getAsLong());
        } else {
            insert.setNull(i++, Types.BIGINT);
        }
        insert.setString(i++, event.used().quality().text());
        insert.setString(i++, text(outcome.cancelCause()));
        insert.setString(i++, text(service.tier()));
        insert.setLong(i++, service.tools().webSearch());
        insert.setLong(i++, service.tools().webFetch());
        insert.setLong(i++, service.tools().fileSearch());
        insert.setString(i++, text(cost.unpriced()));
        insert.setString(i, text(asked.category()));
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
