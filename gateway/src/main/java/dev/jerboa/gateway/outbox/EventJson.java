package dev.jerboa.gateway.outbox;

import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
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
        UsageEvent.Outcome outcome = event.outcome();
        UsageEvent.Reply reply = event.reply();
        UsageEvent.Cost cost = event.cost();
        UsageEvent.Offer offer = event.offer();
        UsageEvent.Payer payer = event.payer();
        Usage tokens = event.used().tokens();
        ToolUses tools = event.used().service().tools();
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("version", VERSION);
        map.put("id", event.id());
        map.put("created_at", event.at().toString());
        map.put("node", event.node());
        map.put("key", payer.key());
        map.put("account", payer.account());
        map.put("app", payer.app());
        map.put("payer_country", payer.country());
        map.put("form", event.asked().dialect());
        map.put("requested_model", event.asked().model());
        map.put("endpoint_id", offer.endpoint());
        map.put("model", offer.model());
        map.put("provider", offer.provider());
        map.put("price_version", offer.priceVersion());
        map.put("provider_responses", attempts(event.attempts()));
        map.put("input", tokens.input());
        map.put("cache_read", tokens.cacheRead());
        map.put("cache_write", tokens.cacheWrite());
        map.put("cache_write_long", tokens.cacheWriteLong());
        map.put("output", tokens.output());
        map.put("reasoning", tokens.reasoning());
        map.put("bytes_in", event.asked().bytes());
        map.put("bytes_out", reply.bytes());
        map.put("first_token_micros", reply.firstTokenMicros() < 0 ? null : reply.firstTokenMicros());
        map.put("duration_micros", reply.durationMicros());
        map.put("status", outcome.status());
        map.put("finish_reason", outcome.finish());
        if (!outcome.nativeFinish().isEmpty()) {
            map.put("native_finish_reason", outcome.nativeFinish());
        }
        map.put("streamed", reply.streamed());
        map.put("tool_calls", reply.toolCalls());
        map.put("cost_nanos", cost.nanos());
        map.put(
                "upstream_cost_nanos",
                cost.upstreamNanos().isPresent() ? cost.upstreamNanos().getAsLong() : null);
        map.put("quality", event.used().quality().text());
        map.put("cancel_cause", outcome.cancelCause());
        map.put("service_tier", event.used().service().tier());
        map.put("web_searches", tools.webSearch());
        map.put("web_fetches", tools.webFetch());
        map.put("file_searches", tools.fileSearch());
        map.put("unpriced", cost.unpricedParts());
        map.put("category", event.asked().category());
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
