package dev.jerboa.gateway.route;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.DataPolicy;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.Lab;
import dev.jerboa.gateway.catalog.ModelEntry;
import dev.jerboa.gateway.catalog.Openness;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.config.BreakerConfig;
import dev.jerboa.gateway.config.RouteConfig;
import dev.jerboa.gateway.config.RouteOrder;
import dev.jerboa.gateway.config.RoutingConfig;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.ErrorKind;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.price.Schedule;
import dev.jerboa.model.json.Json;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouterTest {
    private static final List<String> PROVIDERS = List.of("cheap", "dear", "tiny", "quantized");
    private static final Instant NOW = Instant.parse("2026-11-29T00:00:00Z");

    private long nanos;
    private final Health health =
            new Health(new BreakerConfig(3, Duration.ofSeconds(30), Duration.ofSeconds(10), 1), () -> nanos);
    private final Random random = new Random(7);

    private static Endpoint endpoint(
            String provider, String model, String variant, long price, Set<String> parameters) {
        return endpoint(provider, model, variant, price, parameters, 0);
    }

    private static Endpoint endpoint(
            String provider, String model, String variant, long price, Set<String> parameters, int priority) {
        return new Endpoint(
                provider + ":" + model + (variant.isEmpty() ? "" : ":" + variant),
                model,
                provider,
                variant,
                "up",
                provider.equals("quantized") ? "int4" : "bf16",
                provider.equals("tiny") ? 100 : 10_000,
                provider.equals("tiny") ? 50 : 5_000,
                parameters,
                Schedule.flat(new Rates(price, price, price, price, price, price, 0)),
                1,
                priority);
    }

    private static ModelEntry model(String id, boolean tools, Set<String> inputs) {
        return new ModelEntry(
                id,
                "lab",
                id,
                "family",
                Openness.OPEN_WEIGHT,
                "MIT",
                OptionalLong.empty(),
                OptionalLong.empty(),
                inputs,
                Set.of("text"),
                10_000,
                "bpe",
                false,
                tools,
                Optional.empty(),
                Optional.empty());
    }

    private static Catalog catalog() {
        List<Provider> providers = new ArrayList<>();
        for (String id : PROVIDERS) {
            providers.add(new Provider(
                    id,
                    id.equals("tiny") ? "Tiny Cloud" : id,
                    "US",
                    WireDialect.OPENAI,
                    Optional.of(URI.create("http://127.0.0.1:1")),
                    List.of(),
                    new DataPolicy(id.equals("cheap"), id.equals("cheap") || id.equals("dear"))));
        }
        return new Catalog(
                "1",
                List.of(new Lab("lab", "Lab", "FR", List.of())),
                List.of(model("lab/one", true, Set.of("text")), model("lab/two", false, Set.of("text", "image"))),
                providers,
                List.of(
                        endpoint("cheap", "lab/one", "", 100, Set.of()),
                        endpoint("dear", "lab/one", "", 300, Set.of("temperature", "max_tokens", "tools")),
                        endpoint("tiny", "lab/one", "", 200, Set.of()),
                        endpoint("quantized", "lab/one", "", 150, Set.of("seed")),
                        endpoint("cheap", "lab/one", "free", 0, Set.of()),
                        endpoint("dear", "lab/two", "", 50, Set.of())));
    }

    private Router router(RouteOrder order, boolean affinity, RouteConfig... routes) {
        return new Router(
                catalog(),
                List.of(routes),
                Map.of("mine", "tiny:lab/one"),
                new RoutingConfig(order, affinity),
                health,
                random::nextDouble);
    }

    private static Asked asked(String names, String provider, String body) {
        Map<String, @Nullable Object> parsed = new HashMap<>();
        if (!provider.isEmpty()) {
            parsed.put("provider", Json.parse(provider.replace('\'', '"'), "provider"));
        }
        Needs needs = new Needs(false, false, 10, 0, Set.of());
        if (!body.isEmpty()) {
            needs = Needs.of(
                    new ClientRequest(
                            ClientForm.CHAT,
                            new byte[0],
                            Json.asObject(Json.parse(body.replace('\'', '"'), "body"), "body")),
                    10);
        }
        return new Asked(
                Arrays.asList(names.split(",")), Wishes.of(parsed), needs, name -> true, NOW, OptionalLong.empty());
    }

    private static List<String> ids(Plan plan) {
        return plan.candidates().stream()
                .map(candidate -> candidate.endpoint().id())
                .toList();
    }

    /** In the catalogue's order, so that what a wish changes is seen. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            lab/one             |                                              |  | cheap dear tiny quantized
            lab/one:nitro       |                                              |  | cheap dear tiny quantized
            lab/one:floor       |                                              |  | cheap quantized tiny dear
            lab/one:free        |                                              |  | cheap:free
            dear:lab/one        |                                              |  | dear
            mine                |                                              |  | tiny
            mine:latest         |                                              |  | tiny
            lab/one,lab/two     |                                              |  | cheap dear tiny quantized dear/two
            lab/two,lab/one     |                                              |  | dear/two cheap dear tiny quantized
            lab/one,lab/two     | {'sort': {'by': 'price', 'partition': 'none'}} |  | dear/two cheap quantized tiny dear
            lab/one,lab/two     | {'sort': {'by': 'price', 'partition': 'model'}} |  | cheap quantized tiny dear dear/two
            lab/one             | {'sort': 'price'}                            |  | cheap quantized tiny dear
            lab/one             | {'order': ['tiny', 'dear']}                  |  | tiny dear cheap quantized
            lab/one             | {'order': ['tiny', 'dear'], 'allow_fallbacks': false} |  | tiny dear
            lab/one             | {'order': ['Tiny Cloud', 'dear'], 'allow_fallbacks': false} |  | tiny dear
            lab/one             | {'only': ['tiny cloud']}                     |  | tiny
            lab/one             | {'ignore': ['TINY CLOUD']}                   |  | cheap dear quantized
            lab/one             | {'allow_fallbacks': false}                   |  | cheap
            lab/one             | {'only': ['dear', 'tiny']}                   |  | dear tiny
            lab/one             | {'ignore': ['Cheap']}                        |  | dear tiny quantized
            lab/one             | {'only': ['quantized/int4', 'dear/fp8']}     |  | quantized
            lab/one             | {'data_collection': 'deny'}                  |  | dear tiny quantized
            lab/one             | {'zdr': true}                                |  | tiny quantized
            lab/one             | {'quantizations': ['int4']}                  |  | quantized
            lab/one             | {'max_price': {'prompt': 0.00015}}           |  | cheap quantized
            lab/one             | {'max_price': {'prompt': '0.0002', 'completion': 0.0001}} |  | cheap
            lab/one             | {'require_parameters': true}                 | {'temperature': 1, 'max_tokens': 5} | cheap dear tiny
            lab/one             | {'require_parameters': true}                 | {'seed': 1}         | cheap tiny quantized
            lab/one             |                                              | {'seed': 1}         | cheap dear tiny quantized
            lab/one             |                                              | {'max_tokens': 80}  | cheap dear quantized
            lab/one,lab/two     |                                              | {'tools': [{'type': 'function'}]} | cheap dear tiny quantized
            lab/one             | {'sort': 'price'}                            | {'tools': [{'type': 'function'}]} | cheap tiny dear quantized
            lab/one             | {'sort': 'price'}                            | {'tools': []}       | cheap quantized tiny dear
            lab/one             | {'order': ['quantized']}                     | {'tools': [{'type': 'function'}]} | quantized cheap dear tiny
            lab/one,lab/two     |                                              | {'messages': [{'role': 'user', 'content': [{'type': 'image_url'}]}]} | dear/two
            """)
    void plans(String names, String provider, String body, String expected) {
        List<String> ids = Arrays.stream(expected.split(" "))
                .map(id -> id.endsWith("/two")
                        ? id.replace("/two", ":lab/two")
                        : id.contains(":") ? id.replace(":", ":lab/one:") : id + ":lab/one")
                .toList();
        Plan plan = router(RouteOrder.GIVEN, false)
                .plan(asked(names, provider == null ? "" : provider, body == null ? "" : body));
        assertThat(ids(plan)).isEqualTo(ids);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            lab/none | | NOT_FOUND | there is no model 'lab/none'
            lab/one:best | | NOT_FOUND | there is no model
            lab/one | {'only': ['nobody']} | NOT_FOUND | provider.only
            lab/one | {'quantizations': ['fp1']} | NOT_FOUND | quantization
            lab/one | {'max_price': {'prompt': 0}} | NOT_FOUND | dearer
            lab/one | {'sort': 'beauty'} | INVALID | provider.sort: expected price, throughput or latency
            lab/one | {'ordr': []} | INVALID | provider.ordr is not known
            lab/one | {'order': 'x'} | INVALID | provider.order
            lab/one | {'max_price': {'prompt': 'much'}} | INVALID | provider.max_price.prompt
            lab/one | {'max_price': 1} | INVALID | provider.max_price: expected an object
            lab/one | {'max_price': {'prompt': '1e2147483647'}} | INVALID | provider.max_price.prompt
            lab/one | {'enforce_distillable_text': true} | INVALID | provider.enforce_distillable_text
            lab/one | {'max_price': {'promt': 1}} | INVALID | provider.max_price.promt is not known
            lab/one | {'max_price': {'image': 'much'}} | INVALID | provider.max_price.image
            lab/one | {'sort': {'by': 'exacto'}} | INVALID | provider.sort.by: expected price, throughput or latency
            lab/one | {'sort': {'by': 'price', 'part': 'none'}} | INVALID | provider.sort.part is not known
            lab/one | {'sort': {'by': 'price', 'partition': 'all'}} | INVALID | provider.sort.partition
            lab/one | {'preferred_max_latency': {'p95': 1}} | INVALID | provider.preferred_max_latency.p95 is not known
            lab/one | {'preferred_max_latency': {'p90': 'soon'}} | INVALID | provider.preferred_max_latency.p90
            lab/one | {'preferred_min_throughput': '80'} | INVALID | provider.preferred_min_throughput
            lab/one | {'data_collection': 'maybe'} | INVALID | provider.data_collection
            """)
    void refusals(String names, String provider, ErrorKind kind, String words) {
        assertThatThrownBy(
                        () -> router(RouteOrder.GIVEN, false).plan(asked(names, provider == null ? "" : provider, "")))
                .isInstanceOf(RouteException.class)
                .hasMessageContaining(words)
                .satisfies(e -> assertThat(((RouteException) e).kind()).isEqualTo(kind));
    }

    @Test
    void keysMayAskForWhatTheyAreAllowed() {
        Asked asked = new Asked(
                List.of("lab/one"),
                Wishes.NONE,
                new Needs(false, false, 1, 0, Set.of()),
                name -> name.equals("tiny:lab/one"),
                NOW,
                OptionalLong.empty());
        assertThat(ids(router(RouteOrder.GIVEN, false).plan(asked))).containsExactly("tiny:lab/one");
    }

    @Test
    void aPromptThatFitsNowhereIsTold() {
        Asked asked = new Asked(
                List.of("lab/one"),
                Wishes.NONE,
                new Needs(false, false, 9_000, 2_000, Set.of()),
                name -> true,
                NOW,
                OptionalLong.empty());
        assertThatThrownBy(() -> router(RouteOrder.GIVEN, false).plan(asked))
                .satisfies(e -> assertThat(((RouteException) e).kind()).isEqualTo(ErrorKind.CONTEXT_LENGTH));
    }

    @Test
    void chanceGoesByTheInverseSquareOfThePrice() {
        Router router = router(RouteOrder.WEIGHTED, false);
        Map<String, Integer> firsts = new HashMap<>();
        int rounds = 20_000;
        for (int i = 0; i < rounds; i++) {
            firsts.merge(ids(router.plan(asked("lab/one", "", ""))).getFirst(), 1, Integer::sum);
        }
        double sum = 1 / 1.0 + 1 / 9.0 + 1 / 4.0 + 1 / 2.25;
        assertThat(requireNonNull(firsts.get("cheap:lab/one")) / (double) rounds)
                .isCloseTo(1 / sum, within(0.02));
        assertThat(requireNonNull(firsts.get("dear:lab/one")) / (double) rounds).isCloseTo(1 / 9.0 / sum, within(0.01));
    }

    @Test
    void routesHaveWeightsAndFallbacks() {
        Map<String, Double> models = new LinkedHashMap<>();
        models.put("cheap:lab/one", 1.0);
        models.put("dear:lab/one", 9.0);
        Router router = router(
                RouteOrder.WEIGHTED,
                false,
                new RouteConfig("fast", models, List.of("lab/two"), Optional.of(RouteOrder.LEAST_BUSY)));
        assertThat(ids(router.plan(asked("fast", "", "")))).hasSize(3).last().isEqualTo("dear:lab/two");
    }

    @Test
    void failingEndpointsComeLaterAndOpenOnesLast() {
        Router router = router(RouteOrder.WEIGHTED, false);
        fail("cheap:lab/one", 1);
        fail("quantized:lab/one", 3);
        List<String> ids = ids(router.plan(asked("lab/one", "", "")));
        assertThat(ids.subList(0, 2)).containsExactlyInAnyOrder("dear:lab/one", "tiny:lab/one");
        assertThat(ids.subList(2, 4)).containsExactly("cheap:lab/one", "quantized:lab/one");
    }

    /** Strangers choose the names of fields: a set that looks for a free place in a line would take minutes for these. */
    @Test
    @Timeout(30)
    void namesOfOneHashAreNamesLikeOthers() {
        int bits = 18;
        Set<String> names = new HashSet<>();
        for (int i = 0; i < 1 << bits; i++) {
            StringBuilder name = new StringBuilder();
            for (int bit = 0; bit < bits; bit++) {
                name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
            }
            names.add(name.toString());
        }
        assertThat(names.stream().mapToInt(String::hashCode).distinct()).hasSize(1);
        assertThat(new Needs(false, false, 10, 0, names).parameters()).hasSize(1 << bits);
        assertThat(new Service("", ToolUses.NONE, names).others()).hasSize(1 << bits);
    }

    /** What the operator put first stays first until its breaker opens; one failure is no reason to pay another's price. */
    @Test
    void anOrderStandsAboveFailuresOfLate() {
        Catalog two = new Catalog(
                "1",
                List.copyOf(catalog().labs()),
                List.copyOf(catalog().models()),
                List.copyOf(catalog().providers()),
                List.of(
                        endpoint("cheap", "lab/one", "", 100, Set.of(), 1),
                        endpoint("dear", "lab/one", "", 300, Set.of(), 0)));
        Router prior = new Router(
                two, List.of(), Map.of(), new RoutingConfig(RouteOrder.WEIGHTED, true), health, random::nextDouble);
        Router priced = router(RouteOrder.PRICE, false);
        fail("dear:lab/one", 2);
        fail("cheap:lab/one", 1);
        assertThat(ids(prior.plan(asked("lab/one", "", "")))).containsExactly("dear:lab/one", "cheap:lab/one");
        assertThat(ids(priced.plan(asked("lab/one", "", ""))).getFirst()).isEqualTo("cheap:lab/one");
        assertThat(ids(priced.plan(asked("lab/one:floor", "", ""))).getFirst()).isEqualTo("cheap:lab/one");
        assertThat(ids(router(RouteOrder.WEIGHTED, false).plan(asked("lab/one:floor", "", "")))
                        .getFirst())
                .isEqualTo("cheap:lab/one");
        fail("dear:lab/one", 1);
        assertThat(ids(prior.plan(asked("lab/one", "", "")))).containsExactly("cheap:lab/one", "dear:lab/one");
    }

    private void fail(String endpoint, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(health.of(endpoint).begin()).isTrue();
            health.of(endpoint).failed(-1);
        }
    }

    @Test
    void breakersOpenAndCloseAgain() {
        EndpointHealth one = health.of("x");
        fail("x", 2);
        nanos += Duration.ofSeconds(31).toNanos();
        fail("x", 2);
        assertThat(one.state()).isEqualTo(EndpointHealth.State.CLOSED); // those before are forgotten
        fail("x", 1);
        assertThat(one.state()).isEqualTo(EndpointHealth.State.OPEN);
        assertThat(one.begin()).isFalse();
        nanos += Duration.ofSeconds(10).toNanos();
        assertThat(one.begin()).isTrue();
        assertThat(one.begin()).as("one probe at a time").isFalse();
        one.failed(-1);
        assertThat(one.state()).isEqualTo(EndpointHealth.State.OPEN);
        nanos += Duration.ofSeconds(10).toNanos();
        assertThat(one.begin()).isTrue();
        one.answered(1000, 10, 1000);
        assertThat(one.state()).isEqualTo(EndpointHealth.State.CLOSED);
        assertThat(one.inFlight()).isZero();
    }

    @Test
    void speedIsKnownByWhatWasServed() {
        health.of("tiny:lab/one").begin();
        health.of("tiny:lab/one").answered(5_000, 100, 1_000_000);
        health.of("dear:lab/one").begin();
        health.of("dear:lab/one").answered(1_000, 50, 1_000_000);
        Router router = router(RouteOrder.GIVEN, false);
        assertThat(ids(router.plan(asked("lab/one:nitro", "", ""))).getFirst()).isEqualTo("tiny:lab/one");
        assertThat(ids(router.plan(asked("lab/one", "{'sort': 'latency'}", ""))).getFirst())
                .isEqualTo("dear:lab/one");
        assertThat(ids(router.plan(asked("lab/one", "{'preferred_min_throughput': 80}", "")))
                        .getLast())
                .isEqualTo("dear:lab/one");
        assertThat(ids(router.plan(asked("lab/one", "{'preferred_max_latency': {'p50': 0.002}}", "")))
                        .getLast())
                .isEqualTo("tiny:lab/one");
    }

    @Test
    void percentilesAreOfTheLastReplies() {
        for (int i = 1; i <= 100; i++) {
            health.of("tiny:lab/one").begin();
            health.of("tiny:lab/one").answered(i * 1_000, 1_000 - i, 1_000_000); // 1 to 100 ms, 900 to 999 a second
            health.of("dear:lab/one").begin();
            health.of("dear:lab/one").answered(50_000, 930, 1_000_000);
        }
        Router router = router(RouteOrder.GIVEN, false);
        for (String[] wish : new String[][] {
            {"{'preferred_max_latency': {'p50': 0.0501}}", ""},
            {"{'preferred_max_latency': {'p90': 0.0899}}", "tiny:lab/one"},
            {"{'preferred_max_latency': {'p50': 0.0501, 'p99': 0.09, 'p75': null}}", "tiny:lab/one"},
            {"{'preferred_max_latency': {'p50': 0.0499, 'p99': 0.1}}", "both"},
            {"{'preferred_min_throughput': {'p50': 940}}", "dear:lab/one"},
            {"{'preferred_min_throughput': {'p90': 925}}", "tiny:lab/one"},
            {"{'preferred_min_throughput': {'p99': 900}}", ""}
        }) {
            List<String> all = ids(router.plan(asked("lab/one", wish[0], "")));
            List<String> usual = ids(router.plan(asked("lab/one", "", "")));
            if (wish[1].isEmpty()) {
                assertThat(all).as(wish[0]).isEqualTo(usual);
            } else if (wish[1].equals("both")) {
                assertThat(all.subList(all.size() - 2, all.size()))
                        .as(wish[0])
                        .contains("tiny:lab/one", "dear:lab/one");
            } else {
                assertThat(all.getLast()).as(wish[0]).isEqualTo(wish[1]);
            }
        }
    }

    @Test
    void pricesOfPicturesAndSoundAreThoseOfTheirTokens() {
        assertThat(ids(router(RouteOrder.GIVEN, false)
                        .plan(asked("lab/one", "{'max_price': {'image': 0, 'audio': '0.5'}}", ""))))
                .isEqualTo(ids(router(RouteOrder.GIVEN, false).plan(asked("lab/one", "", ""))));
        assertThat(ids(router(RouteOrder.GIVEN, false).plan(asked("lab/one", "{'sort': {'partition': 'none'}}", ""))))
                .isEqualTo(ids(router(RouteOrder.GIVEN, false).plan(asked("lab/one", "", ""))));
    }

    @Test
    void conversationsStayWhereTheyWereWhileItIsWell() {
        Router router = router(RouteOrder.WEIGHTED, true);
        Asked asked = new Asked(
                List.of("lab/one"),
                Wishes.NONE,
                new Needs(false, false, 1, 0, Set.of()),
                name -> true,
                NOW,
                OptionalLong.of(42));
        router.answered(42, "dear:lab/one");
        for (int i = 0; i < 20; i++) {
            assertThat(ids(router.plan(asked)).getFirst()).isEqualTo("dear:lab/one");
        }
        fail("dear:lab/one", 3);
        assertThat(ids(router.plan(asked)).getLast()).isEqualTo("dear:lab/one");
    }

    @Test
    void theLeastBusyIsAskedFirst() {
        health.of("cheap:lab/one").begin();
        health.of("tiny:lab/one").begin();
        health.of("quantized:lab/one").begin();
        health.of("quantized:lab/one").begin();
        List<String> ids = ids(router(RouteOrder.LEAST_BUSY, false).plan(asked("lab/one", "", "")));
        assertThat(ids.getFirst()).isEqualTo("dear:lab/one");
        assertThat(ids.getLast()).isEqualTo("quantized:lab/one");
    }

    /** A long reply may be the one that tries: the endpoint is not closed to all others for as long. */
    @Test
    void whoTriesAndTakesLongIsNotWaitedFor() {
        EndpointHealth one = health.of("x");
        fail("x", 3);
        nanos += Duration.ofSeconds(10).toNanos();
        assertThat(one.begin()).isTrue();
        nanos += Duration.ofSeconds(9).toNanos();
        assertThat(one.begin()).isFalse();
        nanos += Duration.ofSeconds(1).toNanos();
        assertThat(one.begin()).as("the first has tried for as long as a pause").isTrue();
        assertThat(one.begin()).isFalse();
    }

    @Test
    void aReplyThatWasWaitingSomewhereSaysNothingAboutSpeed() {
        EndpointHealth one = health.of("x");
        assertThat(one.begin()).isTrue();
        one.answered(200_000, 500, 90);
        assertThat(one.tokensPerSecond()).isNaN();
    }

    @Test
    void withoutFallbacksAmongProvidersNamesStillStandInForEachOther() {
        assertThat(ids(router(RouteOrder.GIVEN, false)
                        .plan(asked("lab/one,lab/two", "{'allow_fallbacks': false}", ""))))
                .containsExactly("cheap:lab/one", "dear:lab/two");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            CHAT | {'max_completion_tokens': 1, 'max_tokens': 900} | 900
            CHAT | {'max_tokens': 1e300} | 1099511627776
            CHAT | {'max_output_tokens': 7} | 0
            MESSAGES | {'max_completion_tokens': 1, 'max_tokens': 900} | 900
            RESPONSES | {'max_tokens': 1, 'max_output_tokens': 900} | 900
            OLLAMA_CHAT | {'max_tokens': 1, 'options': {'num_predict': 900}} | 900
            OLLAMA_CHAT | {'max_tokens': 1, 'options': {'num_predict': -1}} | 0
            EMBEDDINGS | {'max_tokens': 1} | 0
            """)
    void theLimitIsTheOneThatTheFormHas(ClientForm form, String body, long tokens) {
        Map<String, @Nullable Object> parsed = Json.asObject(Json.parse(body.replace('\'', '"'), "body"), "body");
        assertThat(Needs.of(new ClientRequest(form, new byte[0], parsed), 1).outputTokens())
                .isEqualTo(tokens);
    }

    /** How endpoints do changes while a request is routed: places are taken once. */
    @Test
    void endpointsThatFailWhileTheyAreSortedDoNotConfuse() throws InterruptedException {
        List<Provider> providers = new ArrayList<>();
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            providers.add(new Provider(
                    "p" + i,
                    "P",
                    "US",
                    WireDialect.OPENAI,
                    Optional.of(URI.create("http://127.0.0.1:1")),
                    List.of(),
                    new DataPolicy(false, false)));
            endpoints.add(endpoint("p" + i, "lab/one", "", 100, Set.of()));
        }
        Catalog many = new Catalog(
                "1",
                List.of(new Lab("lab", "Lab", "FR", List.of())),
                List.of(model("lab/one", true, Set.of("text"))),
                providers,
                endpoints);
        Health live =
                new Health(new BreakerConfig(1, Duration.ofSeconds(30), Duration.ofMillis(1), 1), System::nanoTime);
        Router router = new Router(
                many, List.of(), Map.of(), new RoutingConfig(RouteOrder.WEIGHTED, false), live, random::nextDouble);
        Thread failing = Thread.ofPlatform().start(() -> {
            Random which = new Random(1);
            while (!Thread.currentThread().isInterrupted()) {
                EndpointHealth one = live.of("p" + which.nextInt(200) + ":lab/one");
                if (one.begin()) {
                    if (which.nextBoolean()) {
                        one.failed(-1);
                    } else {
                        one.answered(1, 1, 1);
                    }
                }
            }
        });
        try {
            for (int i = 0; i < 3_000; i++) {
                assertThat(router.plan(asked("lab/one", "", "")).candidates()).hasSize(200);
            }
        } finally {
            failing.interrupt();
            failing.join();
        }
    }
}
