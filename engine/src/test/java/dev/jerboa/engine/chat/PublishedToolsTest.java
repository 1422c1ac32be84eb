package dev.jerboa.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.engine.chat.tool.ToolDefinition;
import dev.jerboa.engine.chat.tool.ToolFormat;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.template.TemplateException;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Calls through published templates and back: the template writes a call, the parser reads it. */
class PublishedToolsTest {
    /** Templates that fail as soon as there are tools. */
    private static final Set<String> REFUSING = Set.of("llama-cpp-deepseek-r1.jinja");

    /** Functionary 3.2 begins every message, plain ones too, with a recipient that its mark is part of the prompt of. */
    private static final String RECIPIENTS = "meetkai-functionary-medium-v3.2.jinja";

    private static final ToolDefinition WEATHER = ToolDefinition.of(Map.of(
            "type",
            "function",
            "function",
            Map.of(
                    "name",
                    "get_weather",
                    "description",
                    "Weather now",
                    "parameters",
                    Map.of(
                            "type",
                            "object",
                            "properties",
                            Map.of(
                                    "city", Map.of("type", "string", "description", "City"),
                                    "days", Map.of("type", "integer", "description", "Days"),
                                    "exact", Map.of("type", "boolean", "description", "Exact"),
                                    "tags", Map.of("type", "array", "description", "Tags")),
                            "required",
                            List.of("city")))));

    private static List<Path> templates() throws IOException {
        try (var files = Files.list(SharedFolder.require("oracle/templates"))) {
            return files.filter(file -> file.toString().endsWith(".jinja"))
                    .sorted()
                    .toList();
        }
    }

    private static ChatPrompt prompt(Path file) throws IOException {
        return new ChatPrompt(Files.readString(file), file.getFileName().toString(), "<BOS>", "<EOS>");
    }

    private static Map<String, @Nullable Object> arguments() {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        arguments.put("city", "Cór \"do\"\nba <b>");
        arguments.put("days", 3L);
        arguments.put("exact", true);
        arguments.put("tags", List.of("a", 1L));
        return arguments;
    }

    /** A conversation that ends with a call's result. */
    private static List<ChatMessage> conversation(ToolCall... calls) {
        List<ChatMessage> messages = new ArrayList<>();
        messages.add(ChatMessage.user("QUESTION"));
        messages.add(ChatMessage.assistant("", null, List.of(calls)));
        for (ToolCall call : calls) {
            messages.add(ChatMessage.tool(call.id(), call.name(), "RESULT"));
        }
        return messages;
    }

