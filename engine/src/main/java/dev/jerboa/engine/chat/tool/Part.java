package dev.jerboa.engine.chat.tool;

/**
 * A part of how a format writes a tool call. A format is a few such parts in a row; the parser reads text by them, and
 * {@link ToolFormat#shape} says by them what a model may write.
 */
public sealed interface Part {
    /** Exactly this text. */
    record Lit(String text) implements Part {}

    /** White space, perhaps none; {@code usual} is what the format's templates write. */
    record Gap(String usual) implements Part {}

    /** The tool's name, up to {@code end}. */
    record Name(String end, Naming naming) implements Part {}

    /** The tool's name, up to white space or a {@code <}, which is not part of it. */
    record Word() implements Part {}

    /** The call's id, up to {@code end}. */
    record Id(String end) implements Part {}

    /** Text without meaning, up to {@code end}; {@code usual} is what a model writes, {@code end} included. */
    record Skip(String end, String usual) implements Part {}

    /** The arguments as a JSON object. */
    record JsonArguments() implements Part {}

    /** A JSON object that holds name and arguments under these keys. */
    record JsonCall(String nameKey, String argumentsKey) implements Part {}

    /** A JSON object whose one key is the name and whose value is the arguments. */
    record KeyedCall() implements Part {}

    /**
     * Arguments one by one, as plain text: {@code open key keyEnd … valueStart value valueEnd}, white space between them.
     *
     * @param valueStart what the value comes after, or empty where it comes at once after {@code keyEnd}
     * @param valueEnd what ends the value; {@code {key}} in it stands for the key
     * @param around what may stand around a value and is no part of it
     * @param types how the text between {@code keyEnd} and {@code valueStart} says what the value is
     */
    record Parameters(String open, String keyEnd, String valueStart, String valueEnd, Around around, Types types)
            implements Part {}

    /** Arguments as literals of a programming language, in brackets; the part ends with the closing one. */
    record Literals(Syntax syntax) implements Part {}

    /** What the text of a {@link Name} is. */
    enum Naming {
        /** The name. */
        PLAIN,
        /** {@code functions.name:index}, all of which is the call's id (Kimi). */
        COUNTED,
        /** {@code name}, then perhaps {@code [CALL_ID]id} (Mistral). */
        CALL_ID
    }

    /** What stands around the values of {@link Parameters}. */
    enum Around {
        NOTHING,
        /** One line break on either side. */
        LINES,
        /** {@code <![CDATA[} and {@code ]]>} around strings that need it. */
        CDATA
    }

    /** How {@link Parameters} say what a value is. */
    enum Types {
        /** They do not; the tool's schema does. */
        SCHEMA,
        /** {@code string="true"} or {@code string="false"} for JSON (DeepSeek). */
        STRING_FLAG,
        /** {@code type="string"} or another of JSON's types (Kimi K3). */
        TYPE_NAME
    }

    /** The literals that {@link Literals} reads. */
    enum Syntax {
        /** {@code key='text', other=True)}. */
        PYTHON,
        /** {@code key:<|"|>text<|"|>,other:true}}, nested keys without quotation marks (Gemma 4). */
        GEMMA
    }
}
