package dev.jerboa.model.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Thousands of small templates with what jinja2 itself renders (see {@code jinja_cases.py}). */
class JinjaCasesTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2025-03-04T15:06:07Z"), ZoneOffset.UTC);

    @Test
    void everyCaseRendersOrFailsAsInJinja() throws IOException {
        Map<String, @Nullable Object> corpus = corpus();
        Map<String, ?> variables = Json.asObject(corpus.get("variables"), "variables");
        List<@Nullable Object> cases = Json.asList(corpus.get("cases"), "cases");
        List<String> differences = new ArrayList<>();
        for (Object entry : cases) {
            Map<String, @Nullable Object> expected = Json.asObject(entry, "case");
            String difference = difference(String.valueOf(expected.get("t")), variables, expected);
            if (!difference.isEmpty()) {
                differences.add(difference);
            }
        }
        assertThat(cases).hasSizeGreaterThan(8000);
        assertThat(differences).isEmpty();
    }

    private static Map<String, @Nullable Object> corpus() throws IOException {
        try (InputStream in = Objects.requireNonNull(
                JinjaCasesTest.class.getResourceAsStream("jinja_cases.json"), "jinja_cases.json")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Json.asObject(Json.parse(text, "jinja_cases.json"), "jinja_cases.json");
        }
    }

    private static String difference(String source, Map<String, ?> variables, Map<String, ?> expected) {
        String outcome;
        boolean failed = false;
        try {
            outcome =
                    ChatTemplate.parse(source, "case").render(variables, CLOCK).text();
        } catch (TemplateException e) {
            outcome = e.reason();
            failed = true;
        }
        if (expected.get("ok") instanceof String text) {
            return !failed && outcome.equals(text) ? "" : "\n" + source + "\n  jinja " + text + "\n  here  " + outcome;
        }
        return failed ? "" : "\n" + source + "\n  jinja fails: " + expected.get("err") + "\n  here  " + outcome;
    }
}