    @TestFactory
    List<DynamicTest> aCallComesBackAsItWas() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path file : templates()) {
            String name = file.getFileName().toString();
            if (!REFUSING.contains(name) && !name.equals(RECIPIENTS)) {
                tests.add(DynamicTest.dynamicTest(name, () -> roundTrip(file)));
            }
        }
        return tests;
    }

    private static void roundTrip(Path file) throws IOException {
        ChatPrompt prompt = prompt(file);
        String json = "{\"city\": \"Cór \\\"do\\\"\\nba <b>\", \"days\": 3, \"exact\": true, \"tags\": [\"a\", 1]}";
        ToolCall call = new ToolCall("abcdefghi", "get_weather", json);
        Map<String, String> variables = Map.of("datetime", "today"); // which Firefunction's insists on
        String whole = prompt.render(conversation(call), List.of(WEATHER.variables()), variables);
        String written = written(whole);
        if (prompt.format().tools().layout() == ToolFormat.Layout.BARE) {
            String header = "assistant<|end_header_id|>";
            written = written.substring(written.indexOf(header) + header.length());
        }
        ReplyCollector reply = new ReplyCollector();
        ReplyParser parser =
                new ReplyParser(prompt.format(), false, List.of(WEATHER), List.of(), () -> "generated", reply);
        parser.accept(written);
        parser.finish();
        assertThat(reply.calls()).as("calls in: %s", written).hasSize(1);
        assertThat(reply.calls().getFirst().name()).isEqualTo("get_weather");
        Object back = Json.parse(reply.calls().getFirst().arguments(), "arguments");
        assertThat(back).as("arguments in: %s", written).isEqualTo(arguments());
    }

    /** What the assistant wrote: between the question and the result. */
    private static String written(String prompt) {
        int from = prompt.lastIndexOf("QUESTION") + "QUESTION".length();
        int to = prompt.lastIndexOf("RESULT");
        assertThat(to).as("the result in: %s", prompt).isGreaterThan(from);
        return prompt.substring(from, to);
    }

    /** Given the oracle's tool turn, the same prompt comes out as from the reference, with arguments of either kind. */
    @TestFactory
    List<DynamicTest> toolTurnsRenderAsTheReferenceDoes() throws IOException {
        Map<String, @Nullable Object> expected =
                Json.object(SharedFolder.require("oracle/templates").resolve("expected.json"));
        Map<String, @Nullable Object> turn = Json.asObject(
                Json.object(SharedFolder.require("oracle/templates").resolve("cases.json"))
                        .get("toolturn"),
                "toolturn");
        List<DynamicTest> tests = new ArrayList<>();
        for (Path file : templates()) {
            String name = file.getFileName().toString();
            Map<String, @Nullable Object> result =
                    Json.asObject(Json.asObject(expected.get(name), name).get("toolturn"), name);
            if (result.get("ok") instanceof String text) {
                tests.add(DynamicTest.dynamicTest(name, () -> sameTurn(file, turn, text)));
            }
        }
        return tests;
    }

    private static void sameTurn(Path file, Map<String, @Nullable Object> turn, String expected) throws IOException {
        ChatPrompt prompt = prompt(file);
        if (!prompt.hasTools() || !expected.contains("rdoba")) {
            return; // the reference leaves out what Jerboa tells in words
        }
        List<Map<String, @Nullable Object>> tools = new ArrayList<>();
        Json.asList(turn.get("tools"), "tools").forEach(tool -> tools.add(Json.asObject(tool, "tool")));
        Map<String, @Nullable Object> variables = Map.of("pad_token", "<PAD>", "unk_token", "<UNK>");
        for (boolean text : new boolean[] {false, true}) {
            List<ChatMessage> messages = new ArrayList<>();
            Json.asList(turn.get("messages"), "messages")
                    .forEach(value -> messages.add(message(Json.asObject(value, "message"), text)));
            String rendered = prompt.render(messages, tools, variables);
            assertThat(tail(rendered)).isEqualTo(tail(expected));
        }
    }

    /** Without what depends on the date; text passes through as it is where the template escapes what is not ASCII. */
    private static String tail(String prompt) {
        return prompt.substring(prompt.lastIndexOf("two")).replace("\\u00f3", "ó");
    }

    @SuppressWarnings("NullAway") // the class file of a record's constructor does not say that values may be null
    private static ChatMessage message(Map<String, @Nullable Object> value, boolean text) {
        List<Map<String, @Nullable Object>> calls = new ArrayList<>();
        if (value.get("tool_calls") instanceof List<?> list) {
            list.forEach(item -> calls.add(call(Json.asObject(item, "call"), text)));
        }
        return new ChatMessage(
                String.valueOf(value.get("role")),
                ChatMessage.text(value.get("content")),
                null,
                calls,
                value.get("tool_call_id") instanceof String id ? id : null,
                value.get("name") instanceof String name ? name : null);
    }

    private static Map<String, @Nullable Object> call(Map<String, @Nullable Object> call, boolean text) {
        if (!text) {
            return call;
        }
        Map<String, @Nullable Object> function = new LinkedHashMap<>(Json.asObject(call.get("function"), "function"));
        function.put("arguments", "{\"city\": \"Córdoba\", \"unit\": \"c\"}");
        Map<String, @Nullable Object> out = new LinkedHashMap<>(call);
        out.put("function", function);
        return out;
    }

    @Test
    void refusalsAreTheTemplates() throws IOException {
        for (Path file : templates()) {
            if (REFUSING.contains(file.getFileName().toString())) {
                ChatPrompt prompt = prompt(file);
                ToolCall call = new ToolCall("abcdefghi", "get_weather", "{}");
                assertThatThrownBy(() -> prompt.render(conversation(call), List.of(WEATHER.variables()), Map.of()))
                        .isInstanceOf(TemplateException.class);
            }
        }
    }

    @Test
    void knowsThePublishedFormats() throws IOException {
        Set<String> formats = new TreeSet<>();
        for (Path file : templates()) {
            formats.add(prompt(file).format().tools().name());
        }
        assertThat(formats).hasSizeGreaterThan(25);
    }
}
