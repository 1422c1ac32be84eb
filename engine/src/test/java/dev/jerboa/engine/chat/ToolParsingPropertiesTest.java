package dev.jerboa.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.chat.tool.ToolDefinition;
import dev.jerboa.engine.chat.tool.ToolFormat;
import dev.jerboa.engine.chat.tool.ToolText;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What holds of every format: what is written is read, cuts do not matter, and no text breaks the parser. */
class ToolParsingPropertiesTest {
    /** For each format, what its template contains. */
    private static final List<String> NEEDLES = List.of(
            "<tool_call>",
            "<function=<parameter=",
            "<seed:tool_call>",
            "｜DSML｜",
            "｜DSML｜tool_calls>",
            "<｜tool▁sep｜>```json",
            "<｜tool▁sep｜>",
            "<|tool_calls_section_begin|>",
            "<arg_key>",
            "</arg_key><arg_value>",
            "arg_key:opensource",
            "<minimax:tool_call>",
            "]<]minimax[>[",
            "<atem:function_calls>",
            "[TOOL_CALLS]",
            "[TOOL_CALLS][ARGS]",
            "\"parameters\": dictionary of argument name",
            "func_name1(",
            "<|tool_call_start|>",
            "<|tool_call>call:",
            "<|open|><|close|><|sep|>",
            "<|START_ACTION|>",
            "<|tools_prefix|>",
            "functools[",
            "<|tool_call|>",
            "<tool_calls>[",
            "<tool_calls>",
            "<TOOLCALL>",
            "<function name=",
            "<function=",
            "<|tool_call:begin|>",
            "<|function_call|>",
            "Write 'Action:' tool_name",
            "<|channel|>commentary");

    private static final List<String> WORDS = List.of(
            "a",
            "é",
            " ",
            "\n",
            "\"",
            "\\",
            "<",
            "</",
            ">",
            "{",
            "}",
            "[",
            "]",
            "'",
            "x y",
            "1",
            "true",
            ",",
            "]]",
            "\t",
            "</think>",
            "😀");

    private final Random random = new Random(7);

