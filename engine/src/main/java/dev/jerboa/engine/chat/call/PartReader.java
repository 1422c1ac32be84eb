package dev.jerboa.engine.chat.call;

import dev.jerboa.engine.chat.tool.Part;

/** Reads the text of one {@link Part} of a call, character by character. */
sealed interface PartReader
        permits FixedReader,
                UntilReader,
                WordReader,
                JsonArgumentsReader,
                JsonCallReader,
                ParametersReader,
                LiteralsReader {
    Verdict accept(char c);

    /** After {@link Verdict#BEFORE} or {@link Verdict#FAIL}: what came before that character and is not of this part either. */
    default String unread() {
        return "";
    }

    /** A reader of the part, which tells {@code call} what it finds. */
    static PartReader of(Part part, RunningCall call) {
        return switch (part) {
            case Part.Lit(String text) -> new FixedReader(text);
            case Part.Gap gap -> new FixedReader("");
            case Part.Name(String end, Part.Naming naming) -> UntilReader.name(end, naming, call);
            case Part.Word word -> new WordReader(call);
            case Part.Id(String end) -> UntilReader.id(end, call);
            case Part.Skip skip -> UntilReader.skip(skip.end());
            case Part.JsonArguments json -> new JsonArgumentsReader(call);
            case Part.JsonCall(String nameKey, String argumentsKey) -> new JsonCallReader(nameKey, argumentsKey, call);
            case Part.KeyedCall json -> new JsonCallReader(null, null, call);
            case Part.Parameters parameters -> new ParametersReader(parameters, call);
            case Part.Literals(Part.Syntax syntax) -> new LiteralsReader(syntax, call);
        };
    }
}
