package dev.jerboa.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.chat.tool.Shape;
import dev.jerboa.engine.chat.tool.ToolChoice;
import dev.jerboa.engine.chat.tool.ToolDefinition;
import dev.jerboa.engine.chat.tool.ToolFormat;
import dev.jerboa.model.json.JsonOut;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Shapes of the formats: what they allow is what the parser reads. */
class ToolShapeTest {
    private static final ToolDefinition WEATHER = new ToolDefinition("get_weather", "", schema());
    private static final ToolDefinition TIME = new ToolDefinition("time", "", Map.of());

    private static Map<String, Object> schema() {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("city", Map.of("type", "string"));
        properties.put("days", Map.of("type", "integer"));
        return Map.of("type", "object", "properties", properties, "required", List.of("city"));
    }

    /** The shape as a text: {@code ‹J› ‹T until›}, repetitions once at least. */
    private static void example(Shape shape, StringBuilder out) {
        switch (shape) {
            case Shape.Literal(String text) -> out.append(text);
            case Shape.Text text -> out.append(text.until().isEmpty() ? "anything" : "some text");
            case Shape.Json(var schema) -> out.append(value(schema.get("type")));
            case Shape.Choice choice -> example(choice.options().getFirst(), out);
            case Shape.Sequence sequence -> sequence.parts().forEach(part -> example(part, out));
            case Shape.Repeat repeat -> example(repeat.body(), out);
        }
    }

    private static String value(@Nullable Object type) {
        return JsonOut.line(
                switch (String.valueOf(type)) {
                    case "object" -> Map.of("city", "Paris");
                    case "string" -> "Paris";
                    default -> 3L;
                });
    }

    private static final List<String> NEEDLES = List.of(
            "<tool_call>",
            "<function=<parameter=",
            "<seed:tool_call>",
            "｜DSML｜",
            "<｜tool▁sep｜>```json",
            "<｜tool▁sep｜>",
            "<|tool_calls_section_begin|>",
            "<arg_key>",
            "</arg_key><arg_value>",
            "<minimax:tool_call>",
            "]<]minimax[>[",
            "[TOOL_CALLS]",
            "[TOOL_CALLS][ARGS]",
            "\"parameters\": dictionary of argument name",
            "func_name1(",
            "<|tool_call_start|>",
            "<|tool_call>call:",
            "<|open|><|close|><|sep|>",
            "<|START_ACTION|>",
            "<|tools_prefix|>",
            "<|tool_call:begin|>",
            "<|channel|>commentary");

    @Test
    void whatAShapeAllowsIsRead() {
        for (String needles : NEEDLES) {
            ToolFormat format = ToolFormat.of(needles);
            for (boolean parallel : new boolean[] {false, true}) {
                for (ToolChoice choice : List.of(
                        new ToolChoice.Required(), new ToolChoice.Named("get_weather"), new ToolChoice.Auto())) {
                    StringBuilder text = new StringBuilder();
                    example(format.shape(List.of(WEATHER, TIME), choice, parallel), text);
                    if (choice instanceof ToolChoice.Auto && format.layout() == ToolFormat.Layout.BARE) {
                        assertThat(text).hasToString("anything");
                    } else {
                        read(format, text.toString());
                    }
                }
            }
        }
    }

    private static void read(ToolFormat format, String text) {
        List<String> events = new ArrayList<>(
                ReplyEvents.of(new ReplyFormat(null, format), false, List.of(WEATHER, TIME), List.of(), text));
        events.removeIf(event -> event.startsWith("answer some text") || event.startsWith("thinking some text"));
        assertThat(events.size() % 3)
                .as("%s: %s → %s", format.name(), text, events)
                .isZero();
        assertThat(events).as("%s: %s", format.name(), text).isNotEmpty();
        for (int i = 0; i < events.size(); i += 3) {
            assertThat(events.get(i)).as("%s: %s", format.name(), text).endsWith("get_weather");
            assertThat(events.get(i + 1)).as("%s: %s", format.name(), text).contains("\"city\": ");
            assertThat(events.get(i + 2)).as("%s: %s", format.name(), text).isEqualTo("whole");
        }
    }

    @Test
    void withoutACallAnyTextIsValid() {
        ToolFormat format = ToolFormat.hermes();
        assertThat(format.shape(List.of(WEATHER), new ToolChoice.None(), true)).isEqualTo(new Shape.Text(""));
        assertThat(format.shape(List.of(), new ToolChoice.Auto(), true)).isEqualTo(new Shape.Text(""));
        assertThatThrownBy(() -> format.shape(List.of(WEATHER), new ToolChoice.Named("other"), true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("other");
    }
}
