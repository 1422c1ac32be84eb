package dev.jerboa.gateway.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogReaderTest {
    private static final String SMALL = """
            calendars:
              closed: [2026-10-01]
            labs:
              acme:
                name: Acme
                country: FR
                organisations: [acme-ai]
            models:
              acme/road-1:
                name: Road 1
                family: road
                openness: open-weight
                licence: MIT
                parameters: 0.6B
                active: 270M
                inputs: [text, image]
                context: 32768
                reasoning: true
                released: 2026-02-01
                hub: acme-ai/Road-1
            providers:
              shop:
                name: The shop
                country: DE
                dialect: anthropic
                base: https://shop.example.org/v1/
                secrets: [env:SHOP_KEY, file:keys/shop]
                trains: false
            endpoints:
              shop:acme/road-1:free:
                upstream: road
                quantization: FP8
                max_output: 8192
                parameters: [tools, seed]
                weight: 2
                priority: 1
                prices:
                  - {input: 1, output: 2, windows: [{except: closed, input: 2, output: 4}]}
            """;

    private static Catalog read(String... texts) {
        CatalogReader reader = new CatalogReader();
        for (int i = 0; i < texts.length; i++) {
            reader.text(texts[i], "c" + i + ".yaml");
        }
        return reader.read();
    }

    @Test
    void readsEveryField() {
        Catalog catalog = read(SMALL);
        assertThat(catalog.lab("acme")).contains(new Lab("acme", "Acme", "FR", List.of("acme-ai")));
        assertThat(catalog.model("acme/road-1"))
                .contains(new ModelEntry(
                        "acme/road-1",
                        "acme",
                        "Road 1",
                        "road",
                        Openness.OPEN_WEIGHT,
                        "MIT",
                        OptionalLong.of(600_000_000),
                        OptionalLong.of(270_000_000),
                        Set.of("text", "image"),
                        Set.of("text"),
                        32768,
                        "road",
                        true,
                        false,
                        Optional.of(LocalDate.of(2026, 2, 1)),
                        Optional.of("acme-ai/Road-1")));
        assertThat(catalog.provider("shop"))
                .contains(new Provider(
                        "shop",
                        "The shop",
                        "DE",
                        WireDialect.ANTHROPIC,
                        Optional.of(URI.create("https://shop.example.org/v1")),
                        List.of("env:SHOP_KEY", "file:keys/shop"),
                        new DataPolicy(false, true)));
        Endpoint endpoint = catalog.endpoint("shop:acme/road-1:free").orElseThrow();
        assertThat(endpoint)
                .isEqualTo(new Endpoint(
                        "shop:acme/road-1:free",
                        "acme/road-1",
                        "shop",
                        "free",
                        "road",
                        "fp8",
                        32768,
                        8192,
                        Set.of("tools", "seed"),
                        endpoint.prices(),
                        2,
                        1));
        assertThat(endpoint.prices()
                        .at(Instant.parse("2026-10-02T00:00:00Z"), 1)
                        .input())
                .isEqualTo(2_000_000);
        assertThat(endpoint.prices()
                        .at(Instant.parse("2026-10-01T00:00:00Z"), 1)
                        .input())
                .isEqualTo(1_000_000);
        assertThat(catalog.endpointsOf("acme/road-1")).containsExactly(endpoint);
        assertThat(catalog.examplePrices()).isEmpty();
    }

    @Test
    void aLaterLayerReplacesWholeEntries() {
        Catalog catalog =
                read(SMALL, "labs: {acme: {name: Acme Motors, country: IT}, other: {name: Other, country: ES}}");
        assertThat(catalog.lab("acme")).contains(new Lab("acme", "Acme Motors", "IT", List.of()));
        assertThat(catalog.lab("other")).isPresent();
        assertThat(catalog.model("acme/road-1")).isPresent();
    }

    @Test
    void aLaterCalendarHoldsForEarlierPrices() {
        Catalog catalog = read(SMALL, "calendars: {closed: [2027-10-01]}");
        Endpoint endpoint = catalog.endpoint("shop:acme/road-1:free").orElseThrow();
        assertThat(endpoint.prices()
                        .at(Instant.parse("2026-10-01T00:00:00Z"), 1)
                        .input())
                .isEqualTo(2_000_000);
        assertThat(endpoint.prices()
                        .at(Instant.parse("2027-10-01T00:00:00Z"), 1)
                        .input())
                .isEqualTo(1_000_000);
    }

    @Test
    void examplesAreThoseThatNobodyPutRight() {
        String example = SMALL.replace("    upstream: road\n", "    upstream: road\n    example: true\n");
        assertThat(read(example).examplePrices()).containsExactly("shop:acme/road-1:free");
        String own = "endpoints: {\"shop:acme/road-1:free\": {prices: [{input: 1, output: 1}]}}";
        assertThat(read(example, own).examplePrices()).isEmpty();
    }

    @Test
    void theVersionFollowsFromTheEntries() {
        assertThat(read(SMALL).version()).isEqualTo(read(SMALL).version()).hasSize(16);
        for (String[] change : new String[][] {
            {"name: Acme", "name: Acmee"},
            {"country: DE", "country: AT"},
            {"0.6B", "0.7B"},
            {"input: 1,", "input: 3,"},
            {"[tools, seed]", "[tools]"},
            {"2026-10-01", "2026-10-02"},
            {"env:SHOP_KEY", "env:SHOP"}
        }) {
            String changed = SMALL.replace(change[0], change[1]);
            assertThat(changed).isNotEqualTo(SMALL);
            assertThat(read(changed).version())
                    .as(change[1])
                    .isNotEqualTo(read(SMALL).version());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    acme: | Acme: | c0.yaml:5: 'Acme' is not a name here
                    country: FR | country: France | c0.yaml:6: labs.acme.country is 'France', expected a country of ISO 3166-1
                    country: FR | country: XX | c0.yaml:6: labs.acme.country
                    country: FR | colour: FR | labs.acme.country is missing
                    organisations: | organizations: | c0.yaml:7: unknown key labs.acme.organizations
                    acme/road-1: | acme/road-1/x: | 'acme/road-1/x' is not a name here, expected author/slug
                    acme/road-1: | other/road-1: | c0.yaml:9: there is no lab 'other'
                    openness: open-weight | openness: free | c0.yaml:12: models.acme/road-1.openness is 'free', expected one of closed, open-weight, open-source
                    openness: open-weight | licences: x | models.acme/road-1.openness is missing, expected one of closed, open-weight, open-source
                    0.6B | many | c0.yaml:14: models.acme/road-1.parameters
                    0.6B | 0.0000000001B | c0.yaml:14: models.acme/road-1.parameters
                    [text, image] | [text, smell] | c0.yaml:16: models.acme/road-1.inputs
                    context: 32768 | context: 0 | c0.yaml:17: models.acme/road-1.context
                    2026-02-01 | 2026-02-30 | c0.yaml:19: models.acme/road-1.released
                    acme-ai/Road-1 | Road-1 | c0.yaml:20: models.acme/road-1.hub
                    dialect: anthropic | dialect: latin | c0.yaml:25: providers.shop.dialect
                    trains: false | trains: sometimes | c0.yaml:28: providers.shop.trains
                    shop:acme/road-1:free | shop:acme/road-1:floor | c0.yaml:31: 'shop:acme/road-1:floor' is not a name here
                    shop:acme/road-1:free | acme/road-1 | 'acme/road-1' is not a name here, expected provider:author/slug
                    shop:acme/road-1:free | shop:acme/road-2:free | endpoints.shop:acme/road-2:free.context is missing
                    shop:acme/road-1:free | store:acme/road-1 | c0.yaml:30: there is no provider 'store'
                    weight: 2 | weight: -1 | c0.yaml:35: endpoints.shop:acme/road-1:free.weight
                    calendars: | calendar: | windows[0].except
                    closed: [2026-10-01] | closed: [2026-10-32] | c0.yaml:2: calendars.closed is a list, expected a list of dates
                    labs: | laboratories: | there is no lab 'acme'
                    """)
    void errorsSayWhere(String good, String bad, String message) {
        String text = SMALL.replace(good, bad);
        assertThat(text).isNotEqualTo(SMALL);
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://hunter2.example.org",
                "https://user:hunter2@shop.example.org",
                "https://hunter2@shop.example.org/v1",
                "https://shop.example.org/v1?key=hunter2",
                "https://shop.example.org/#hunter2",
                "https:///hunter2",
                "https://shop.example.org/hunter2 x",
                "hunter2"
            })
    void addressesAreChecked_andNotShown(String address) {
        String text = SMALL.replace("https://shop.example.org/v1/", "\"" + address + "\"");
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("c0.yaml:26: providers.shop.base")
                .hasNoCause()
                .message()
                .doesNotContain("hunter2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "secrets: [sk-hunter2]",
                "secrets: sk-hunter2",
                "secrets: [env:SHOP_KEY, sk-hunter2]",
                "secrets: \"env:sk-hunter2\"",
                "secrets: [\"Bearer sk-hunter2\"]",
                "secrets: [{key: sk-hunter2}]",
                "secrets: [[sk-hunter2]]",
                "api_key: sk-hunter2",
                "secrets: [\"sk-hunter2]",
                "secrets: [@sk-hunter2]"
            })
    void secretsInTheFileAreRefused_andNotShown(String line) {
        String text = SMALL.replace("secrets: [env:SHOP_KEY, file:keys/shop]", line);
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(GatewayException.class)
                .hasNoCause()
                .message()
                .startsWith("c0.yaml:")
                .doesNotContain("hunter2");
    }

    @Test
    void whoeverWritesASecretIsToldWhereItBelongs() {
        assertThatThrownBy(() -> read(SMALL.replace("file:keys/shop", "sk-hunter2")))
                .hasMessageContaining("c0.yaml:27: providers.shop.secrets")
                .hasMessageContaining("env:NAME or file:PATH");
    }

    @Test
    void readsAFileOfOnesOwnOverTheShipped(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("own.yaml"), SMALL);
        Catalog catalog = new CatalogReader().shipped().file(file).read();
        assertThat(catalog.lab("deepseek")).isPresent();
        assertThat(catalog.endpoint("shop:acme/road-1:free")).isPresent();
        assertThatThrownBy(() -> new CatalogReader().file(folder.resolve("none.yaml")))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("there is no file");
    }

    /** Damaged catalogues are read, or refused in the gateway's words; nothing else comes out. */
    @Property(tries = 3000)
    void damagedTextsAreRefused(@ForAll long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(SMALL);
        String letters = "{}[]:,-#&*!|>'\"%@` \n\tax09./\\\u0000\u00e9\ud83d";
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(20)));
                case 1 -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(60))));
                default -> text.insert(at, letters.charAt(random.nextInt(letters.length())));
            }
        }
        try {
            assertThat(read(text.toString()).version()).hasSize(16);
        } catch (GatewayException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @Test
    void deepNestingIsRefused() {
        for (String open : List.of("[", "{a: ", "- ")) {
            assertThatThrownBy(() -> read(open.repeat(100_000))).as(open).isInstanceOf(GatewayException.class);
        }
    }
}
