package dev.jerboa.engine.chat.call;

import dev.jerboa.engine.chat.tool.Part.Naming;
import org.jspecify.annotations.Nullable;

/** Reads a name, an id or text without meaning up to a mark. */
final class UntilReader implements PartReader {
    /** The most characters of a name. */
    static final int MAX_LENGTH = 256;

    private final Marker end;
    private final @Nullable Naming naming;
    private final @Nullable RunningCall call;
    private final StringBuilder held = new StringBuilder();

    private UntilReader(String end, @Nullable Naming naming, @Nullable RunningCall call) {
        this.end = new Marker(end);
        this.naming = naming;
        this.call = call;
    }

    static UntilReader name(String end, Naming naming, RunningCall call) {
        return new UntilReader(end, naming, call);
    }

    static UntilReader id(String end, RunningCall call) {
        return new UntilReader(end, null, call);
    }

    static UntilReader skip(String end) {
        return new UntilReader(end, null, null);
    }

    @Override
    public Verdict accept(char c) {
        held.append(c);
        if (!end.accept(c)) {
            boolean tooLong = held.length() > MAX_LENGTH + end.text().length();
            return tooLong || (c == '\n' && end.matched() == 0) ? Verdict.FAIL : Verdict.MORE;
        }
        String text = held.substring(0, held.length() - end.text().length()).strip();
        if (call == null) {
            return Verdict.DONE;
        }
        if (naming == null) {
            call.id(text);
            return Verdict.DONE;
        }
        return named(text, naming, call);
    }

    private static Verdict named(String text, Naming naming, RunningCall call) {
        String name = text;
        switch (naming) {
            case PLAIN -> {}
            case COUNTED -> {
                int colon = text.lastIndexOf(':');
                int from = text.startsWith("functions.") ? "functions.".length() : 0;
                name = text.substring(from, colon < from ? text.length() : colon);
                call.id(text);
            }
            case CALL_ID -> {
                int mark = text.indexOf("[CALL_ID]");
                if (mark >= 0) {
                    call.id(text.substring(mark + "[CALL_ID]".length()));
                    name = text.substring(0, mark);
                }
            }
        }
        return call.name(name) ? Verdict.DONE : Verdict.FAIL;
    }
}
