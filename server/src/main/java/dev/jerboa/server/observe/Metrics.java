package dev.jerboa.server.observe;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.schedule.SchedulerStatus;
import dev.jerboa.model.decoder.ExpertTraffic;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Served;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmBufferPoolMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmRuntimeInfoMetric;
import io.prometheus.metrics.instrumentation.jvm.JvmThreadsMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a server in Prometheus' text format, under the names that inference routers for Kubernetes scrape (those of vLLM) and
 * of OpenTelemetry's conventions for generative AI, with those of the process and the virtual machine. All names of ours are here, and
 * those of the gateway in {@link GatewayMetrics}.
 * Thread-safe.
 */
final class Metrics implements MultiCollector {
    /** A figure of a model's schedule. */
    private record Figure(String name, boolean counts, String help, ToDoubleFunction<SchedulerStatus> value) {}

    private static final List<Figure> FIGURES = List.of(
            gauge("vllm:num_requests_waiting", "Requests that wait for a place.", SchedulerStatus::waiting),
            gauge("vllm:num_requests_running", "Requests that are being written.", SchedulerStatus::running),
            gauge(
                    "vllm:kv_cache_usage_perc",
                    "Share of the key-value cache in use, 0 to 1.",
                    status -> 1 - (double) status.freeTokens() / status.cacheTokens()),
            counter(
                    "vllm:num_preemptions_total",
                    "Requests set back for want of memory.",
                    SchedulerStatus::preemptions),
            counter("vllm:prefix_cache_hits_total", "Prompt tokens taken over.", SchedulerStatus::sharedTokens),
            counter(
                    "vllm:prefix_cache_queries_total",
                    "Prompt tokens taken over or computed.",
                    status -> status.sharedTokens() + status.promptTokens()),
            counter("vllm:prompt_tokens_total", "Prompt tokens computed.", SchedulerStatus::promptTokens),
            counter("vllm:generation_tokens_total", "Tokens generated.", SchedulerStatus::pickedTokens),
            counter("vllm:spec_decode_num_draft_tokens_total", "Tokens guessed.", SchedulerStatus::guessedTokens),
            counter(
                    "vllm:spec_decode_num_accepted_tokens_total",
                    "Guesses confirmed.",
                    SchedulerStatus::confirmedTokens),
            counter(
                    "jerboa:guesses_without_pages_total",
                    "Guesses given up as the cache of guesses was full.",
                    SchedulerStatus::draftShortages));

    /** A count of experts that do not all fit in memory. */
    private record ExpertFigure(String name, String help, ToDoubleFunction<ExpertTraffic> value) {}

    private static final List<ExpertFigure> EXPERT_FIGURES = List.of(
            new ExpertFigure("jerboa:experts_needed_total", "Experts that steps needed.", ExpertTraffic::needed),
            new ExpertFigure("jerboa:expert_hits_total", "Needed experts that were in memory.", ExpertTraffic::hits),
            new ExpertFigure(
                    "jerboa:expert_read_ahead_hits_total",
                    "Needed experts that had been read ahead.",
                    ExpertTraffic::readAheadHits),
            new ExpertFigure("jerboa:expert_read_aheads_total", "Experts read ahead.", ExpertTraffic::readAheads),
            new ExpertFigure(
                    "jerboa:expert_read_bytes_total", "Bytes of experts read from files.", ExpertTraffic::bytesRead),
            new ExpertFigure(
                    "jerboa:expert_wait_seconds_total",
                    "Time that steps waited for experts.",
                    traffic -> traffic.waitNanos() / 1e9));

    /** Times of replies, which have a name of vLLM's and one of OpenTelemetry's conventions. */
    private record Times(
            String name, String convention, String help, Function<ModelTraffic, HistogramDataPointSnapshot> of) {}

    private static final List<Times> TIMES = List.of(
            new Times(
                    "vllm:time_to_first_token_seconds",
                    "gen_ai_server_time_to_first_token_seconds",
                    "Time to the first token.",
                    ModelTraffic::firstToken),
            new Times(
                    "vllm:time_per_output_token_seconds",
                    "gen_ai_server_time_per_output_token_seconds",
                    "Time of a token after the first.",
                    ModelTraffic::perToken),
            new Times(
                    "vllm:e2e_request_latency_seconds",
                    "gen_ai_server_request_duration_seconds",
                    "Time of a whole reply.",
                    ModelTraffic::whole));

    private final Models models;
    private final Traffic traffic;
    private final PrometheusRegistry registry = new PrometheusRegistry();

    Metrics(Models models, Traffic traffic, @Nullable GatewayMetrics gateway) {
        this.models = models;
        this.traffic = traffic;
        registry.register(this);
        if (gateway != null) {
            registry.register(gateway);
        }
        ProcessMetrics.builder().register(registry);
        JvmRuntimeInfoMetric.builder().register(registry);
        JvmMemoryMetrics.builder().register(registry);
        JvmBufferPoolMetrics.builder().register(registry);
        JvmGarbageCollectorMetrics.builder().register(registry);
        JvmThreadsMetrics.builder().register(registry);
    }

