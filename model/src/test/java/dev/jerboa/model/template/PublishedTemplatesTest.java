package dev.jerboa.model.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.jerboa.model.json.Json;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Published chat templates over the oracle's conversations, compared with what jinja2 renders. */
class PublishedTemplatesTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2025-03-04T12:00:00Z"), ZoneOffset.UTC);

    @TestFactory
    List<DynamicTest> everyTemplateRendersAsTheReferenceDoes() {
        Path folder = SharedFolder.require("oracle/templates");
        Map<String, @Nullable Object> cases = Json.object(folder.resolve("cases.json"));
        List<DynamicTest> tests = new ArrayList<>();
        Json.object(folder.resolve("expected.json"))
                .forEach((file, expectations) -> Json.asObject(expectations, file)
                        .forEach((name, expected) -> tests.add(DynamicTest.dynamicTest(
                                file + " " + name,
                                () -> check(
                                        folder.resolve(file),
                                        Json.asObject(cases.get(name), name),
                                        Json.asObject(expected, name))))));
        assertThat(tests).hasSizeGreaterThan(300);
        return tests;
    }

    private static void check(Path file, Map<String, ?> variables, Map<String, ?> expected) throws IOException {
        String source = Files.readString(file);
        if (expected.get("ok") instanceof String text) {
            ChatTemplate template = ChatTemplate.parse(source, file.toString());
            assertThat(template.render(variables, CLOCK).text()).isEqualTo(text);
            return;
        }
        String error = String.valueOf(expected.get("err"));
        try {
            String text = ChatTemplate.parse(source, file.toString())
                    .render(variables, CLOCK)
                    .text();
            fail("expected " + error + ", rendered " + text);
        } catch (TemplateException e) {
            String reason = error.substring(error.indexOf(": ") + 2);
            if (error.startsWith("TemplateError") || error.startsWith("UndefinedError")) {
                assertThat(e.reason()).isEqualTo(reason);
            }
        }
    }
}
