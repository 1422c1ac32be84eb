package dev.jerboa.server.observe;

import dev.jerboa.gateway.node.Node;
import dev.jerboa.gateway.outbox.OutboxSender;
import dev.jerboa.gateway.route.EndpointHealth;
import dev.jerboa.gateway.route.Health;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The figures of a gateway, those of requests to endpoints under the names of OpenTelemetry's conventions for clients of generative AI.
 * Thread-safe.
 */
public final class GatewayMetrics implements MultiCollector {
    private static final List<String> UNPRICED =
            List.of("service_tier", "web_search", "web_fetch", "file_search", "code_interpreter", "image_generation");
    private static final List<String> TOKENS = List.of("input", "cache_read", "cache_write", "output", "reasoning");

    /** Times of requests at endpoints. */
    private record EndpointTimes(String name, String help, Function<EndpointTraffic, Times> of) {}

    private static final List<EndpointTimes> TIMES = List.of(
            new EndpointTimes(
                    "gen_ai_client_operation_duration_seconds", "Time of a request.", EndpointTraffic::duration),
            new EndpointTimes(
                    "gen_ai_client_operation_time_to_first_chunk_seconds",
                    "Time from a request to the first of its reply.",
                    EndpointTraffic::firstChunk),
            new EndpointTimes(
                    "gen_ai_client_operation_time_per_output_chunk_seconds",
                    "Time of a token after the first.",
                    EndpointTraffic::perChunk));

    private final GatewayTraffic traffic;
    private final Node node;
    private final Health health;

    public GatewayMetrics(GatewayTraffic traffic, Node node) {
        this.traffic = traffic;
        this.node = node;
        this.health = node.router().health();
    }

    @Override
    public MetricSnapshots collect() {
        List<MetricSnapshot> all = new ArrayList<>();
        Map<String, EndpointTraffic> served = traffic.byEndpoint();
        for (EndpointTimes times : TIMES) {
            HistogramSnapshot.Builder snapshot =
                    HistogramSnapshot.builder().name(times.name()).help(times.help());
            served.forEach((endpoint, of) ->
                    snapshot.dataPoint(point(labels(endpoint, of), times.of().apply(of))));
            all.add(snapshot.build());
        }
        all.add(tokens(served));
        all.add(cost(served));
        all.add(HistogramSnapshot.builder()
                .name("jerboa:gateway_overhead_seconds")
                .help("What the gateway itself took of a request, beside the attempts at endpoints.")
                .dataPoint(point(Labels.EMPTY, traffic.overhead()))
                .build());
        all.add(attempts());
        possible(all);
        all.add(unpriced(served));
        all.add(refusals());
        endpoints(all);
        ledger(all);
        node.sender().ifPresent(of -> outbox(of, all));
        return new MetricSnapshots(all);
    }

    /** How events and budgets stand. */
    private void ledger(List<MetricSnapshot> all) {
        all.add(gauge(
                "jerboa:gateway_journal_bytes",
                "Bytes of events that wait for the store.",
                node.journal().bytes()));
        all.add(gauge(
                "jerboa:gateway_store_away",
                "1 while the store does not take events, otherwise 0.",
                node.writer().isStoreAway() ? 1 : 0));
        all.add(counter(
                "jerboa:gateway_events_written",
                "Events that this process has written to the store.",
                node.writer().events()));
        all.add(gauge(
                "jerboa:gateway_reserved_dollars",
                "What this process holds back in budgets for requests under way, in US dollars.",
                node.budgets().reservedNanos() / 1e9));
        all.add(counter(
                "jerboa:gateway_budget_overruns",
                "Requests that cost more than was held back for them.",
                node.budgets().overruns()));
    }

    private static MetricSnapshot gauge(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(gauge(Labels.EMPTY, value))
                .build();
    }

    private static MetricSnapshot counter(String name, String help, double value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(CounterDataPointSnapshot.builder().value(value).build())
                .build();
    }

    private static Labels labels(String endpoint, EndpointTraffic of) {
        return Labels.of(
                "endpoint", endpoint, "gen_ai_provider_name", of.provider(), "gen_ai_response_model", of.model());
    }

    private static HistogramDataPointSnapshot point(Labels labels, Times times) {
        HistogramDataPointSnapshot now = times.now();
        return HistogramDataPointSnapshot.builder()
                .labels(labels)
                .classicHistogramBuckets(now.getClassicBuckets())
                .sum(now.getSum())
                .build();
    }

    private static MetricSnapshot tokens(Map<String, EndpointTraffic> served) {
        CounterSnapshot.Builder snapshot = CounterSnapshot.builder()
                .name("gen_ai_client_token_usage_tokens")
                .help("Tokens, each counted as one type.");
        served.forEach((endpoint, of) -> TOKENS.forEach(type -> snapshot.dataPoint(CounterDataPointSnapshot.builder()
                .labels(labels(endpoint, of).merge(Labels.of("gen_ai_token_type", type)))
                .value(of.tokens(type))
                .build())));
        return snapshot.build();
    }

    private static MetricSnapshot cost(Map<String, EndpointTraffic> served) {
        CounterSnapshot.Builder snapshot = CounterSnapshot.builder()
                .name("jerboa:gateway_cost_dollars")
                .help("What requests cost, in US dollars.");
        served.forEach((endpoint, of) -> snapshot.dataPoint(CounterDataPointSnapshot.builder()
                .labels(labels(endpoint, of))
                .value(of.costNanos() / 1e9)
                .build()));
        return snapshot.build();
    }

