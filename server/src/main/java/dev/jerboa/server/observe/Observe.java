package dev.jerboa.server.observe;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.schedule.SchedulerStatus;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.model.ModelStatus;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Served;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /health}, {@code /ready}, {@code /metrics} and {@code /jerboa/status}. Thread-safe. */
public final class Observe implements HttpService {
    private static final int PAGE = KvCache.PAGE_TOKENS;

    private final Models models;
    private final Traffic traffic;
    private final Instant started = Instant.now();

    public Observe(Models models, Traffic traffic) {
        this.models = models;
        this.traffic = traffic;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/health", (request, response) -> Http.json(response, map("status", "ok")))
                .get("/ready", this::ready)
                .get("/metrics", this::metrics)
                .get("/jerboa/status", this::status);
    }

    private void ready(ServerRequest request, ServerResponse response) {
        boolean ready = !traffic.isDraining();
        Http.json(response, ready ? 200 : 503, map("status", ready ? "ready" : "stopping"));
    }

    private void metrics(ServerRequest request, ServerResponse response) {
        Http.text(response, "text/plain; version=0.0.4; charset=utf-8", new Metrics(models, traffic).text());
    }

    private void status(ServerRequest request, ServerResponse response) {
        Runtime runtime = Runtime.getRuntime();
        List<Object> list = new ArrayList<>();
        models.statuses().forEach(status -> list.add(model(status)));
        Http.json(
                response,
                map(
                        "time",
                        Instant.now().toString(),
                        "uptime_s",
                        (System.currentTimeMillis() - started.toEpochMilli()) / 1000,
                        "machine",
                        map(
                                "cores",
                                runtime.availableProcessors(),
                                "tier",
                                OpsProvider.ops().tier()),
                        "models",
                        list,
                        "memory",
                        map(
                                "heap_bytes",
                                runtime.totalMemory() - runtime.freeMemory(),
                                "heap_max_bytes",
                                runtime.maxMemory()),
                        "requests",
                        map("total", traffic.total(), "failed", traffic.failed(), "in_flight", traffic.inFlight())));
    }

    private Map<String, @Nullable Object> model(ModelStatus declared) {
        Map<String, @Nullable Object> entry = map(
                "id",
                declared.id(),
                "state",
                declared.state().text(),
                "adapters",
                declared.adapters(),
                "in_use",
                declared.uses());
        Served served = declared.served();
        if (served != null) {
            entry.putAll(figures(served));
        }
        return entry;
    }

    private Map<String, @Nullable Object> figures(Served served) {
        SchedulerStatus status = served.model().status();
        ModelTraffic counts = traffic.of(served.id());
        return map(
                "running",
                status.running(),
                "waiting",
                status.waiting(),
                "kv",
                map(
                        "pages",
                        status.cacheTokens() / PAGE,
                        "pages_used",
                        (status.cacheTokens() - status.freeTokens()) / PAGE,
                        "pages_cached",
                        status.keptTokens() / PAGE,
                        "page_tokens",
                        PAGE,
                        "bytes",
                        served.model().cacheBytes()),
                "prompt_tokens_total",
                status.promptTokens(),
                "cached_tokens_total",
                status.sharedTokens(),
                "generated_tokens_total",
                status.pickedTokens(),
                "guessed_tokens_total",
                status.guessedTokens(),
                "confirmed_tokens_total",
                status.confirmedTokens(),
                "guesses_without_pages_total",
                status.draftShortages(),
                "preemptions_total",
                status.preemptions(),
                "ttft_ms",
                quantiles(counts.firstToken()),
                "inter_token_ms",
                quantiles(counts.perToken()));
    }

    private static Map<String, @Nullable Object> quantiles(Histogram histogram) {
        return map(
                "p50",
                1000 * histogram.quantile(0.5),
                "p95",
                1000 * histogram.quantile(0.95),
                "p99",
                1000 * histogram.quantile(0.99));
    }
}
