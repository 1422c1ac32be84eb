package dev.jerboa.engine.chat.tool;

import dev.jerboa.engine.chat.tool.Part.Around;
import dev.jerboa.engine.chat.tool.Part.Naming;
import dev.jerboa.engine.chat.tool.Part.Syntax;
import dev.jerboa.engine.chat.tool.Part.Types;
import dev.jerboa.engine.chat.tool.ToolFormat.Layout;
import java.util.List;
import java.util.Set;

/**
 * The table of formats: what each looks like, and what a chat template's source says where it uses it. From the templates
 * that the families published.
 */
final class ToolFormats {
    private ToolFormats() {}

    static final Set<String> HARMONY_MARKS =
            Set.of("<|start|>", "<|channel|>", "<|constrain|>", "<|message|>", "<|end|>", "<|call|>", "<|return|>");

    /** {@code <|channel|>commentary to=functions.f <|constrain|>json<|message|>{…}<|call|>}. */
    private static final ToolFormat HARMONY =
            new ToolFormat("harmony", Layout.HARMONY, List.of(), List.of(), "", List.of(), false);

    static final ToolFormat HERMES =
            alone("hermes", lit("<tool_call>"), gap("\n"), json("arguments"), gap("\n"), lit("</tool_call>"));

    /** {@code <tool_call><function=f><parameter=k>v</parameter></function></tool_call>}, every tag on its line. */
    private static final ToolFormat QWEN_CODER =
            functionTags("qwen-coder", "<tool_call>", "</tool_call>", Around.LINES);

    private static final ToolFormat SEED =
            functionTags("seed", "<seed:tool_call>", "</seed:tool_call>", Around.NOTHING);

    private static final ToolFormat DSML_V3 = dsml("dsml-function-calls", "function_calls");
    private static final ToolFormat DSML_V4 = dsml("dsml-tool-calls", "tool_calls");

    private static final ToolFormat MINIMAX =
            invoke("minimax", "<minimax:tool_call>", "", "</minimax:tool_call>", "\n");
    private static final ToolFormat ATEM =
            invoke("atem", "<atem:function_calls>", "atem:", "</atem:function_calls>", "\n");

    /** Elements named by the parameter, each tag after a mark that no text contains. */
    private static final ToolFormat MINIMAX_3 = section(
            "minimax-3",
            List.of(lit("]<]minimax[>[<tool_call>"), gap("\n")),
            List.of(
                    lit("]<]minimax[>[<invoke name=\""),
                    name("\">"),
                    new Part.Parameters(
                            "]<]minimax[>[<", ">", "", "]<]minimax[>[</{key}>", Around.NOTHING, Types.SCHEMA),
                    lit("]<]minimax[>[</invoke>"),
                    gap("\n")),
            "",
            List.of(lit("]<]minimax[>[</tool_call>")));

    private static final ToolFormat MINICPM = alone(
            "minicpm",
            lit("<function name=\""),
            name("\">"),
            new Part.Parameters("<param name=\"", "\">", "", "</param>", Around.CDATA, Types.SCHEMA),
            lit("</function>"));

    private static final ToolFormat GLM = arguments("glm", "\n");
    private static final ToolFormat GLM_COMPACT = arguments("glm-compact", "");

    private static final ToolFormat HUNYUAN = section(
            "hunyuan",
            List.of(lit("<tool_calls:opensource>"), gap("\n")),
            List.of(
                    lit("<tool_call:opensource>"),
                    name("<tool_sep:opensource>"),
                    gap("\n"),
                    new Part.Parameters(
                            "<arg_key:opensource>",
                            "</arg_key:opensource>",
                            "<arg_value:opensource>",
                            "</arg_value:opensource>",
                            Around.NOTHING,
                            Types.SCHEMA),
                    gap("\n"),
                    lit("</tool_call:opensource>"),
                    gap("\n")),
            "",
            List.of(lit("</tool_calls:opensource>")));

