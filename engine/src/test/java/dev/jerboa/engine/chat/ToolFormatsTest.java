package dev.jerboa.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.chat.tool.ToolDefinition;
import dev.jerboa.engine.chat.tool.ToolFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What families write, as they write it and as it goes wrong, whole and at every cut. */
class ToolFormatsTest {
    static final ToolDefinition WEATHER = new ToolDefinition(
            "get_weather",
            "Weather now",
            schema(Map.of(
                    "city", Map.of("type", "string"),
                    "days", Map.of("type", "integer"),
                    "exact", Map.of("type", "boolean"),
                    "places", Map.of("type", "array"),
                    "options", Map.of("type", "object"))));
    static final ToolDefinition TIME = new ToolDefinition("time", "", Map.of());
    static final List<ToolDefinition> TOOLS = List.of(WEATHER, TIME);

    private static Map<String, Object> schema(Map<String, ?> properties) {
        return Map.of("type", "object", "properties", properties);
    }

    /** A text in the format of a template that contains {@code needles}, and what it means. */
    record Sample(String needles, String text, List<String> events) {
        Sample(String needles, String text, String... events) {
            this(needles, text, List.of(events));
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private static final String HERMES = "<tool_call>";
    private static final String QWEN = "<function=<parameter=";
    private static final String SEED = "<seed:tool_call>";
    private static final String DSML = "｜DSML｜";
    private static final String R1 = "<｜tool▁sep｜>```json";
    private static final String V31 = "<｜tool▁sep｜>";
    private static final String KIMI = "<|tool_calls_section_begin|>";
    private static final String GLM = "<arg_key>";
    private static final String MINIMAX = "<minimax:tool_call>";
    private static final String M3 = "]<]minimax[>[";
    private static final String LIST = "[TOOL_CALLS]";
    private static final String ARGS = "[TOOL_CALLS][ARGS]";
    private static final String LLAMA = "\"parameters\": dictionary of argument name";
    private static final String PYTHONIC = "func_name1(";
    private static final String LIQUID = "<|tool_call_start|>";
    private static final String GEMMA = "<|tool_call>call:";
    private static final String HARMONY = "<|channel|>commentary";
    private static final String K3 = "<|open|><|close|><|sep|>";
    private static final String COHERE = "<|START_ACTION|>";

    private static final String PARIS = "call 0 id0 get_weather";

    static List<Sample> samples() {
        List<Sample> all = new ArrayList<>();
        json(all);
        tags(all);
        sections(all);
        bare(all);
        harmony(all);
        return all;
    }

    private static void json(List<Sample> all) {
        String call = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>";
        all.add(new Sample(HERMES, call, PARIS, "arguments {\"city\": \"Paris\"}", "whole"));
        all.add(new Sample(
                HERMES,
                "I look.\n\n" + call + "\n<tool_call>{\"arguments\": {}, \"name\": \"time\"}</tool_call>\n",
                "answer I look.",
                PARIS,
                "arguments {\"city\": \"Paris\"}",
                "whole",
                "call 1 id1 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(
                HERMES, call + "\n\nDone.", PARIS, "arguments {\"city\": \"Paris\"}", "whole", "answer \n\nDone."));
        all.add(new Sample(
                HERMES, "<tool_call>{\"name\":\"time\"}</tool_call>", "call 0 id0 time", "arguments {}", "whole"));
        all.add(new Sample(
                HERMES,
                "<tool_call>{\"name\":\"time\",\"arguments\":\"{\\\"a\\\": 1}\",\"x\":[1,{\"y\":null}]}</tool_call>",
                "call 0 id0 time",
                "arguments {\"a\": 1}",
                "whole"));
        all.add(new Sample(
                HERMES,
                "<tool_call>{\"name\":\"time\",\"arguments\":{\"a\":\"1\n2\"}}",
                "call 0 id0 time",
                "arguments {\"a\":\"1\\n2\"}",
                "whole"));
        all.add(new Sample(HERMES, "Use <tool_call> and {\"x\": 1}.", "answer Use <tool_call> and {\"x\": 1}."));
        all.add(new Sample(
                HERMES, "<tool_call>{\"nam\": 1}</tool_call>", "answer <tool_call>{\"nam\": 1}</tool_call>"));
        all.add(new Sample(HERMES, "<tool_call>{\"name\": \"time\"", "answer <tool_call>{\"name\": \"time\""));
        all.add(new Sample(
                HERMES,
                "<tool_call>{\"name\": \"time\", \"arguments\": {\"a\": tru",
                "call 0 id0 time",
                "arguments {\"a\": tru",
                "incomplete"));
        all.add(new Sample(
                HERMES,
                "<tool_call>{\"name\": \"time\", \"arguments\": {\"a\": oh no}}</tool_call>",
                "call 0 id0 time",
                "arguments {\"a\": ",
                "incomplete",
                "answer oh no}}</tool_call>"));
        all.add(new Sample(
                HERMES,
                "<tool_call><tool_call>" + "{\"name\": \"time\", \"arguments\": {}}</tool_call>",
                "answer <tool_call>",
                "call 0 id0 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(HERMES, "a < b <tool", "answer a < b <tool"));
        all.add(new Sample(HERMES, "  \n", "answer   \n"));
        all.add(new Sample(
                LIST,
                "[TOOL_CALLS][{\"name\": \"get_weather\", \"arguments\": {\"days\": 2}}, {\"name\": \"time\","
                        + " \"arguments\": {}}]",
                PARIS,
                "arguments {\"days\": 2}",
                "whole",
                "call 1 id1 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(
                COHERE,
                "<|START_ACTION|>[\n    {\"tool_call_id\": \"0\", \"tool_name\": \"time\", \"parameters\": {}}\n]<|END_ACTION|>",
                "call 0 id0 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(
                "<|tools_prefix|>",
                "<|tools_prefix|>[{\"time\": {}}, {\"get_weather\": {\"city\": \"x\"}}]<|tools_suffix|>",
                "call 0 id0 time",
                "arguments {}",
                "whole",
                "call 1 id1 get_weather",
                "arguments {\"city\": \"x\"}",
                "whole"));
        all.add(new Sample(
                "functools[",
                "functools[{\"name\": \"time\", \"arguments\": {}}]",
                "call 0 id0 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(
                "<|tool_call|>",
                "<|tool_call|>[{\"name\": \"time\", \"arguments\": {}}]",
                "call 0 id0 time",
                "arguments {}",
                "whole"));
    }

    private static void tags(List<Sample> all) {
        all.add(new Sample(
                QWEN,
                "<tool_call>\n<function=get_weather>\n<parameter=city>\nNew\nYork \"x\"\n</parameter>\n<parameter=days>\n3\n"
                        + "</parameter>\n<parameter=exact>\nTrue\n</parameter>\n<parameter=places>\n[1, 2]\n</parameter>\n"
                        + "</function>\n</tool_call>",
                PARIS,
                "arguments {\"city\": \"New\\nYork \\\"x\\\"\", \"days\": 3, \"exact\": true, \"places\": [1, 2]}",
                "whole"));
        all.add(new Sample(
                QWEN,
                "<function=time>\n</function>\n</tool_call>\n<tool_call>\n<function=time></function></tool_call>",
                "call 0 id0 time",
                "arguments {}",
                "whole",
                "call 1 id1 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(
                QWEN,
                "<tool_call>\n<function=get_weather>\n<parameter=days>\nsoon\n</parameter>\n<parameter=new>\n01\n</parameter>\n"
                        + "</tool_call>",
                PARIS,
                "arguments {\"days\": \"soon\", \"new\": \"01\"}",
                "whole"));
        all.add(new Sample(
                QWEN,
                "<tool_call>\n<function=get_weather>\n<parameter=city>\nLond",
                PARIS,
                "arguments {\"city\": \"Lond",
                "incomplete"));
        all.add(new Sample(
                QWEN, "Write <function=x> or <parameter=y>.", "answer Write <function=x> or <parameter=y>."));
        all.add(new Sample(
                SEED,
                "<seed:tool_call>\n<function=get_weather>\n<parameter=city>a<b</parameter>\n</function>\n</seed:tool_call>",
                PARIS,
                "arguments {\"city\": \"a<b\"}",
                "whole"));
        all.add(new Sample(
                MINIMAX,
                "<minimax:tool_call>\n<invoke name=\"get_weather\">\n<parameter name=\"city\">X</parameter>\n"
                        + "<parameter name=\"options\">{\"a\": [true]}</parameter>\n</invoke>\n<invoke name=\"time\">\n</invoke>\n"
                        + "</minimax:tool_call>",
                PARIS,
                "arguments {\"city\": \"X\", \"options\": {\"a\": [true]}}",
                "whole",
                "call 1 id1 time",
                "arguments {}",
                "whole"));
        String ns = "]<]minimax[>[";
        all.add(new Sample(
                M3,
                ns + "<tool_call>\n" + ns + "<invoke name=\"get_weather\">" + ns + "<city>X" + ns + "</city>" + ns
                        + "<places>" + ns + "<item>1" + ns + "</item>" + ns + "<item>b" + ns + "</item>" + ns
                        + "</places>"
                        + ns + "<options>" + ns + "<deep>" + ns + "<k>true" + ns + "</k>" + ns + "</deep>" + ns
                        + "</options>" + ns + "</invoke>\n" + ns + "</tool_call>",
                PARIS,
                "arguments {\"city\": \"X\", \"places\": [1, \"b\"], \"options\": {\"deep\": {\"k\": true}}}",
                "whole"));
        all.add(new Sample(
                DSML,
                "Hi\n\n<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"f\">\n"
                        + "<｜DSML｜parameter name=\"a\" string=\"true\">1</｜DSML｜parameter>\n"
                        + "<｜DSML｜parameter name=\"b\" string=\"false\">1</｜DSML｜parameter>\n"
                        + "</｜DSML｜invoke>\n</｜DSML｜function_calls>",
                "answer Hi",
                "call 0 id0 f",
                "arguments {\"a\": \"1\", \"b\": 1}",
                "whole"));
        all.add(new Sample(
                GLM,
                "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>X</arg_value>\n<arg_key>days</arg_key>\n"
                        + "<arg_value>2</arg_value>\n</tool_call><tool_call>time</tool_call>",
                PARIS,
                "arguments {\"city\": \"X\", \"days\": 2}",
                "whole",
                "call 1 id1 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(GLM, "A <tool_call> tag is here.", "answer A <tool_call> tag is here."));
        all.add(new Sample(
                "<function name=",
                "<function name=\"get_weather\"><param name=\"city\">X</param></function>",
                PARIS,
                "arguments {\"city\": \"X\"}",
                "whole"));
        all.add(new Sample(
                K3,
                "<|open|>response<|sep|>Hm.<|close|>response<|sep|><|open|>tools<|sep|><|open|>call tool=\"get_weather\""
                        + " index=\"1\"<|sep|><|open|>argument key=\"city\" type=\"string\"<|sep|>5<|close|>argument<|sep|>"
                        + "<|open|>argument key=\"n\" type=\"number\"<|sep|>5<|close|>argument<|sep|><|close|>call<|sep|>"
                        + "<|close|>tools<|sep|><|close|>message<|sep|>",
                "answer Hm.",
                PARIS,
                "arguments {\"city\": \"5\", \"n\": 5}",
                "whole"));
    }

    private static void sections(List<Sample> all) {
        all.add(new Sample(
                R1,
                "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n{\"city\": \"X\"}\n```"
                        + "<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>time\n```json\n{}\n```"
                        + "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
                PARIS,
                "arguments {\"city\": \"X\"}",
                "whole",
                "call 1 id1 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(
                V31,
                "So:<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>time<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
                "answer So:",
                "call 0 id0 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(
                KIMI,
                "<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{\"days\": 1}"
                        + "<|tool_call_end|><|tool_call_begin|>functions.time:1<|tool_call_argument_begin|>{}<|tool_call_end|>"
                        + "<|tool_calls_section_end|>",
                "call 0 functions.get_weather:0 get_weather",
                "arguments {\"days\": 1}",
                "whole",
                "call 1 functions.time:1 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(
                ARGS,
                "[TOOL_CALLS]get_weather[ARGS]{\"city\": \"X\"}[TOOL_CALLS]time[CALL_ID]abcdefghi[ARGS]{}",
                PARIS,
                "arguments {\"city\": \"X\"}",
                "whole",
                "call 1 abcdefghi time",
                "arguments {}",
                "whole"));
        all.add(new Sample(
                "<|tool_call:begin|>",
                "<|tool_calls|><|tool_call:begin|>xyz<|tool_call:name|>time<|tool_call:args|>{}<|tool_call:end|>",
                "call 0 xyz time",
                "arguments {}",
                "whole"));
        all.add(new Sample(
                "<|function_call|>",
                "<|function_call|>{\"name\": \"time\", \"arguments\": {}}",
                "call 0 id0 time",
                "arguments {}",
                "whole"));
    }

    private static void bare(List<Sample> all) {
        all.add(new Sample(
                LLAMA,
                "{\"name\": \"get_weather\", \"parameters\": {\"city\": \"X\"}}",
                PARIS,
                "arguments {\"city\": \"X\"}",
                "whole"));
        all.add(new Sample(
                LLAMA,
                "{\"name\": \"get_weather\", \"parameters\": {}}; {\"name\": \"time\", \"parameters\": {}}",
                PARIS,
                "arguments {}",
                "whole",
                "call 1 id1 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(LLAMA, "{\"name\": \"Bob\", \"age\": 5}", "answer {\"name\": \"Bob\", \"age\": 5}"));
        all.add(new Sample(
                LLAMA,
                "Like {\"name\": \"time\", \"parameters\": {}}",
                "answer Like {\"name\": \"time\", \"parameters\": {}}"));
        all.add(new Sample(
                LLAMA,
                "<|python_tag|>{\"name\": \"time\", \"parameters\": {}}",
                "call 0 id0 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(
                PYTHONIC,
                "[get_weather(city='Pa\\'ris', days=-3, exact=True, places=[1, 'b',], options={'a': None, \"b\": (1,)}), time()]",
                PARIS,
                "arguments {\"city\": \"Pa'ris\", \"days\": -3, \"exact\": true, \"places\": [1, \"b\"], \"options\": {\"a\":"
                        + " null, \"b\": [1]}}",
                "whole",
                "call 1 id1 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(PYTHONIC, "[1, 2] is a list", "answer [1, 2] is a list"));
        all.add(new Sample(PYTHONIC, "[see(this)]", "answer [see(this)]"));
        all.add(new Sample(
                LIQUID,
                "Ok <|tool_call_start|>[f(x=\"a\\n\\u00e9\\q\", y=1.5)]<|tool_call_end|> then",
                "answer Ok",
                "call 0 id0 f",
                "arguments {\"x\": \"a\\né\\\\q\", \"y\": 1.5}",
                "whole",
                "answer  then"));
        all.add(new Sample(
                GEMMA,
                "<|tool_call>call:get_weather{city:<|\"|>it's <b><|\"|>,days:2,options:{a:true,b:[<|\"|>x<|\"|>]}}<tool_call|>",
                PARIS,
                "arguments {\"city\": \"it's <b>\", \"days\": 2, \"options\": {\"a\": true, \"b\": [\"x\"]}}",
                "whole"));
    }

    private static void harmony(List<Sample> all) {
        all.add(new Sample(
                HARMONY,
                "<|channel|>analysis<|message|>Hm <b>.<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>",
                "thinking Hm <b>.",
                "answer Yes."));
        all.add(new Sample(
                HARMONY,
                "<|channel|>analysis<|message|>A<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather"
                        + " <|constrain|>json<|message|>{\"city\": \"X\"}<|call|>",
                "thinking A",
                PARIS,
                "arguments {\"city\": \"X\"}",
                "whole"));
        all.add(new Sample(
                HARMONY,
                " to=functions.time<|channel|>commentary json<|message|>{}",
                "call 0 id0 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(
                HARMONY,
                "<|channel|>analysis<|message|>A<|end|><|start|>assistant<|channel|>commentary<|message|>I look.<|end|>"
                        + "<|start|>assistant to=functions.time<|channel|>analysis<|message|>{}<|call|>",
                "thinking A",
                "answer I look.",
                "call 0 id0 time",
                "arguments {}",
                "whole"));
        all.add(new Sample(
                HARMONY,
                "<|channel|>analysis<|message|>A<|end|><|start|>assistant<|channel|>analysis<|message|>B<|end|>",
                "thinking A\n\nB"));
        all.add(new Sample(HARMONY, "No marks at all.", "answer No marks at all."));
        all.add(new Sample(
                HARMONY,
                "<|channel|>commentary to=functions.time<|message|>{\"a\": ",
                "call 0 id0 time",
                "arguments {\"a\": ",
                "incomplete"));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void meansTheSameAtEveryCut(Sample sample) {
        ReplyFormat format = new ReplyFormat(
                sample.needles.equals(K3) ? ReasoningFormat.of(K3).orElseThrow() : null, ToolFormat.of(sample.needles));
        List<String> expected = sample.events;
        String text = sample.text;
        assertThat(ReplyEvents.of(format, false, TOOLS, List.of(), text))
                .as("whole, %s", format.tools().name())
                .isEqualTo(expected);
        assertThat(ReplyEvents.of(format, false, TOOLS, List.of(), ReplyEvents.characters(text)))
                .as("by characters")
                .isEqualTo(expected);
        for (int i = 1; i < text.length(); i++) {
            assertThat(ReplyEvents.of(format, false, TOOLS, List.of(), text.substring(0, i), text.substring(i)))
                    .as("cut at %d", i)
                    .isEqualTo(expected);
        }
    }

    @Test
    void withoutToolsNothingIsACall() {
        String text = "<tool_call>{\"name\": \"time\", \"arguments\": {}}</tool_call>";
        ReplyFormat format = new ReplyFormat(null, ToolFormat.hermes());
        assertThat(ReplyEvents.of(format, false, List.of(), List.of(), text)).containsExactly("answer " + text);
    }

    @Test
    void thinkingMaySpeakOfCallsAndStopStringsLookAtTheAnswerOnly() {
        ReplyFormat format = ReplyFormat.of("<think></think><tool_call>");
        assertThat(ReplyEvents.of(
                        format,
                        true,
                        TOOLS,
                        List.of("Paris"),
                        "I could <tool_call> for Paris.</think>\n<tool_call>{\"name\": \"get_weather\", \"arguments\":"
                                + " {\"city\": \"Paris\"}}</tool_call>In Paris"))
                .containsExactly(
                        "thinking I could <tool_call> for Paris.",
                        PARIS,
                        "arguments {\"city\": \"Paris\"}",
                        "whole",
                        "answer In ");
    }

    @Test
    void aSpecialMarkEndsThinkingThatWasNotClosed() {
        ReplyFormat format = ReplyFormat.of("<think></think><|tool_calls_section_begin|>");
        String text = "So, I look <| now.<|tool_calls_section_begin|><|tool_call_begin|>functions.time:0"
                + "<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>";
        List<String> events = ReplyEvents.of(format, true, TOOLS, List.of(), text);
        assertThat(events)
                .containsExactly(
                        "thinking So, I look <| now.", "call 0 functions.time:0 time", "arguments {}", "whole");
        assertThat(ReplyEvents.of(format, true, TOOLS, List.of(), ReplyEvents.characters(text)))
                .isEqualTo(events);
    }

    @Test
    void callsAfterAStopStringAreNotTold() {
        ReplyFormat format = ReplyFormat.of("<tool_call>");
        assertThat(ReplyEvents.of(
                        format,
                        false,
                        TOOLS,
                        List.of("STOP"),
                        "a STOP <tool_call>{\"name\": \"time\", \"arguments\": {}}</tool_call>"))
                .containsExactly("answer a ");
    }

    @Test
    void argumentsStreamBeforeTheCallEnds() {
        ReplyCollector[] reply = {new ReplyCollector()};
        StringBuilder arguments = new StringBuilder();
        ReplyListener listener = new ReplyListener() {
            @Override
            public void reasoning(CharSequence text) {}

            @Override
            public void answer(CharSequence text) {}

            @Override
            public void callStarted(int index, String id, String name) {
                reply[0].callStarted(index, id, name);
            }

            @Override
            public void callArguments(int index, CharSequence json) {
                arguments.append(json);
            }

            @Override
            public void callFinished(int index, boolean whole) {}
        };
        ReplyParser parser = new ReplyParser(ReplyFormat.of(QWEN), false, TOOLS, List.of(), () -> "x", listener);
        parser.accept("<tool_call>\n<function=get_weather>\n<parameter=city>\nNew Yo");
        assertThat(arguments).hasToString("{\"city\": \"New Yo");
        parser.accept("rk\n</para");
        assertThat(arguments).hasToString("{\"city\": \"New York");
    }
}
