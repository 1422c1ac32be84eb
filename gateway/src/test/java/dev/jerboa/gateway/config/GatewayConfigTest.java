package dev.jerboa.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.CatalogReader;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.catalog.WireDialect;
import dev.jerboa.gateway.key.Budget;
import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.KeyHash;
import dev.jerboa.gateway.key.Keys;
import dev.jerboa.gateway.key.Period;
import dev.jerboa.gateway.key.Scope;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.node.Node;
import dev.jerboa.gateway.price.MachineCost;
import dev.jerboa.gateway.store.Database;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayConfigTest {
    private static final Path FOLDER = Path.of("/srv/gateway");
    private static final String EXAMPLE = example();

    /** The example of the documentation. */
    private static String example() {
        return block("An example with every section:");
    }

    /** The first YAML of the page after some words. */
    private static String block(String words) {
        String page = Documentation.page();
        int begin = page.indexOf("```yaml\n", page.indexOf(words)) + "```yaml\n".length();
        return page.substring(begin, page.indexOf("```", begin));
    }

    @Test
    void thePageBeginsWithASmallFile() {
        GatewayConfig config = read(block("## In a minute"));
        assertThat(config.local()).extracting(LocalModel::name).containsExactly("inside");
        assertThat(config.limits().requests()).isZero();
        assertThat(config.keys().required()).isTrue();
        assertThat(config.budgets()).hasSize(1);
    }

    private static GatewayConfig read(String text) {
        return GatewayConfig.parse(text, "gateway.yaml", FOLDER);
    }

    @Test
    void theExampleOfTheDocumentationIsRead() {
        GatewayConfig config = read(EXAMPLE);
        assertThat(config.node()).isEqualTo("gateway_1");
        assertThat(config.store())
                .isEqualTo(new StoreConfig.Postgres(
                        "jdbc:postgresql://db.example.org:5432/jerboa?sslmode=require",
                        Optional.of("jerboa"),
                        Optional.of("env:JERBOA_DB_PASSWORD"),
                        8,
                        Duration.ofMinutes(2),
                        Optional.of(Duration.ofDays(400))));
        assertThat(config.journal())
                .isEqualTo(new JournalOptions(
                        FOLDER.resolve("journal"), "gateway_1", JournalOptions.Sync.INTERVAL, 256 << 20, 8 << 20));
        assertThat(config.routing()).isEqualTo(new RoutingConfig(RouteOrder.LEAST_BUSY, true));
        assertThat(config.limits())
                .isEqualTo(new LimitsConfig(
                        2_000,
                        10_000_000,
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(2),
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(30)));
        assertThat(config.retry()).isEqualTo(new RetryConfig(2, 4, Duration.ofMillis(250), Duration.ofSeconds(5)));
        assertThat(config.breaker()).isEqualTo(new BreakerConfig(5, Duration.ofSeconds(30), Duration.ofSeconds(15), 1));
        assertThat(config.analytics())
                .isEqualTo(new AnalyticsConfig(
                        true,
                        false,
                        false,
                        false,
                        false,
                        new CategoriesConfig(
                                List.of("coding", "support"),
                                List.of(new CategoriesConfig.Rule("ide-*", "", "", "", "chat", "coding")))));
        assertThat(config.kafka())
                .contains(new KafkaConfig(
                        List.of("broker-1.example.org:9092", "broker-2.example.org:9092"),
                        "jerboa-usage",
                        Optional.of(new KafkaConfig.Login("jerboa", "env:KAFKA_PASSWORD")),
                        Map.of(
                                "security.protocol",
                                "SASL_SSL",
                                "sasl.mechanism",
                                "SCRAM-SHA-512",
                                "ssl.truststore.location",
                                FOLDER.resolve("secrets/kafka-truststore.p12").toString()),
                        Map.of("ssl.truststore.password", "file:secrets/kafka-truststore-password")));
        assertThat(config.routes())
                .containsExactly(
                        new RouteConfig(
                                "everyday",
                                Map.of("qwen/qwen3-4b", 3.0, "deepseek/deepseek-v4-flash", 1.0),
                                List.of("anthropic/claude-haiku-4.5"),
                                Optional.of(RouteOrder.PRICE)),
                        new RouteConfig(
                                "thinking", Map.of("deepseek/deepseek-v4-pro", 1.0), List.of(), Optional.empty()));
    }

    @Test
    void providersOfTheCatalogueAreGivenAddressesAndSecrets() {
        Catalog catalog = read(EXAMPLE).catalog();
        Provider deepseek = catalog.provider("deepseek").orElseThrow();
        assertThat(deepseek.base()).contains(URI.create("https://deepseek.example.org"));
        assertThat(deepseek.secrets()).containsExactly("env:DEEPSEEK_KEY_1", "env:DEEPSEEK_KEY_2");
        assertThat(deepseek.country()).isEqualTo("CN");
        assertThat(deepseek.dialect()).isEqualTo(WireDialect.OPENAI);
        assertThat(catalog.provider("openai").orElseThrow().base()).isEmpty();
        assertThat(catalog.endpoint("acme-cloud:acme/road-1").orElseThrow().upstreamName())
                .isEqualTo("road-1-latest");
        assertThat(catalog.examplePrices()).contains("openai:openai/gpt-4o").doesNotContain("acme-cloud:acme/road-1");
        assertThat(catalog.version())
                .isNotEqualTo(new CatalogReader().shipped().read().version());
    }

    @Test
    void localModelsAreEndpointsWithTheCostOfTheMachine() {
        GatewayConfig config = read(EXAMPLE);
        Endpoint small = config.catalog().endpoint("local:qwen/qwen3-4b:q4").orElseThrow();
        assertThat(config.local().getFirst())
                .isEqualTo(new LocalModel("qwen3-4b", "models/qwen3-4b-q4_k_m.gguf", small));
        assertThat(small.quantization()).isEqualTo("q4_k_m");
        assertThat(small.context()).isEqualTo(32768);
        assertThat(small.prices().machine()).isEqualTo(new MachineCost(350_000_000, 180_000, 280_000_000));
        assertThat(small.prices().at(Instant.EPOCH, 1).output()).isZero();
        Endpoint road = config.catalog().endpoint("local:acme/road-1").orElseThrow();
        assertThat(road.prices().machine()).isEqualTo(new MachineCost(1_200_000_000, 700_000, 280_000_000));
        assertThat(road.prices().at(Instant.EPOCH, 1).output()).isEqualTo(50_000);
        Provider local = config.catalog().provider(Provider.LOCAL).orElseThrow();
        assertThat(local.isLocal()).isTrue();
        assertThat(local.country()).isEqualTo("FR");
        assertThat(config.catalog().endpointsOf("acme/road-1"))
                .extracting(Endpoint::provider)
                .contains("local", "acme-cloud");
    }

    @Test
    void keysAndBudgetsBelongToAccounts() {
        GatewayConfig config = read(EXAMPLE);
        assertThat(config.accounts())
                .extracting("id", "parent", "payerCountry")
                .containsExactly(tuple("acme", Optional.empty(), "FR"), tuple("research", Optional.of("acme"), "DE"));
        assertThat(config.budgets())
                .containsExactly(
                        new Budget(
                                "file:account:acme:month",
                                Budget.Owner.ACCOUNT,
                                "acme",
                                500_000_000_000L,
                                Period.MONTH),
                        new Budget("file:key:nightly:day", Budget.Owner.KEY, "nightly", 2_500_000_000L, Period.DAY));
        Key nightly = config.keys().declared().getFirst().key();
        assertThat(nightly.account()).isEqualTo("research");
        assertThat(nightly.payerCountry()).isEqualTo("DE");
        assertThat(nightly.scopes()).containsExactlyInAnyOrder(Scope.INFERENCE, Scope.USAGE);
        assertThat(nightly.mayAsk("qwen/qwen3-4b")).isTrue();
        assertThat(nightly.mayAsk("openai/gpt-4o")).isFalse();
        assertThat(nightly.limits())
                .isEqualTo(new Key.RateLimits(OptionalLong.of(60), OptionalLong.of(2_000_000), OptionalInt.of(32)));
        Secrets secrets = new Secrets(Map.of("NIGHTLY_KEY", "sk-hunter2", "JERBOA_PEPPER", "salt-and-more"), FOLDER);
        assertThat(config.keys().declared(secrets))
                .satisfiesExactly(
                        key -> {
                            assertThat(key.hash().text())
                                    .isEqualTo(KeyHash.of(
                                                    "sk-hunter2", config.keys().pepper(secrets))
                                            .text());
                            assertThat(key.toString()).doesNotContain("hunter2");
                        },
                        key -> assertThat(key.hash().text()).startsWith("sha256:0f5c"));
        assertThat(config.toString()).doesNotContain("hunter2").doesNotContain("salt-and-more");
    }

    @Test
    void anEmptyMappingIsAConfiguration(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("gateway.yaml"), "{}");
        GatewayConfig config = GatewayConfig.read(file);
        assertThat(config.store())
                .isEqualTo(new StoreConfig.Sqlite(folder.resolve("jerboa-gateway.db"), Optional.empty()));
        assertThat(config.journal()).isEqualTo(JournalOptions.of(folder.resolve("jerboa-journal"), "gateway"));
        assertThat(config.local()).isEmpty();
        assertThat(config.catalog().version())
                .isEqualTo(new CatalogReader().shipped().read().version());
        assertThat(config.keys().required()).isTrue();
        assertThat(config.kafka()).isEmpty();
        assertThat(config.analytics().publishRankings()).isFalse();
    }

    @Test
    void aModelIsHereOnceUnlessItsVariantsTellTheEntriesApart() {
        String text = """
                local:
                  models:
                    a: {model: qwen/qwen3-4b, source: a}
                    b: {model: qwen/qwen3-4b, source: b}
                """;
        assertThatThrownBy(() -> read(text))
                .hasMessageStartingWith("gateway.yaml:4: two local models are local:qwen/qwen3-4b");
        assertThat(read(text.replace("source: b", "source: b, variant: q8")).local())
                .hasSize(2);
    }

    @Test
    void filesOfTheCatalogueAreReadFromTheFolder(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("own.yaml"), "labs: {acme: {name: Acme, country: FR}}");
        Files.writeString(folder.resolve("model.gguf"), "");
        String text =
                "catalogue: {files: [own.yaml]}\nlocal: {models: {a: {model: qwen/qwen3-4b, source: model.gguf}}}";
        GatewayConfig config = GatewayConfig.parse(text, "gateway.yaml", folder);
        assertThat(config.catalog().lab("acme")).isPresent();
        assertThat(config.local().getFirst().source())
                .isEqualTo(folder.resolve("model.gguf").toString());
        assertThatThrownBy(() -> GatewayConfig.parse("catalogue: {files: [no.yaml]}", "gateway.yaml", folder))
                .hasMessageContaining("there is no file");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    node: gateway_1 | node: a/b | gateway.yaml:1: node is 'a/b'
                    node: gateway_1 | nodes: 3 | node is missing, expected a name of this process's own
                    connections: 8 | connections: 0 | : store.connections is '0', expected a whole number from 2 to 200
                    sync: interval | sync: perhaps | : journal.sync is 'perhaps', expected one of none, interval, always
                    max_bytes: 256MiB | max_bytes: 1KB | : journal.max_bytes is '1KB'
                    max_bytes: 256MiB | max_bytes: much | : journal.max_bytes is 'much'
                    first_token: 2m | first_token: 2 | : limits.first_token is '2', expected a time from 1ms to 24h
                    first_token: 2m | first_token: 25h | : limits.first_token
                    first_token: 2m | first_tokens: 2m | : unknown key limits.first_tokens
                    tries: 2 | tries: 0 | : retry.tries
                    max_pause: 5s | max_pause: 100ms | : retry.max_pause is '100ms', expected a time from 250ms to 600s
                    probes: 1 | probes: -1 | : breaker.probes
                    sort: price | sort: beauty | : routes.everyday.sort is 'beauty', expected one of given, weighted, price
                    qwen/qwen3-4b: 3 | qwen/qwen9: 3 | : models names 'qwen/qwen9', which is neither a model nor an endpoint
                    [anthropic/claude-haiku-4.5] | [claude] | : fallbacks names 'claude'
                    {deepseek/deepseek-v4-pro: 1} | {deepseek/deepseek-v4-pro: 0} | : route 'thinking' has no model with a weight above 0
                    {deepseek/deepseek-v4-pro: 1} | {deepseek/deepseek-v4-pro: -1} | : routes.thinking.models.deepseek/deepseek-v4-pro is '-1'
                    thinking: | qwen/qwen3-8b: | : the route 'qwen/qwen3-8b' is called as a model is
                    thinking: | road-local: | : the route 'road-local' is called as a model is
                    thinking: | "a:b": | : 'a:b' is not a name here
                    model: qwen/qwen3-4b | model: qwen/qwen9 | : local.models.qwen3-4b.model is 'qwen/qwen9', expected the id of a model
                    variant: q4 | variant: floor | : local.models.qwen3-4b.variant
                    variant: q4 | variants: q4 | : unknown key local.models.qwen3-4b.variants
                    source: acme-ai/Road-1 | sources: x | local.models.road-local.source is missing
                    watts: 180 | watts: high | : local.machine.watts is 'high'
                    required: true | required: maybe | : keys.required
                    account: research | account: nobody | : keys.declared.nightly.account is 'nobody', expected one of the accounts
                    [inference, usage] | [inference, root] | : keys.declared.nightly.scopes is a list, expected some of inference, usage, admin; found 'root'
                    tokens_per_minute: 2_000_000 | tokens_per_minute: 0 | : keys.tokens_per_minute
                    parent: acme | parent: nobody | : account 'research' is part of 'nobody', which is no account
                    {name: Acme, country: FR} | {name: Acme, parent: research} | is part of itself
                    country: DE} | country: de} | : accounts.research.country is 'de', expected a country
                    key: nightly, | key: daily, | : budgets[1].key is 'daily', expected one that this file declares
                    key: nightly, | key: nightly, account: acme, | budgets[1] is for nobody or for two
                    dollars: 500, | euros: 500, | budgets[0].dollars is missing
                    dollars: 500, | dollars: 0.0000000001, | : budgets[0].dollars is '0.0000000001', expected dollars from 0
                    period: day} | period: fortnight} | : budgets[1].period is 'fortnight', expected one of hour, day, week, month, total
                    key: nightly, dollars: 2.50, period: day | account: acme, dollars: 2 | a second budget of account 'acme' for the same period
                    publish_rankings: false | publish_ranking: false | : unknown key analytics.publish_ranking
                    stream_usage: always | stream_usage: never | replies.stream_usage is 'never'
                    openrouter: asked | openrouter: no | replies.openrouter
                    categories: [coding, support] | categories: [coding, other] | found 'other'
                    categories: [coding, support] | categories: [coding, coding] | each once
                    categories: [coding, support] | categories: [support] | one of analytics.categories
                    - {app: "ide-*", form: chat, category: coding} | - {category: coding} | is for every request
                    broker-1.example.org:9092 | broker-1 | : kafka.servers
                    broker-1.example.org:9092 | broker-1:99999 | : kafka.servers
                    topic: jerboa-usage | topic: "a b" | : kafka.topic
                    topic: jerboa-usage | topics: a | : unknown key kafka.topics
                    password: env:KAFKA_PASSWORD | sasl: plain | kafka.password is missing
                    security.protocol: | Security.Protocol: | : unknown key kafka.properties.Security.Protocol, expected a property of
                    security.protocol: | acks: | : unknown key kafka.properties.acks, expected another: this one is the gateway's own
                    security.protocol: SASL_SSL | sasl.jaas.config: env:JAAS | kafka.user and sasl.jaas.config both say who logs in
                    deepseek: | deepsea: | : there is no provider 'deepsea' in the catalogue
                    affinity: true | affinity: 1 | : routing.affinity
                    journal: | journey: | : unknown key journey
                    """)
    void errorsSayWhere(String good, String bad, String message) {
        int at = EXAMPLE.indexOf(good);
        assertThat(at).as(good).isNotNegative();
        String text = EXAMPLE.substring(0, at) + bad + EXAMPLE.substring(at + good.length());
        long line = 1 + EXAMPLE.substring(0, at).chars().filter(c -> c == '\n').count();
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(GatewayException.class)
                .hasMessageStartingWith("gateway.yaml:")
                .hasMessageContaining(message)
                .satisfies(e -> {
                    if (message.startsWith(": ")) {
                        assertThat(e).hasMessageStartingWith("gateway.yaml:" + line + message);
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "store: {url: \"postgresql://jerboa:hunter2@db.example.org/jerboa\"}",
                "store: {url: \"postgres://jerboa:hunter2@db.example.org/jerboa\"}",
                "store: {url: \"postgresql://db.example.org/jerboa?user=a&password=hunter2\"}",
                "store: {url: \"postgresql://db.example.org/jerboa?Password=hunter2\"}",
                "store: {url: \"jdbc:postgresql://db.example.org/jerboa?password=hunter2\"}",
                "store: {url: \"mysql://a:hunter2@db.example.org/jerboa\"}",
                "store: {url: \"postgresql://db.example.org/jer boa hunter2\"}",
                "{node: a, store: {url: \"postgresql://db.example.org/jerboa\", password: hunter2}}",
                "keys: {pepper: hunter2}",
                "{accounts: {a: {}}, keys: {declared: {k: {account: a, secret: hunter2}}}}",
                "{accounts: {a: {}}, keys: {declared: {k: {account: a, hash: hunter2}}}}",
                "{accounts: {a: {}}, keys: {declared: {k: {account: a, hash: \"sha256:hunter2\"}}}}",
                "{accounts: {a: {}}, keys: {declared: {k: {account: a, secret: [hunter2]}}}}",
                "kafka: {servers: \"a:1\", user: a, password: hunter2}",
                "kafka: {servers: \"a:1\", properties: {sasl.jaas.config: hunter2}}",
                "kafka: {servers: \"a:1\", properties: {ssl.keystore.password: hunter2}}",
                "kafka: {servers: \"a:1\", properties: {ssl.keystore.key: [hunter2]}}",
                "providers: {openai: {secrets: hunter2}}",
                "providers: {openai: {secrets: [\"env:OPENAI\", hunter2]}}",
                "providers: {openai: {base: \"https://a:hunter2@openai.example.org\"}}",
                "providers: {openai: {api_key: hunter2}}",
                "providers: {openai: {secrets: \"hunter2}}",
            })
    void secretsInTheFileAreRefused_andNotShown(String text) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(GatewayException.class)
                .hasNoCause()
                .message()
                .startsWith("gateway.yaml:")
                .doesNotContain("hunter2");
    }

    @Test
    void aNodeMayBeNamedByTheEnvironment() {
        Map<String, String> environment = Map.of("POD_NAME", "jerboa-gateway-2", "ODD", "a/b");
        assertThat(GatewayConfig.parse("node: env:POD_NAME", "gateway.yaml", FOLDER, environment)
                        .node())
                .isEqualTo("jerboa_gateway_2");
        for (String variable : List.of("ODD", "NONE")) {
            assertThatThrownBy(() -> GatewayConfig.parse("node: env:" + variable, "gateway.yaml", FOLDER, environment))
                    .isInstanceOf(GatewayException.class)
                    .hasMessageContaining("gateway.yaml:1")
                    .hasMessageContaining("env:NAME");
        }
    }

    /** Every key that the readers ask for is on the page, and in its example. */
    @Test
    void everyKeyIsDocumentedAndInTheExample() throws IOException {
        List<String> keys = Documentation.keysOfReaders();
        assertThat(keys).hasSizeGreaterThan(90).contains("watts", "cache_write_1h", "publish_shares", "max_pause");
        String page = Documentation.page();
        assertThat(keys.stream()
                        .filter(key -> !Pattern.compile("[`.]" + key + "[`.]")
                                .matcher(page)
                                .find()))
                .as("not on the page")
                .isEmpty();
        assertThat(keys.stream()
                        .filter(key -> !Pattern.compile("(^|[\\s{,])" + key + ":")
                                .matcher(EXAMPLE)
                                .find()))
                .as("not in the example")
                .isEmpty();
    }

    /** Damaged files are read, or refused in the gateway's words; nothing else comes out. */
    @Property(tries = 500)
    void damagedFilesAreRefused(@ForAll long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(EXAMPLE.replace("shipped: true", "shipped: false"));
        String letters = "{}[]:,-#&*!|>'\"%@` \n\tax09./\\\u0000\u00e9";
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(40)));
                case 1 -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(200))));
                default -> text.insert(at, letters.charAt(random.nextInt(letters.length())));
            }
        }
        try {
            assertThat(read(text.toString())).isNotNull();
        } catch (GatewayException e) {
            assertThat(e).hasMessageStartingWith("gateway.yaml");
        }
    }

    /** The order of a file is its writer's: what is part of another is made behind it. */
    @Test
    void accountsMayBeWrittenInAnyOrder(@TempDir Path folder) {
        String text = "accounts: {c: {parent: b}, b: {parent: a}, other: {}, a: {}}";
        GatewayConfig config = GatewayConfig.parse(text, "gateway.yaml", folder);
        assertThat(config.accounts()).extracting("id").containsExactly("other", "a", "b", "c");
        try (Database database = Database.sqlite(folder.resolve("ledger.db"))) {
            Keys keys = Node.keys(config, database, new Secrets(Map.of(), folder), InstantSource.system());
            assertThat(keys.accounts()).hasSize(4);
        }
    }

    @Test
    void accountsThatAreTooDeepAreToldWithTheirLine(@TempDir Path folder) {
        StringBuilder text = new StringBuilder("accounts:\n  a0: {}\n");
        for (int i = 1; i < 16; i++) {
            text.append("  a%d: {parent: a%d}\n".formatted(i, i - 1));
        }
        GatewayConfig deepest = GatewayConfig.parse(text.toString(), "gateway.yaml", folder);
        try (Database database = Database.sqlite(folder.resolve("ledger.db"))) {
            Keys keys = Node.keys(deepest, database, new Secrets(Map.of(), folder), InstantSource.system());
            assertThat(keys.accounts()).hasSize(16);
        }
        assertThatThrownBy(() -> read(text + "  a16: {parent: a15}\n"))
                .isInstanceOf(GatewayException.class)
                .hasMessageStartingWith("gateway.yaml:18: account 'a16' has 16 accounts above it");
    }
}
