package dev.jerboa.gateway.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.model.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class EventJsonTest {
    private static final UsageEvent EVENT = new UsageEvent(
            "01K00000000000000000000000",
            Instant.parse("2026-11-29T10:15:30.123456Z"),
            "n1",
            new UsageEvent.Payer("k1", "a1", "app “one” 😀", "DE"),
            new UsageEvent.Asked("chat", "any", 40, "coding"),
            new UsageEvent.Offer("p:lab/m", "lab/m", "p", "v1"),
            List.of(
                    new Attempt("q:lab/m", 503, "server_error", 7, false, 90),
                    new Attempt("p:lab/m", 200, "ok", 12, true)),
            new UsageEvent.Used(
                    new Usage(1, 2, 3, 4, 5, 6), new Service("flex", new ToolUses(7, 8, 9)), Quality.PROVIDER),
            new UsageEvent.Cost(9_007_199_254_740_993L, OptionalLong.of(17), "service_tier,web_fetch"),
            new UsageEvent.Reply(true, 80, 2, 1500, 9000),
            UsageEvent.Outcome.STOP);

    @Test
    void isOneLineThatSaysAllOfIt() {
        assertThat(EventJson.line(EVENT))
                .isEqualTo(
                        "{\"version\": 1, \"id\": \"01K00000000000000000000000\","
                                + " \"created_at\": \"2026-11-29T10:15:30.123456Z\", \"node\": \"n1\", \"key\": \"k1\", \"account\": \"a1\","
                                + " \"app\": \"app “one” 😀\", \"payer_country\": \"DE\", \"form\": \"chat\", \"requested_model\": \"any\","
                                + " \"endpoint_id\": \"p:lab/m\", \"model\": \"lab/m\", \"provider\": \"p\", \"price_version\": \"v1\","
                                + " \"provider_responses\": [{\"endpoint_id\": \"q:lab/m\", \"status\": 503, \"outcome\": \"server_error\","
                                + " \"latency\": 7, \"billed\": false, \"possible_cost_nanos\": 90}, {\"endpoint_id\": \"p:lab/m\", \"status\": 200, \"outcome\": \"ok\","
                                + " \"latency\": 12, \"billed\": true, \"possible_cost_nanos\": 0}], \"input\": 1, \"cache_read\": 2, \"cache_write\": 3,"
                                + " \"cache_write_long\": 4, \"output\": 5, \"reasoning\": 6, \"bytes_in\": 40, \"bytes_out\": 80,"
                                + " \"first_token_micros\": 1500, \"duration_micros\": 9000, \"status\": 200, \"finish_reason\": \"stop\", \"native_finish_reason\": \"stop\","
                                + " \"streamed\": true, \"tool_calls\": 2, \"cost_nanos\": 9007199254740993, \"upstream_cost_nanos\": 17,"
                                + " \"quality\": \"provider\", \"cancel_cause\": \"\", \"service_tier\": \"flex\", \"web_searches\": 7, \"web_fetches\": 8,"
                                + " \"file_searches\": 9, \"unpriced\": [\"service_tier\", \"web_fetch\"], \"category\": \"coding\"}");
    }

    /** How many values an event has, its records taken apart. */
    private static int parts(Class<?> type) {
        return type.isRecord()
                ? Stream.of(type.getRecordComponents())
                        .mapToInt(part -> parts(part.getType()))
                        .sum()
                : 1;
    }

    @Test
    void everyNameIsOnThePage() throws IOException {
        String page = Files.readString(Path.of(System.getProperty("jerboa.root", ".."), "docs/gateway.md"));
        String table = page.substring(page.indexOf("| `version` | " + EventJson.VERSION));
        Map<String, @Nullable Object> map = Json.asObject(Json.parse(EventJson.line(EVENT), "event"), "event");
        // one more for the version, and one less for what a service did uncounted, which is among what has no price
        assertThat(map).hasSize(parts(UsageEvent.class));
        assertThat(map.keySet()).allSatisfy(name -> assertThat(table).contains("`" + name + "`"));
    }
}