    private static final ToolFormat DEEPSEEK_R1 = section(
            "deepseek-r1",
            List.of(lit("<｜tool▁calls▁begin｜>")),
            List.of(
                    lit("<｜tool▁call▁begin｜>"),
                    lit("function"),
                    lit("<｜tool▁sep｜>"),
                    name("\n```json"),
                    gap("\n"),
                    new Part.JsonArguments(),
                    gap("\n"),
                    lit("```"),
                    gap(""),
                    lit("<｜tool▁call▁end｜>")),
            "",
            List.of(lit("<｜tool▁calls▁end｜>")));

    private static final ToolFormat DEEPSEEK_V31 = section(
            "deepseek-v3.1",
            List.of(lit("<｜tool▁calls▁begin｜>")),
            List.of(
                    lit("<｜tool▁call▁begin｜>"),
                    name("<｜tool▁sep｜>"),
                    new Part.JsonArguments(),
                    gap(""),
                    lit("<｜tool▁call▁end｜>")),
            "",
            List.of(lit("<｜tool▁calls▁end｜>")));

    private static final ToolFormat KIMI = section(
            "kimi",
            List.of(lit("<|tool_calls_section_begin|>")),
            List.of(
                    lit("<|tool_call_begin|>"),
                    new Part.Name("<|tool_call_argument_begin|>", Naming.COUNTED),
                    new Part.JsonArguments(),
                    gap(""),
                    lit("<|tool_call_end|>")),
            "",
            List.of(lit("<|tool_calls_section_end|>")));

    private static final ToolFormat KIMI_3 = section(
            "kimi-3",
            List.of(lit("<|open|>tools<|sep|>")),
            List.of(
                    lit("<|open|>call tool=\""),
                    name("\""),
                    new Part.Skip("<|sep|>", " index=\"1\"<|sep|>"),
                    new Part.Parameters(
                            "<|open|>argument key=\"",
                            "\"",
                            "<|sep|>",
                            "<|close|>argument<|sep|>",
                            Around.NOTHING,
                            Types.TYPE_NAME),
                    lit("<|close|>call<|sep|>")),
            "",
            List.of(lit("<|close|>tools<|sep|>")));

    private static final ToolFormat SOLAR = section(
            "solar",
            List.of(lit("<|tool_calls|>")),
            List.of(
                    lit("<|tool_call:begin|>"),
                    new Part.Id("<|tool_call:name|>"),
                    name("<|tool_call:args|>"),
                    new Part.JsonArguments(),
                    gap(""),
                    lit("<|tool_call:end|>")),
            "",
            List.of(lit("<|calls|>")));

    /** {@code [TOOL_CALLS][{"name": …, "arguments": …}]}, up to Mistral-Nemo's generation. */
    private static final ToolFormat MISTRAL_LIST = list("mistral-list", "[TOOL_CALLS]", "[", "]", "name", "arguments");

    /** {@code [TOOL_CALLS]name[ARGS]{…}}, perhaps with {@code [CALL_ID]id}. */
    private static final ToolFormat MISTRAL =
            alone("mistral", lit("[TOOL_CALLS]"), new Part.Name("[ARGS]", Naming.CALL_ID), new Part.JsonArguments());

    private static final ToolFormat APRIEL = list("apriel", "<tool_calls>", "[", "]</tool_calls>", "name", "arguments");
    private static final ToolFormat NEMOTRON = list("nemotron", "<TOOLCALL>", "[", "]</TOOLCALL>", "name", "arguments");
    private static final ToolFormat GRANITE = list("granite", "<|tool_call|>", "[", "]", "name", "arguments");
    private static final ToolFormat FIREFUNCTION = list("firefunction", "functools", "[", "]", "name", "arguments");
    private static final ToolFormat COHERE =
            list("cohere", "<|START_ACTION|>", "[", "]<|END_ACTION|>", "tool_name", "parameters");

    /** {@code Action: ```json [{"tool_name": …, "parameters": …}]```}, of Command R+. */
    private static final ToolFormat COHERE_ACTION = section(
            "cohere-action",
            List.of(lit("Action:"), gap("\n"), lit("```json"), gap("\n"), lit("[")),
            List.of(new Part.JsonCall("tool_name", "parameters")),
            ",",
            List.of(lit("]"), gap(""), lit("```")));

    private static final ToolFormat APERTUS = section(
            "apertus",
            List.of(lit("<|tools_prefix|>"), gap(""), lit("[")),
            List.of(new Part.KeyedCall()),
            ",",
            List.of(lit("]"), gap(""), lit("<|tools_suffix|>")));

