package dev.jerboa.engine.chat.call;

import dev.jerboa.engine.chat.tool.Part;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A list or dict as Python prints it, as JSON; several templates show a model such arguments, and it writes them in turn. */
final class PythonValue {
    private static final String BEFORE = "{\"v\": ";

    private PythonValue() {}

    /** The JSON, or null where the text is no list or dict. */
    static @Nullable String json(String text) {
        if (!text.startsWith("[") && !text.startsWith("{") && !text.startsWith("(")) {
            return null;
        }
        Collected out = new Collected();
        RunningCall call = new RunningCall(Map.of(), () -> "", out, false, () -> {});
        call.name("value");
        LiteralsReader reader = new LiteralsReader(Part.Syntax.PYTHON, call);
        String argument = "v=" + text + ")";
        for (int i = 0; i < argument.length(); i++) {
            Verdict verdict = reader.accept(argument.charAt(i));
            if (verdict == Verdict.DONE && i == argument.length() - 1) {
                call.flush();
                return out.json.substring(BEFORE.length(), out.json.length() - 1);
            }
            if (verdict != Verdict.MORE) {
                return null;
            }
        }
        return null;
    }

    private static final class Collected implements CallListener {
        private final StringBuilder json = new StringBuilder();

        @Override
        public void answer(CharSequence text) {}

        @Override
        public void callStarted(int index, String id, String name) {}

        @Override
        public void callArguments(int index, CharSequence text) {
            json.append(text);
        }

        @Override
        public void callFinished(int index, boolean whole) {}
    }
}
