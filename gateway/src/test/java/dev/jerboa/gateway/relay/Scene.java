package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.DataPolicy;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.Lab;
import dev.jerboa.gateway.catalog.ModelEntry;
import dev.jerboa.gateway.catalog.Openness;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.config.BreakerConfig;
import dev.jerboa.gateway.config.RetryConfig;
import dev.jerboa.gateway.config.RouteOrder;
import dev.jerboa.gateway.config.RoutingConfig;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.price.Schedule;
import dev.jerboa.gateway.route.Health;
import dev.jerboa.gateway.route.Router;
import dev.jerboa.gateway.upstream.RemoteCaller;
import dev.jerboa.gateway.upstream.Timeouts;
import dev.jerboa.model.json.Json;
import dev.jerboa.testkit.upstream.MockUpstream;
import dev.jerboa.testkit.upstream.Script;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A gateway before a stand-in for providers. Models are called {@code lab/NAME}; each has an endpoint in each of some dialects, asked for as
 * {@code NAME-DIALECT} upstream, first {@code a}, then {@code b}: providers {@code a} and {@code b} with the dialect behind.
 */
final class Scene implements AutoCloseable {
    static final Rates RATES = new Rates(1_000_000, 100_000, 1_250_000, 2_000_000, 4_000_000, 4_000_000, 0);
    static final Timeouts TIMEOUTS = new Timeouts(500, 400, 300, 3_000, 100);

    final MemoryLedger ledger = new MemoryLedger();
    final MockUpstream mock;
    final Health health;
    final Gateway gateway;
    private final RemoteCaller remote;
    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final Map<String, List<Script>> queues = new ConcurrentHashMap<>();

    Scene() {
        this(Admission.OPEN);
    }

    Scene(Admission admission) {
        this(admission, Schedule.flat(RATES));
    }

    /** @param prices of every endpoint */
    Scene(Admission admission, Schedule prices) {
        mock = new MockUpstream(this::script);
        remote = new RemoteCaller(TIMEOUTS, reference -> "secret-" + reference);
        health = new Health(new BreakerConfig(3, Duration.ofSeconds(30), Duration.ofMillis(200), 1), System::nanoTime);
        Router router = new Router(
                catalog(prices), List.of(), Map.of(), new RoutingConfig(RouteOrder.GIVEN, true), health, () -> 0.5);
        gateway = new Gateway(new Parts(
                "node",
                () -> router,
                remote,
                (request, id, endpoint, provider, key, sink) -> {
                    throw new AssertionError("no local endpoint is here");
                },
                ledger,
                admission,
                new RetryConfig(2, 4, Duration.ofMillis(5), Duration.ofMillis(300)),
                Duration.ofSeconds(20),
                InstantSource.system(),
                RelayObserver.NONE));
    }

    private Catalog catalog(Schedule prices) {
        List<Provider> providers = new ArrayList<>();
        List<Endpoint> endpoints = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            for (WireDialect dialect :
                    List.of(WireDialect.OPENAI, WireDialect.ANTHROPIC, WireDialect.RESPONSES, WireDialect.OLLAMA)) {
                String id = name + "-" + dialect.text();
                providers.add(new Provider(
                        id,
                        id,
                        "US",
                        dialect,
                        Optional.of(mock.base()),
                        name.equals("a") ? List.of("k0", "k1") : List.of("k2"),
                        new DataPolicy(false, false)));
                endpoints.add(new Endpoint(
                        id + ":lab/" + dialect.text(),
                        "lab/" + dialect.text(),
                        id,
                        "",
                        id,
                        "fp8",
                        100_000,
                        1_000,
                        Set.of(),
                        prices,
                        1,
                        0));
            }
        }
        List<ModelEntry> models = new ArrayList<>();
        for (WireDialect dialect : WireDialect.values()) {
            models.add(new ModelEntry(
                    "lab/" + dialect.text(),
                    "lab",
                    "Model",
                    "family",
                    Openness.OPEN_WEIGHT,
                    "MIT",
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    Set.of("text"),
                    Set.of("text"),
                    100_000,
                    "bpe",
                    true,
                    true,
                    Optional.empty(),
                    Optional.empty()));
        }
        return new Catalog("1", List.of(new Lab("lab", "Lab", "FR", List.of())), models, providers, endpoints);
    }

    private Script script(MockUpstream.Incoming incoming) {
        List<Script> queue = queues.get(incoming.model());
        if (queue != null) {
            synchronized (queue) {
                if (!queue.isEmpty()) {
                    return queue.removeFirst();
                }
            }
        }
        return scripts.getOrDefault(incoming.model(), Script.answer());
    }

    /** What an endpoint does, such as {@code a-openai}. */
    Scene when(String upstreamName, Script script) {
        scripts.put(upstreamName, script);
        return this;
    }

    /** What an endpoint does first, request by request. */
    Scene first(String upstreamName, Script... each) {
        queues.put(upstreamName, new ArrayList<>(List.of(each)));
        return this;
    }

    RecordedClient ask(ClientForm form, String body) {
        return ask(form, body, new RecordedClient());
    }

    RecordedClient ask(ClientForm form, String body, RecordedClient client) {
        try {
            gateway.serve(Caller.ANYBODY, request(form, body), client);
        } catch (IllegalStateException e) {
            if (!"the client left".equals(e.getMessage())) {
                throw e;
            }
        }
        return client;
    }

    static ClientRequest request(ClientForm form, String body) {
        return new ClientRequest(
                form, body.getBytes(StandardCharsets.UTF_8), Json.asObject(Json.parse(body, "request"), "request"));
    }

    /** A chat with endpoints of OpenAI's dialect. */
    static String chat(boolean stream) {
        return "{\"model\": \"lab/openai\", \"stream\": " + stream
                + ", \"messages\": [{\"role\": \"user\", \"content\": \"twelve bytes\"}]}";
    }

    /** The only event. */
    UsageEvent event() {
        List<UsageEvent> events = ledger.events();
        if (events.size() != 1) {
            throw new AssertionError("expected one event, found " + events);
        }
        return Objects.requireNonNull(events.getFirst());
    }

    @Override
    public void close() {
        remote.close();
        mock.close();
    }
}
