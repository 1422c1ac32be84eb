package dev.jerboa.engine.constrain.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.constrain.Grammar;
import dev.jerboa.engine.constrain.Language;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bounds on numbers against arithmetic. */
class NumberRangeTest {
    private static Language of(Map<String, Object> schema) {
        try {
            return Language.of(Grammar.jsonSchema(schema, SchemaOptions.DEFAULT));
        } catch (ConstraintException e) {
            assertThat(e).hasMessageContaining("no text satisfies");
            return Language.of(Grammar.literal("nothing"));
        }
    }

    private static Map<String, Object> schema(Object... keywords) {
        Map<String, Object> schema = new LinkedHashMap<>();
        for (int i = 0; i < keywords.length; i += 2) {
            schema.put((String) keywords[i], keywords[i + 1]);
        }
        return schema;
    }

    @Test
    void wholeNumbersBetweenAllSmallBounds() {
        for (int low = -21; low <= 21; low += 2) {
            for (int high = low - 1; high <= 121; high += high < 21 ? 1 : 25) {
                Language language = of(schema("type", "integer", "minimum", (long) low, "maximum", (long) high));
                for (int n = -130; n <= 130; n++) {
                    assertThat(language.has(Integer.toString(n)))
                            .as("%d in %d to %d", n, low, high)
                            .isEqualTo(low <= n && n <= high);
                }
            }
        }
    }

    @Test
    void openAndExclusiveBounds() {
        for (int bound = -105; bound <= 105; bound += 15) {
            Language above = of(schema("type", "integer", "exclusiveMinimum", (long) bound));
            Language below = of(schema("type", "integer", "exclusiveMaximum", (long) bound));
            for (int n = -1200; n <= 1200; n++) {
                assertThat(above.has(Integer.toString(n)))
                        .as("%d > %d", n, bound)
                        .isEqualTo(n > bound);
                assertThat(below.has(Integer.toString(n)))
                        .as("%d < %d", n, bound)
                        .isEqualTo(n < bound);
            }
        }
    }

    @Test
    void randomDecimals() {
        Random random = new Random(3);
        for (int i = 0; i < 100; i++) {
            BigDecimal low = decimal(random);
            BigDecimal high = low.add(decimal(random).abs());
            boolean openLow = random.nextBoolean();
            boolean openHigh = random.nextBoolean();
            Language language = of(schema(
                    "type",
                    "number",
                    openLow ? "exclusiveMinimum" : "minimum",
                    low,
                    openHigh ? "exclusiveMaximum" : "maximum",
                    high));
            List<BigDecimal> probes = new ArrayList<>(
                    List.of(low, high, low.add(new BigDecimal("0.001")), high.subtract(new BigDecimal("0.001"))));
            for (int k = 0; k < 40; k++) {
                probes.add(
                        random.nextBoolean()
                                ? decimal(random)
                                : low.add(decimal(random).movePointLeft(2)));
            }
            for (BigDecimal probe : probes) {
                boolean expected = (openLow ? probe.compareTo(low) > 0 : probe.compareTo(low) >= 0)
                        && (openHigh ? probe.compareTo(high) < 0 : probe.compareTo(high) <= 0);
                String text = probe.signum() == 0 ? "0" : probe.toPlainString();
                assertThat(language.has(text))
                        .as("%s in %s to %s, open %s %s", text, low, high, openLow, openHigh)
                        .isEqualTo(expected);
            }
        }
    }

    private static BigDecimal decimal(Random random) {
        int scale = random.nextInt(4);
        return BigDecimal.valueOf(random.nextInt(4001) - 2000, scale);
    }

    @Test
    void multiples() {
        for (String divisor : List.of("1", "2", "3", "7", "10", "12", "100", "0.5", "0.25", "0.01", "1.5")) {
            BigDecimal by = new BigDecimal(divisor);
            Language language = of(schema("type", "number", "multipleOf", by));
            Language whole = of(schema("type", "integer", "multipleOf", by));
            for (int n = -400; n <= 400; n++) {
                for (int scale = 0; scale <= 2; scale++) {
                    BigDecimal value = BigDecimal.valueOf(n, scale);
                    boolean expected = value.remainder(by).signum() == 0;
                    String text = value.toPlainString();
                    assertThat(language.has(text)).as("%s by %s", text, divisor).isEqualTo(expected);
                    if (scale == 0) {
                        assertThat(whole.has(text))
                                .as("%s by %s", text, divisor)
                                .isEqualTo(expected);
                    }
                }
            }
        }
    }

    @Test
    void bothMultiplesAndBounds() {
        Language language = of(schema("type", "integer", "multipleOf", 6L, "minimum", -50L, "exclusiveMaximum", 1000L));
        for (int n = -1100; n <= 1100; n++) {
            assertThat(language.has(Integer.toString(n))).isEqualTo(n % 6 == 0 && n >= -50 && n < 1000);
        }
    }

    @Test
    void farBounds() {
        Language safe = of(schema("type", "integer", "minimum", -9007199254740991L, "maximum", 9007199254740991L));
        assertThat(safe.has("9007199254740991")).isTrue();
        assertThat(safe.has("9007199254740992")).isFalse();
        assertThat(safe.has("-9007199254740991")).isTrue();
        Language large =
                of(schema("type", "integer", "minimum", new BigDecimal("1e30"), "maximum", new BigDecimal("2e30")));
        assertThat(large.has("1" + "0".repeat(30))).isTrue();
        assertThat(large.has("9" + "0".repeat(29))).isFalse();
        Language vacuous = of(schema("type", "number", "maximum", Double.MAX_VALUE, "minimum", Double.MIN_VALUE));
        assertThat(vacuous.has("12.5")).isTrue();
        assertThat(vacuous.has("0")).isFalse();
    }
}
