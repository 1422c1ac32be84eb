package dev.jerboa.server.observe;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.schedule.SchedulerStatus;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.decoder.ExpertTraffic;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.Routes;
import dev.jerboa.server.model.ModelStatus;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Served;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /health}, {@code /ready}, {@code /metrics} and {@code /jerboa/status}. Thread-safe. */
public final class Observe implements HttpService {
    private static final int PAGE = KvCache.PAGE_TOKENS;
    private static final Path PROCESS = Path.of("/proc/self/status");

    private final Models models;
    private final Traffic traffic;
    private final Metrics metrics;
    private final Instant started = Instant.now();

    /** @param gateway the figures of the gateway; null where there is none */
    public Observe(Models models, Traffic traffic, @Nullable GatewayMetrics gateway) {
        this.models = models;
        this.traffic = traffic;
        this.metrics = new Metrics(models, traffic, gateway);
    }

    @Override
    public void routing(HttpRules rules) {
        new Routes(rules)
                .get("/health", (request, response) -> Http.json(response, map("status", "ok")))
                .get("/ready", this::ready)
                .get("/metrics", this::metrics)
                .get("/jerboa/status", this::status)
                .alive("/health")
                .head("/ready", (request, response) -> response.status(ready()).send())
                .refuseOthers();
    }

    private void ready(ServerRequest request, ServerResponse response) {
        Http.json(response, ready(), map("status", traffic.isStopping() ? "stopping" : "ready"));
    }

    private int ready() {
        return traffic.isStopping() ? 503 : 200;
    }

    private void metrics(ServerRequest request, ServerResponse response) {
        Http.text(response, "text/plain; version=0.0.4; charset=utf-8", metrics.text());
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
                        "version",
                        Observe.class.getPackage().getImplementationVersion(),
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
                                runtime.maxMemory(),
                                "rss_bytes",
                                residentBytes()),
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
                "experts",
                served.model().expertTraffic().map(Observe::experts).orElse(null),
                "ttft_ms",
                quantiles(counts.firstToken()),
                "inter_token_ms",
                quantiles(counts.perToken()));
    }

    /** Of experts that do not all fit in memory. */
    private static Map<String, @Nullable Object> experts(ExpertTraffic traffic) {
        return map(
                "all",
                traffic.experts(),
                "in_memory",
                traffic.places(),
                "bytes",
                traffic.bytes(),
                "hit_rate",
                traffic.hitRate(),
                "needed_total",
                traffic.needed(),
                "read_ahead_hits_total",
                traffic.readAheadHits(),
                "read_aheads_total",
                traffic.readAheads(),
                "read_bytes_total",
                traffic.bytesRead(),
                "wait_ms_total",
                traffic.waitNanos() / 1_000_000);
    }

    /** What the process has in memory, mapped files included, where the system tells as Linux does; otherwise null. */
    private static @Nullable Long residentBytes() {
        try (Stream<String> lines = Files.lines(PROCESS, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .findFirst()
                    .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                    .orElse(null);
        } catch (IOException | UncheckedIOException e) {
            return null;
        }
    }

    private static @Nullable Map<String, @Nullable Object> quantiles(HistogramDataPointSnapshot histogram) {
        if (histogram.getCount() == 0) {
            return null;
        }
        return map(
                "p50",
                1000 * Quantiles.of(histogram, 0.5),
                "p95",
                1000 * Quantiles.of(histogram, 0.95),
                "p99",
                1000 * Quantiles.of(histogram, 0.99));
    }
}
