package dev.jerboa.engine.chat.call;

import dev.jerboa.engine.chat.tool.ParameterKind;
import dev.jerboa.engine.chat.tool.Part;
import dev.jerboa.engine.chat.tool.Part.Parameters;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads arguments that are marked one by one, with values as plain text, and turns them into JSON: strings as they come, other
 * values when they are whole, for only then is it clear whether they are what the schema says.
 */
final class ParametersReader implements PartReader {
    /** The most characters of a value that is not known to be a string; a longer one is a string. */
    private static final int MAX_HELD = 1 << 20;

    private enum Place {
        GAP,
        OPEN,
        KEY,
        BEFORE_VALUE,
        STRING,
        VALUE
    }

    private final Parameters part;
    private final RunningCall call;
    private final boolean lines;
    private final List<String> keys = new ArrayList<>();
    private final StringBuilder held = new StringBuilder();
    private Place place = Place.GAP;
    private String rest = "";
    private int matched;
    private Marker end;
    private String key = "";
    private ParameterKind kind = ParameterKind.UNKNOWN;
    private boolean firstOfValue;

    ParametersReader(Parameters part, RunningCall call) {
        this.part = part;
        this.call = call;
        this.lines = part.around() == Part.Around.LINES;
        this.end = new Marker(part.keyEnd());
    }

    @Override
    public Verdict accept(char c) {
        return switch (place) {
            case GAP -> Character.isWhitespace(c) ? Verdict.MORE : open(c);
            case OPEN -> open(c);
            case KEY -> key(c);
            case BEFORE_VALUE -> beforeValue(c);
            case STRING -> string(c);
            case VALUE -> value(c);
        };
    }

    @Override
    public String unread() {
        return rest;
    }

    private Verdict open(char c) {
        if (c != part.open().charAt(matched)) {
            return noMore();
        }
        place = Place.OPEN;
        if (++matched == part.open().length()) {
            place = Place.KEY;
            held.setLength(0);
            end = new Marker(part.keyEnd());
        }
        return Verdict.MORE;
    }

    private Verdict noMore() {
        rest = part.open().substring(0, matched);
        if (keys.isEmpty()) {
            call.expectEnd();
        } else {
            call.json('}');
            call.completeArguments();
        }
        return Verdict.BEFORE;
    }

    private Verdict key(char c) {
        if (held.isEmpty() && c == '/') {
            return noMore(); // the closing tag of what the parameters are in
        }
        held.append(c);
        if (!end.accept(c)) {
            return c == '\n' || held.length() > UntilReader.MAX_LENGTH ? fail("") : Verdict.MORE;
        }
        key = held.substring(0, held.length() - part.keyEnd().length()).strip();
        if (key.isEmpty() || keys.contains(key)) {
            return fail("");
        }
        kind = ParameterKind.of(call.schema(), key);
        if (part.valueStart().isEmpty()) {
            return beginValue();
        }
        place = Place.BEFORE_VALUE;
        held.setLength(0);
        end = new Marker(part.valueStart());
        return Verdict.MORE;
    }

    /** What the parameter consists of so far, but for the last character, is none of a parameter. */
    private Verdict fail(String before) {
        rest = part.open() + before + held.substring(0, held.length() - 1);
        return Verdict.FAIL;
    }

    private Verdict beforeValue(char c) {
        held.append(c);
        if (!end.accept(c)) {
            return held.length() > UntilReader.MAX_LENGTH ? fail(key + part.keyEnd()) : Verdict.MORE;
        }
        switch (part.types()) {
            case SCHEMA -> {}
            case STRING_FLAG -> {
                if (held.indexOf("string=\"true\"") >= 0) {
                    kind = ParameterKind.STRING;
                } else if (held.indexOf("string=\"false\"") >= 0) {
                    kind = ParameterKind.JSON;
                }
            }
            case TYPE_NAME -> {
                if (held.indexOf("type=\"string\"") >= 0) {
                    kind = ParameterKind.STRING;
                } else if (held.indexOf("type=\"") >= 0) {
                    kind = ParameterKind.JSON;
                }
            }
        }
        return beginValue();
    }

    private Verdict beginValue() {
        call.json(keys.isEmpty() ? "{\"" : ", \"");
        call.inString(key, 0, key.length());
        call.json("\": ");
        keys.add(key);
        held.setLength(0);
        matched = 0;
        end = new Marker(part.valueEnd().replace("{key}", key));
        firstOfValue = true;
        place = Place.VALUE;
        if (kind == ParameterKind.STRING && part.around() != Part.Around.CDATA) {
            beginString();
        }
        return Verdict.MORE;
    }

    private void beginString() {
        place = Place.STRING;
        call.json('"');
    }

    /** Inside a string: holds back what may be the closing mark, and a line break before it. */
    private Verdict string(char c) {
        if (firstOfValue && lines && c == '\n') {
            firstOfValue = false;
            return Verdict.MORE;
        }
        firstOfValue = false;
        held.append(c);
        if (end.accept(c)) {
            int length = withoutLineBreak(held.length() - end.text().length());
            call.inString(held, 0, length);
            call.json('"');
            return endValue();
        }
        int certain = withoutLineBreak(held.length() - end.matched());
        call.inString(held, 0, certain);
        held.delete(0, certain);
        return Verdict.MORE;
    }

    private int withoutLineBreak(int length) {
        return lines && length > 0 && held.charAt(length - 1) == '\n' ? length - 1 : length;
    }

    private Verdict endValue() {
        held.setLength(0);
        place = Place.GAP;
        return Verdict.MORE;
    }

    private Verdict value(char c) {
        held.append(c);
        if (end.accept(c)) {
            int length = withoutLineBreak(held.length() - end.text().length());
            int from = lines && length > 0 && held.charAt(0) == '\n' ? 1 : 0;
            writeValue(held.substring(from, length));
            return endValue();
        }
        if (held.length() > MAX_HELD) {
            replayAsString();
        }
        return Verdict.MORE;
    }

    private void writeValue(String text) {
        if (part.around() == Part.Around.CDATA && text.startsWith("<![CDATA[") && text.endsWith("]]>")) {
            String inside = text.substring("<![CDATA[".length(), text.length() - "]]>".length());
            PlainValue.write(inside, ParameterKind.STRING, part.open(), call);
        } else {
            PlainValue.write(text, kind, part.open(), call);
        }
    }

    private void replayAsString() {
        beginString();
        int from = lines && held.charAt(0) == '\n' ? 1 : 0;
        int certain = withoutLineBreak(held.length() - end.matched());
        call.inString(held, from, certain);
        held.delete(0, certain);
        firstOfValue = false;
    }
}