    private static final ToolFormat MINIMAX_1 = section(
            "minimax-1",
            List.of(lit("<tool_calls>"), gap("\n")),
            List.of(json("arguments"), gap("\n")),
            "",
            List.of(lit("</tool_calls>")));

    /** {@code {"name": …, "parameters": {…}}} as the whole answer. */
    private static final ToolFormat LLAMA = new ToolFormat(
            "llama",
            Layout.BARE,
            List.of(lit("<|python_tag|>"), gap("")),
            List.of(json("parameters")),
            ";",
            List.of(),
            false);

    /** {@code [f(a=1, b='x'), g()]} as the whole answer, of Llama 4. */
    private static final ToolFormat PYTHONIC = new ToolFormat(
            "pythonic",
            Layout.BARE,
            List.of(lit("[")),
            List.of(name("("), new Part.Literals(Syntax.PYTHON)),
            ",",
            List.of(lit("]")),
            true);

    private static final ToolFormat LIQUID = section(
            "liquid",
            List.of(lit("<|tool_call_start|>"), gap(""), lit("[")),
            List.of(name("("), new Part.Literals(Syntax.PYTHON)),
            ",",
            List.of(lit("]"), gap(""), lit("<|tool_call_end|>")));

    private static final ToolFormat GEMMA =
            alone("gemma", lit("<|tool_call>call:"), name("{"), new Part.Literals(Syntax.GEMMA), lit("<tool_call|>"));

    private static final ToolFormat GIGACHAT_3 =
            alone("gigachat-3", lit("function call<|role_sep|>"), gap("\n"), json("arguments"));
    private static final ToolFormat GIGACHAT =
            alone("gigachat-3.1", lit("<|function_call|>"), gap(""), json("arguments"));

    private static final ToolFormat FUNCTIONARY =
            alone("functionary", lit("<function="), name(">"), new Part.JsonArguments(), gap(""), lit("</function>"));

    /** A format, and the texts that all have to be in a template's source. */
    private record Entry(ToolFormat format, List<String> needles) {}

    private static Entry entry(ToolFormat format, String... needles) {
        return new Entry(format, List.of(needles));
    }

    /** The first that fits is the template's: the more special come first. */
    private static final List<Entry> KNOWN = List.of(
            entry(HARMONY, "<|channel|>", "commentary"),
            entry(KIMI_3, "<|open|>", "<|close|>", "<|sep|>"),
            entry(KIMI, "<|tool_calls_section_begin|>"),
            entry(DSML_V4, "｜DSML｜", "tool_calls>"),
            entry(DSML_V3, "｜DSML｜"),
            entry(DEEPSEEK_R1, "<｜tool▁sep｜>", "```json"),
            entry(DEEPSEEK_V31, "<｜tool▁sep｜>"),
            entry(HUNYUAN, "arg_key", ":opensource"),
            entry(GLM_COMPACT, "</arg_key><arg_value>"),
            entry(GLM, "<arg_key>"),
            entry(MINIMAX, "<minimax:tool_call>"),
            entry(MINIMAX_3, "]<]minimax[>["),
            entry(ATEM, "<atem:function_calls>"),
            entry(SEED, "<seed:tool_call>"),
            entry(QWEN_CODER, "<function=", "<parameter="),
            entry(FUNCTIONARY, "<function="),
            entry(MINICPM, "<function name="),
            entry(MISTRAL, "[TOOL_CALLS]", "[ARGS]"),
            entry(MISTRAL_LIST, "[TOOL_CALLS]"),
            entry(APRIEL, "<tool_calls>["),
            entry(MINIMAX_1, "<tool_calls>"),
            entry(NEMOTRON, "<TOOLCALL>"),
            entry(COHERE, "<|START_ACTION|>"),
            entry(COHERE_ACTION, "Write 'Action:'", "tool_name"),
            entry(COHERE_ACTION, "Write \\'Action:\\'", "tool_name"),
            entry(APERTUS, "<|tools_prefix|>"),
            entry(FIREFUNCTION, "functools["),
            entry(GRANITE, "<|tool_call|>"),
            entry(GEMMA, "<|tool_call>call:"),
            entry(LIQUID, "<|tool_call_start|>"),
            entry(LIQUID, "List of tools: "),
            entry(SOLAR, "<|tool_call:begin|>"),
            entry(GIGACHAT, "<|function_call|>"),
            entry(GIGACHAT_3, "function call", "<|role_sep|>"),
            entry(HERMES, "<tool_call>"),
            entry(PYTHONIC, "func_name1("),
            entry(LLAMA, "\"parameters\": dictionary of argument name"));

