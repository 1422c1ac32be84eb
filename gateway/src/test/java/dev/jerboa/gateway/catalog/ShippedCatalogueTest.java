package dev.jerboa.gateway.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.price.Schedule;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ShippedCatalogueTest {
    private static final Catalog CATALOG = new CatalogReader().shipped().read();

    @Test
    void everyModelHasALabWithACountryAndAnOpenness() {
        Set<String> countries = Set.of(Locale.getISOCountries());
        assertThat(CATALOG.models()).hasSizeGreaterThan(90).allSatisfy(model -> {
            Lab lab = CATALOG.lab(model.lab()).orElseThrow();
            assertThat(model.id()).startsWith(lab.id() + "/");
            assertThat(countries).contains(lab.country());
            assertThat(model.openness()).isNotNull();
            assertThat(model.openness() == Openness.CLOSED
                            && model.hubRepository().isPresent())
                    .isFalse();
            assertThat(model.activeParameters().orElse(0))
                    .as("%s: active of %s", model.id(), model.parameters())
                    .isLessThan(model.parameters().orElse(Long.MAX_VALUE));
        });
    }

    @Test
    void hasTheLabsOfTheSources() {
        assertThat(CATALOG.labs().stream().map(Lab::name).collect(Collectors.joining("; ")))
                .contains(
                        "OpenAI",
                        "Anthropic",
                        "Google",
                        "xAI",
                        "Meta",
                        "Mistral AI",
                        "Microsoft",
                        "NVIDIA",
                        "Cohere",
                        "AI21")
                .contains(
                        "Amazon",
                        "DeepSeek",
                        "Alibaba",
                        "Moonshot AI",
                        "Z.ai",
                        "MiniMax",
                        "Baidu",
                        "ByteDance",
                        "Tencent")
                .contains("Xiaomi", "StepFun", "Allen Institute");
        assertThat(CATALOG.labs())
                .allSatisfy(lab -> assertThat(CATALOG.models().stream()
                                .filter(model -> model.lab().equals(lab.id())))
                        .as(lab.id())
                        .isNotEmpty());
        assertThat(country("deepseek")).isEqualTo("CN");
        assertThat(country("mistralai")).isEqualTo("FR");
        assertThat(country("meta-llama")).isEqualTo("US");
    }

    private static String country(String lab) {
        return CATALOG.lab(lab).orElseThrow().country();
    }

    @Test
    void noProviderHasAnAddressOrSecrets_andAllPricesAreExamples() {
        assertThat(CATALOG.providers()).isNotEmpty().allSatisfy(provider -> {
            assertThat(provider.base()).isEmpty();
            assertThat(provider.secrets()).isEmpty();
        });
        assertThat(CATALOG.examplePrices())
                .containsExactlyInAnyOrderElementsOf(
                        CATALOG.endpoints().stream().map(Endpoint::id).toList());
    }

    /** What DeepSeek's hours cost, by hand. */
    @Test
    void deepSeekHasAClock() {
        Endpoint flash = CATALOG.endpoint("deepseek:deepseek/deepseek-v4-flash").orElseThrow();
        Usage usage = new Usage(1_000_000, 1_000_000, 0, 0, 1_000_000, 0);
        for (String[] each : List.of(
                new String[] {"2026-11-27T00:30:00Z", "753000000"}, // a Friday
                new String[] {"2026-11-27T01:00:00Z", "1506000000"},
                new String[] {"2026-11-27T04:00:00Z", "753000000"},
                new String[] {"2026-11-27T09:59:59Z", "1506000000"},
                new String[] {"2026-11-28T09:59:59Z", "753000000"}, // a Saturday
                new String[] {"2026-10-01T09:59:59Z", "753000000"})) { // a Thursday, and a holiday
            assertThat(flash.prices().at(Instant.parse(each[0]), usage.prompt()).costNanos(usage))
                    .as(each[0])
                    .isEqualTo(Long.parseLong(each[1]));
        }
    }

    @Test
    void everyPriceIsReadBackFromItsText() {
        assertThat(CATALOG.endpoints())
                .allSatisfy(endpoint -> assertThat(
                                Schedule.parse(endpoint.prices().text()).version())
                        .isEqualTo(endpoint.prices().version()));
    }
}