    private MetricSnapshot attempts() {
        CounterSnapshot.Builder snapshot = CounterSnapshot.builder()
                .name("jerboa:gateway_attempts")
                .help("Attempts at endpoints, by how they ended.");
        traffic.attempts()
                .forEach((ending, count) -> snapshot.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(Labels.of("endpoint", ending.endpoint(), "outcome", ending.outcome()))
                        .value(count.sum())
                        .build()));
        return snapshot.build();
    }

    private void possible(List<MetricSnapshot> all) {
        CounterSnapshot.Builder attempts = CounterSnapshot.builder()
                .name("jerboa:gateway_possible_cost_attempts")
                .help("Attempts that were sent and brought no reply: the provider may charge for them.");
        CounterSnapshot.Builder dollars = CounterSnapshot.builder()
                .name("jerboa:gateway_possible_cost_dollars")
                .help("What such attempts may cost at most, in US dollars: an estimate, and not in the cost.");
        traffic.possible().forEach((endpoint, may) -> {
            Labels labels = Labels.of("endpoint", endpoint);
            attempts.dataPoint(CounterDataPointSnapshot.builder()
                    .labels(labels)
                    .value(may.attempts())
                    .build());
            dollars.dataPoint(CounterDataPointSnapshot.builder()
                    .labels(labels)
                    .value(may.costNanos() / 1e9)
                    .build());
        });
        all.add(attempts.build());
        all.add(dollars.build());
    }

    /** Of each endpoint that has served, what may have no price stands there from the beginning, as alarms are about what grows. */
    private MetricSnapshot unpriced(Map<String, EndpointTraffic> served) {
        Map<GatewayTraffic.Unpriced, Double> counts = new LinkedHashMap<>();
        served.keySet()
                .forEach(endpoint ->
                        UNPRICED.forEach(what -> counts.put(new GatewayTraffic.Unpriced(endpoint, what), 0.0)));
        traffic.unpriced().forEach((unpriced, count) -> counts.put(unpriced, (double) count.sum()));
        CounterSnapshot.Builder snapshot = CounterSnapshot.builder()
                .name("jerboa:gateway_unpriced_requests")
                .help("Requests for which a provider did what the catalogue has no price for.");
        counts.forEach((unpriced, count) -> snapshot.dataPoint(CounterDataPointSnapshot.builder()
                .labels(Labels.of("endpoint", unpriced.endpoint(), "what", unpriced.what()))
                .value(count)
                .build()));
        return snapshot.build();
    }

    private MetricSnapshot refusals() {
        CounterSnapshot.Builder snapshot = CounterSnapshot.builder()
                .name("jerboa:gateway_refusals")
                .help("Requests that were put to no endpoint.");
        traffic.refusals()
                .forEach((refusal, count) -> snapshot.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(Labels.of(
                                "form",
                                refusal.form(),
                                "status",
                                String.valueOf(refusal.status()),
                                "reason",
                                refusal.reason()))
                        .value(count.sum())
                        .build()));
        return snapshot.build();
    }

    private void endpoints(List<MetricSnapshot> all) {
        GaugeSnapshot.Builder breakers = GaugeSnapshot.builder()
                .name("jerboa:gateway_breaker_state")
                .help("Where an endpoint's breaker stands: 1 for the state that it is in.");
        GaugeSnapshot.Builder inFlight =
                GaugeSnapshot.builder().name("jerboa:gateway_in_flight").help("Requests under way at an endpoint.");
        GaugeSnapshot.Builder uptime = GaugeSnapshot.builder()
                .name("jerboa:gateway_uptime_ratio")
                .help("Share of attempts that an endpoint answered, recent ones counting more.");
        health.all().forEach((endpoint, now) -> {
            EndpointHealth.State state = now.state();
            for (EndpointHealth.State each : EndpointHealth.State.values()) {
                breakers.dataPoint(gauge(Labels.of("endpoint", endpoint, "state", each.text()), each == state ? 1 : 0));
            }
            inFlight.dataPoint(gauge(Labels.of("endpoint", endpoint), now.inFlight()));
            uptime.dataPoint(gauge(Labels.of("endpoint", endpoint), now.uptime()));
        });
        all.add(breakers.build());
        all.add(inFlight.build());
        all.add(uptime.build());
    }

    private static void outbox(OutboxSender sender, List<MetricSnapshot> all) {
        all.add(GaugeSnapshot.builder()
                .name("jerboa:gateway_outbox_events")
                .help("Events that are stored and have not arrived elsewhere yet.")
                .dataPoint(gauge(Labels.EMPTY, sender.waiting()))
                .build());
        all.add(count("jerboa:gateway_outbox_sent", "Events that have arrived elsewhere.", sender.sent()));
        all.add(count("jerboa:gateway_outbox_refused", "Events that will never be taken there.", sender.refused()));
        all.add(count(
                "jerboa:gateway_outbox_failures",
                "Batches of events that did not arrive as a whole.",
                sender.failures()));
    }

    private static MetricSnapshot count(String name, String help, long count) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(CounterDataPointSnapshot.builder().value(count).build())
                .build();
    }

    private static GaugeDataPointSnapshot gauge(Labels labels, double value) {
        return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
    }
}
