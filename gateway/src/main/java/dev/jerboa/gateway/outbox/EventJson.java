package dev.jerboa.gateway.outbox;

import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.model.json.JsonOut;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event as one line of JSON, for others than Jerboa: exact counts, whole nano-dollars, whole microseconds, no text of request or reply.
 * Names are those of {@code /v1/generation} and of {@code ledger export} where these have the same. {@code docs/gateway.md} lists them.
 */
public final class EventJson {
    /** Greater by one where a name goes or changes its meaning; a name more changes nothing. */
    public static final long VERSION = 1;

    private EventJson() {}

    public static String line(UsageEvent event) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("version", VERSION);
        map.put("id", event.id());
        map.put("created_at", event.at().toString());
        map.put("node", event.node());
        map.put("key", event.key());
        map.put("account", event.account());
        map.put("app", event.app());
        map.put("payer_country", event.payerCountry());
        map.put("form", event.dialect());
        map.put("requested_model", event.requestedModel());
        map.put("endpoint_id", event.endpoint());
        map.put("model", event.model());
        map.put("provider", event.provider());
        map.put("price_version", event.priceVersion());
        map.put("provider_responses", attempts(event.attempts()));
        map.put("input", event.usage().input());
        map.put("cache_read", event.usage().cacheRead());
        map.put("cache_write", event.usage().cacheWrite());
        map.put("cache_write_long", event.usage().cacheWriteLong());
        map.put("output", event.usage().output());
        map.put("reasoning", event.usage().reasoning());
        map.put("bytes_in", event.bytesIn());
        map.put("bytes_out", event.bytesOut());
        map.put("first_token_micros", event.firstTokenMicros() < 0 ? null : event.firstTokenMicros());
        map.put("duration_micros", event.durationMicros());
        map.put("status", event.status());
        map.put("finish_reason", event.finish());
        map.put("streamed", event.streamed());
        map.put("tool_calls", event.toolCalls());
        map.put("cost_nanos", event.costNanos());
        map.put(
                "upstream_cost_nanos",
                event.upstreamCostNanos().isPresent()
                        ? event.upstreamCostNanos().getAsLong()
                        : null);
        map.put("quality", event.quality().text());
        map.put("cancel_cause", event.cancelCause());
        map.put("service_tier", event.service().tier());
        map.put("web_searches", event.service().tools().webSearch());
        map.put("web_fetches", event.service().tools().webFetch());
        map.put("file_searches", event.service().tools().fileSearch());
        map.put("unpriced", event.unpricedParts());
        map.put("category", event.category());
        return JsonOut.line(map);
    }

    private static List<Object> attempts(List<Attempt> attempts) {
        List<Object> list = new ArrayList<>(attempts.size());
        for (Attempt attempt : attempts) {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("endpoint_id", attempt.endpoint());
            map.put("status", attempt.status());
            map.put("outcome", attempt.outcome());
            map.put("latency", attempt.millis());
            map.put("billed", attempt.billed());
            map.put("possible_cost_nanos", attempt.possibleCostNanos());
            list.add(map);
        }
        return list;
    }
}