    private static Figure gauge(String name, String help, ToDoubleFunction<SchedulerStatus> value) {
        return new Figure(name, false, help, value);
    }

    private static Figure counter(String name, String help, ToDoubleFunction<SchedulerStatus> value) {
        return new Figure(name, true, help, value);
    }

    String text() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.create().write(out, registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /** A loaded model, and how its schedule stands now. */
    private record Now(Served served, SchedulerStatus status) {
        Optional<ExpertTraffic> experts() {
            return served.model().expertTraffic();
        }

        Labels labels(String... more) {
            Labels label = Labels.of("model_name", served.id());
            return more.length == 0 ? label : label.merge(Labels.of(more));
        }
    }

    @Override
    public MetricSnapshots collect() {
        List<Now> all = models.all().stream()
                .map(served -> new Now(served, served.model().status()))
                .toList();
        List<MetricSnapshot> snapshots = new ArrayList<>();
        for (Figure figure : FIGURES) {
            snapshots.add(figure(figure, all));
        }
        List<Now> streaming =
                all.stream().filter(now -> now.experts().isPresent()).toList();
        if (!streaming.isEmpty()) {
            for (ExpertFigure figure : EXPERT_FIGURES) {
                snapshots.add(counters(
                        figure.name(),
                        figure.help(),
                        streaming,
                        now -> now.experts().map(figure.value()::applyAsDouble).orElse(0.0)));
            }
        }
        snapshots.add(gauges("vllm:cache_config_info", "The cache's pages.", all, Metrics::configuration));
        snapshots.add(gauges(
                "vllm:lora_requests_info",
                "Adapters that are being asked for; the time in seconds since 1970.",
                all,
                this::adapters));
        snapshots.add(counters("vllm:request_success_total", "Replies that ended.", all, now -> of(now).succeeded()));
        snapshots.add(counters(
                "jerboa:request_failure_total",
                "Requests that were not served to their ends.",
                all,
                now -> of(now).failures()));
        for (Times times : TIMES) {
            snapshots.add(histograms(times.name(), times, all));
            snapshots.add(histograms(times.convention(), times, all));
        }
        return new MetricSnapshots(snapshots);
    }

    private ModelTraffic of(Now now) {
        return traffic.of(now.served().id());
    }

    private static MetricSnapshot figure(Figure figure, List<Now> all) {
        if (figure.counts()) {
            return counters(
                    figure.name(), figure.help(), all, now -> figure.value().applyAsDouble(now.status()));
        }
        return gauges(
                figure.name(),
                figure.help(),
                all,
                now -> point(now.labels(), figure.value().applyAsDouble(now.status())));
    }

    private static GaugeDataPointSnapshot point(Labels labels, double value) {
        return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
    }

    private static MetricSnapshot gauges(
            String name, String help, List<Now> all, Function<Now, GaugeDataPointSnapshot> point) {
        GaugeSnapshot.Builder snapshot = GaugeSnapshot.builder().name(name).help(help);
        all.forEach(now -> snapshot.dataPoint(point.apply(now)));
        return snapshot.build();
    }

    private static MetricSnapshot counters(String name, String help, List<Now> all, ToDoubleFunction<Now> value) {
        CounterSnapshot.Builder snapshot = CounterSnapshot.builder().name(name).help(help);
        for (Now now : all) {
            snapshot.dataPoint(CounterDataPointSnapshot.builder()
                    .labels(now.labels())
                    .value(value.applyAsDouble(now))
                    .build());
        }
        return snapshot.build();
    }

    private static GaugeDataPointSnapshot configuration(Now now) {
        int page = KvCache.PAGE_TOKENS;
        String pages = String.valueOf(now.status().cacheTokens() / page);
        return point(now.labels("block_size", String.valueOf(page), "num_gpu_blocks", pages), 1);
    }

    private GaugeDataPointSnapshot adapters(Now now) {
        List<String> names = now.served().adapters();
        String running =
                names.stream().filter(name -> traffic.inFlight(name) > 0).collect(Collectors.joining(","));
        Labels labels = now.labels(
                "max_lora",
                String.valueOf(names.size()),
                "running_lora_adapters",
                running,
                "waiting_lora_adapters",
                "");
        return point(labels, Http.now());
    }

    private MetricSnapshot histograms(String name, Times times, List<Now> all) {
        HistogramSnapshot.Builder snapshot =
                HistogramSnapshot.builder().name(name).help(times.help());
        for (Now now : all) {
            HistogramDataPointSnapshot point = times.of().apply(of(now));
            snapshot.dataPoint(HistogramDataPointSnapshot.builder()
                    .labels(now.labels())
                    .classicHistogramBuckets(point.getClassicBuckets())
                    .sum(point.getSum())
                    .build());
        }
        return snapshot.build();
    }
}