    static ToolFormat of(String templateSource) {
        for (Entry entry : KNOWN) {
            boolean all = true;
            for (String needle : entry.needles) {
                all &= templateSource.contains(needle);
            }
            if (all) {
                return entry.format;
            }
        }
        return HERMES;
    }

    private static Part lit(String text) {
        return new Part.Lit(text);
    }

    private static Part gap(String usual) {
        return new Part.Gap(usual);
    }

    private static Part name(String end) {
        return new Part.Name(end, Naming.PLAIN);
    }

    private static Part json(String argumentsKey) {
        return new Part.JsonCall("name", argumentsKey);
    }

    /** Calls that stand alone. */
    private static ToolFormat alone(String name, Part... call) {
        return new ToolFormat(name, Layout.MARKED, List.of(), List.of(call), "", List.of(), false);
    }

    /** Calls in a section. */
    private static ToolFormat section(String name, List<Part> open, List<Part> call, String between, List<Part> close) {
        return new ToolFormat(name, Layout.MARKED, open, call, between, close, true);
    }

    /** A JSON list of calls. */
    private static ToolFormat list(
            String name, String mark, String open, String close, String nameKey, String argumentsKey) {
        Part call = new Part.JsonCall(nameKey, argumentsKey);
        List<Part> end = close.length() == 1
                ? List.of(lit(close))
                : List.of(lit(close.substring(0, 1)), gap(""), lit(close.substring(1)));
        return section(name, List.of(lit(mark), gap(""), lit(open)), List.of(call), ",", end);
    }

    private static ToolFormat functionTags(String name, String open, String close, Around around) {
        return new ToolFormat(
                name,
                Layout.MARKED,
                List.of(lit(open), gap("\n")),
                List.of(
                        lit("<function="),
                        name(">"),
                        gap("\n"),
                        new Part.Parameters("<parameter=", ">", "", "</parameter>", around, Types.SCHEMA),
                        gap("\n"),
                        lit("</function>"),
                        gap("\n")),
                "",
                List.of(lit(close)),
                false);
    }

    private static ToolFormat invoke(String name, String open, String space, String close, String newline) {
        return section(
                name,
                List.of(lit(open), gap(newline)),
                List.of(
                        lit("<" + space + "invoke name=\""),
                        name("\">"),
                        gap(newline),
                        new Part.Parameters(
                                "<" + space + "parameter name=\"",
                                "\">",
                                "",
                                "</" + space + "parameter>",
                                Around.NOTHING,
                                Types.SCHEMA),
                        gap(newline),
                        lit("</" + space + "invoke>"),
                        gap(newline)),
                "",
                List.of(lit(close)));
    }

    private static ToolFormat dsml(String name, String block) {
        return section(
                name,
                List.of(lit("<｜DSML｜" + block + ">"), gap("\n")),
                List.of(
                        lit("<｜DSML｜invoke name=\""),
                        name("\">"),
                        gap("\n"),
                        new Part.Parameters(
                                "<｜DSML｜parameter name=\"",
                                "\"",
                                ">",
                                "</｜DSML｜parameter>",
                                Around.NOTHING,
                                Types.STRING_FLAG),
                        gap("\n"),
                        lit("</｜DSML｜invoke>"),
                        gap("\n")),
                "",
                List.of(lit("</｜DSML｜" + block + ">")));
    }

    private static ToolFormat arguments(String name, String newline) {
        return alone(
                name,
                lit("<tool_call>"),
                gap(""),
                new Part.Word(),
                gap(newline),
                new Part.Parameters(
                        "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>", Around.NOTHING, Types.SCHEMA),
                gap(newline),
                lit("</tool_call>"));
    }
}