    private String words(int most) {
        StringBuilder out = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            out.append(WORDS.get(random.nextInt(WORDS.size())));
        }
        return out.toString();
    }

    private @Nullable Object value(int depth) {
        return switch (random.nextInt(depth == 0 ? 4 : 6)) {
            case 0 -> words(6);
            case 1 -> (long) random.nextInt(2000) - 1000;
            case 2 -> random.nextBoolean();
            case 3 -> random.nextInt(100) / 4.0 + 0.25;
            case 4 -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    list.add(value(depth - 1));
                }
                yield list;
            }
            default -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    map.put("key" + i, value(depth - 1));
                }
                yield map;
            }
        };
    }

    private static String type(@Nullable Object value) {
        return switch (value) {
            case String text -> "string";
            case Boolean flag -> "boolean";
            case Number number -> "number";
            case List<?> list -> "array";
            case null, default -> "object";
        };
    }

    /** Arguments, and the tool whose schema says their types. */
    private ToolDefinition tool(String name, Map<String, @Nullable Object> arguments) {
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        arguments.forEach((key, value) -> properties.put(key, Map.of("type", type(value))));
        return new ToolDefinition(name, "", Map.of("type", "object", "properties", properties));
    }

    @Test
    void everyFormatReadsWhatItWrites() {
        for (String needles : NEEDLES) {
            ReplyFormat format = new ReplyFormat(null, ToolFormat.of(needles));
            for (int round = 0; round < 60 && !format.isHarmony(); round++) {
                writtenIsRead(format);
            }
        }
    }

    private void writtenIsRead(ReplyFormat format) {
        List<ToolText.Written> calls = new ArrayList<>();
        List<ToolDefinition> tools = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
            for (int j = random.nextInt(4); j > 0; j--) {
                arguments.put("p" + j, value(2));
            }
            String name = "tool_" + i;
            calls.add(new ToolText.Written("functions." + name + ":" + i, name, arguments));
            tools.add(tool(name, arguments));
        }
        String text = ToolText.write(format.tools(), calls);
        ReplyCollector reply = new ReplyCollector();
        ReplyParser parser = new ReplyParser(format, false, tools, List.of(), () -> "id", reply);
        parser.accept(text);
        parser.finish();
        assertThat(reply.answer()).as("%s: %s", format.tools().name(), text).isEmpty();
        assertThat(reply.calls()).as("%s: %s", format.tools().name(), text).hasSameSizeAs(calls);
        for (int i = 0; i < calls.size(); i++) {
            assertThat(reply.calls().get(i).name()).isEqualTo(calls.get(i).name());
            assertThat(JsonOut.line(Json.parse(reply.calls().get(i).arguments(), text)))
                    .as("%s: %s", format.tools().name(), text)
                    .isEqualTo(JsonOut.line(calls.get(i).arguments()));
        }
    }

    /** Pieces of marks of a format, and other characters, in any order. */
    private String garbage(ReplyFormat format, int length) {
        List<String> pieces = new ArrayList<>(WORDS);
        String call = format.isHarmony()
                ? "<|channel|>commentary to=functions.t <|constrain|>json<|message|>{\"a\": 1}<|call|><|end|><|start|>assistant"
                : ToolText.write(
                        format.tools(),
                        List.of(
                                new ToolText.Written("functions.t:0", "t", Map.of("a", "b")),
                                new ToolText.Written("functions.t:1", "t", Map.of("c", 1))));
        for (int i = 0; i < 12; i++) {
            int from = random.nextInt(call.length());
            pieces.add(call.substring(from, Math.min(call.length(), from + 1 + random.nextInt(40))));
        }
        pieces.add(call);
        StringBuilder out = new StringBuilder();
        while (out.length() < length) {
            out.append(pieces.get(random.nextInt(pieces.size())));
        }
        return out.toString();
    }

    private static final List<ToolDefinition> TOOLS = List.of(new ToolDefinition(
            "t", "", Map.of("type", "object", "properties", Map.of("a", Map.of("type", "string")))));

    /** Arguments of whole calls are JSON objects, whatever came. */
    private static void check(List<String> events) {
        String arguments = "";
        for (String event : events) {
            if (event.startsWith("call ")) {
                arguments = "";
            } else if (event.startsWith("arguments ")) {
                arguments = event.substring("arguments ".length());
            } else if (event.equals("whole")) {
                Object value = Json.parse(arguments, "arguments");
                assertThat(value).isNotNull();
            }
        }
    }

    @Property(tries = 60)
    void garbageMeansTheSameAtEveryCut(@ForAll int seed) {
        random.setSeed(seed);
        for (String needles : NEEDLES) {
            ReplyFormat format = new ReplyFormat(ReasoningFormat.of(needles).orElse(null), ToolFormat.of(needles));
            String text = garbage(format, 60 + random.nextInt(200));
            List<String> whole = ReplyEvents.of(format, false, TOOLS, List.of("x y"), text);
            check(whole);
            assertThat(ReplyEvents.of(format, false, TOOLS, List.of("x y"), ReplyEvents.characters(text)))
                    .as("%s: %s", format.tools().name(), text)
                    .isEqualTo(whole);
            int i = random.nextInt(text.length());
            int j = i + random.nextInt(text.length() - i);
            assertThat(ReplyEvents.of(
                            format,
                            false,
                            TOOLS,
                            List.of("x y"),
                            text.substring(0, i),
                            text.substring(i, j),
                            text.substring(j)))
                    .as("%s cut at %d and %d: %s", format.tools().name(), i, j, text)
                    .isEqualTo(whole);
        }
    }

    /** Text without a whole mark is answer to the last character. */
    @Property(tries = 60)
    void textWithoutMarksIsAnswer(@ForAll int seed) {
        random.setSeed(seed);
        for (String needles : NEEDLES) {
            ReplyFormat format = new ReplyFormat(null, ToolFormat.of(needles));
            StringBuilder text = new StringBuilder("w");
            List<String> triggers = format.tools().triggers();
            for (int i = 0; i < 30; i++) {
                text.append(words(3));
                if (!triggers.isEmpty()) {
                    String trigger = triggers.get(random.nextInt(triggers.size()));
                    text.append(trigger, 0, random.nextInt(trigger.length())).append(' ');
                }
            }
            assertThat(ReplyEvents.of(format, false, TOOLS, List.of(), ReplyEvents.characters(text.toString())))
                    .as(needles)
                    .containsExactly("answer " + text);
        }
    }

    /** The thread's own time: what else the machine does is no matter. */
    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** Long texts take no long time, also where every mark is a false one. */
    @Test
    void timeIsLinear() {
        for (String needles : NEEDLES) {
            ReplyFormat format = new ReplyFormat(null, ToolFormat.of(needles));
            random.setSeed(3);
            String large = garbage(format, 240_000);
            String spaces = "w" + " ".repeat(240_000);
            String trigger = format.tools().triggers().isEmpty()
                    ? "[{"
                    : format.tools().triggers().getFirst();
            String falseMarks = trigger.repeat(240_000 / trigger.length());
            long start = cpuNanos();
            for (String text : List.of(large, spaces, falseMarks)) {
                ReplyCollector reply = new ReplyCollector();
                ReplyParser parser = new ReplyParser(format, false, TOOLS, List.of(), () -> "id", reply);
                parser.accept(text);
                parser.finish();
            }
            assertThat((cpuNanos() - start) / 1e9).as(needles).isLessThan(5.0);
        }
    }
}
