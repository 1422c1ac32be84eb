package dev.jerboa.engine.chat.call;

import dev.jerboa.engine.chat.tool.Part.Syntax;

/**
 * Reads named arguments whose values are literals of a programming language, up to the closing bracket, and turns them into
 * JSON as they come. A word that is neither number nor constant is a string.
 */
final class LiteralsReader implements PartReader {
    private static final String GEMMA_QUOTE = "<|\"|>";
    private static final int MAX_DEPTH = 128;

    private enum Place {
        KEY_OR_END,
        KEY,
        QUOTED_KEY,
        SEPARATOR,
        ITEM_OR_END,
        VALUE,
        OPEN_QUOTE,
        WORD,
        STRING,
        ESCAPE,
        HEX,
        AFTER
    }

    private final boolean python;
    private final RunningCall call;
    /** The closing brackets of what is open, from the outside in. */
    private final StringBuilder closers = new StringBuilder();

    private final StringBuilder held = new StringBuilder();
    private final Marker gemmaEnd = new Marker(GEMMA_QUOTE);
    private Place place = Place.KEY_OR_END;
    private boolean begun;
    private boolean comma;
    private boolean key;
    private char quote;
    private int at;
    private int hexDigits;

    LiteralsReader(Syntax syntax, RunningCall call) {
        this.python = syntax == Syntax.PYTHON;
        this.call = call;
        closers.append(python ? ')' : '}');
    }

    @Override
    public Verdict accept(char c) {
        boolean space = Character.isWhitespace(c);
        return switch (place) {
            case KEY_OR_END -> space ? Verdict.MORE : keyOrEnd(c);
            case KEY -> key(c, space);
            case QUOTED_KEY, STRING -> string(c);
            case SEPARATOR -> space ? Verdict.MORE : separator(c);
            case ITEM_OR_END -> space ? Verdict.MORE : c == closer() ? close() : value(c);
            case VALUE -> space ? Verdict.MORE : value(c);
            case OPEN_QUOTE -> openQuote(c);
            case WORD -> word(c, space);
            case ESCAPE -> escape(c);
            case HEX -> hex(c);
            case AFTER -> space ? Verdict.MORE : after(c);
        };
    }

    private Verdict go(boolean allowed, Place next) {
        if (!allowed) {
            return Verdict.FAIL;
        }
        place = next;
        return Verdict.MORE;
    }

    private char closer() {
        return closers.charAt(closers.length() - 1);
    }

    private Verdict keyOrEnd(char c) {
        if (c == closer()) {
            return close();
        }
        key = true;
        if (python && closers.length() > 1) {
            return c == '\'' || c == '"' ? beginString(c) : Verdict.FAIL;
        }
        if (!python && c == '<') {
            at = 0;
            place = Place.OPEN_QUOTE;
            return openQuote(c);
        }
        if (!Character.isLetterOrDigit(c) && c != '_' && c != '$') {
            return Verdict.FAIL;
        }
        held.setLength(0);
        held.append(c);
        return go(true, Place.KEY);
    }

    /** A comma before all but the first, and the bracket before the very first. */
    private void beginItem() {
        if (!begun) {
            begun = true;
            call.json('{');
        }
        if (comma) {
            call.json(", ");
            comma = false;
        }
    }

    private Verdict key(char c, boolean space) {
        if (!space && c != sign()) {
            held.append(c);
            boolean fine = held.length() <= UntilReader.MAX_LENGTH && ",(){}[]'\"".indexOf(c) < 0;
            return fine ? Verdict.MORE : Verdict.FAIL;
        }
        beginItem();
        call.json('"');
        call.inString(held, 0, held.length());
        call.json("\": ");
        key = false;
        place = Place.SEPARATOR;
        return space ? Verdict.MORE : separator(c);
    }

    private char sign() {
        return python && closers.length() == 1 ? '=' : ':';
    }

    private Verdict separator(char c) {
        return go(c == sign(), Place.VALUE);
    }

    private Verdict value(char c) {
        if (python && (c == '\'' || c == '"')) {
            return beginString(c);
        }
        if (!python && c == '<') {
            at = 0;
            place = Place.OPEN_QUOTE;
            return openQuote(c);
        }
        return switch (c) {
            case '[' -> open(c, ']', Place.ITEM_OR_END);
            case '(' -> python ? open('[', ')', Place.ITEM_OR_END) : Verdict.FAIL;
            case '{' -> open(c, '}', Place.KEY_OR_END);
            case ',', ')', ']', '}', '=', ':' -> Verdict.FAIL;
            default -> {
                held.setLength(0);
                held.append(c);
                yield go(true, Place.WORD);
            }
        };
    }

    private Verdict open(char json, char closer, Place next) {
        beginItem();
        call.json(json);
        closers.append(closer);
        return go(closers.length() <= MAX_DEPTH, next);
    }

    private Verdict close() {
        comma = false;
        beginItem();
        char closer = closer();
        call.json(closers.length() == 1 || closer == '}' ? '}' : ']');
        closers.setLength(closers.length() - 1);
        if (closers.isEmpty()) {
            call.completeArguments();
            return Verdict.DONE;
        }
        return go(true, Place.AFTER);
    }

    private Verdict after(char c) {
        if (c == closer()) {
            return close();
        }
        comma = true;
        boolean list = closers.length() > 1 && closer() != '}';
        return go(c == ',', list ? Place.ITEM_OR_END : Place.KEY_OR_END);
    }

    private Verdict word(char c, boolean space) {
        if (!space && ",()[]{}".indexOf(c) < 0) {
            held.append(c);
            return held.length() <= UntilReader.MAX_LENGTH ? Verdict.MORE : Verdict.FAIL;
        }
        beginItem();
        String word = held.toString();
        String constant = PlainValue.constant(word);
        if (constant != null) {
            call.json(constant);
        } else if (JsonScanner.isJson(word)) {
            call.json(word);
        } else {
            call.json('"');
            call.inString(word, 0, word.length());
            call.json('"');
        }
        place = Place.AFTER;
        return space ? Verdict.MORE : after(c);
    }

    private Verdict openQuote(char c) {
        if (c != GEMMA_QUOTE.charAt(at++)) {
            return Verdict.FAIL;
        }
        return at == GEMMA_QUOTE.length() ? beginString('<') : Verdict.MORE;
    }

    private Verdict beginString(char with) {
        beginItem();
        call.json('"');
        quote = with;
        held.setLength(0);
        gemmaEnd.reset();
        return go(true, key ? Place.QUOTED_KEY : Place.STRING);
    }

    private Verdict string(char c) {
        if (!python) {
            return gemmaString(c);
        }
        if (c == quote) {
            return endString();
        }
        if (c == '\\') {
            return go(true, Place.ESCAPE);
        }
        character(c);
        return Verdict.MORE;
    }

    private Verdict gemmaString(char c) {
        held.append(c);
        boolean end = gemmaEnd.accept(c);
        int certain = held.length() - gemmaEnd.matched();
        call.inString(held, 0, certain);
        held.delete(0, certain);
        return end ? endString() : Verdict.MORE;
    }

    private void character(char c) {
        held.setLength(0);
        held.append(c);
        call.inString(held, 0, 1);
    }

    private Verdict endString() {
        call.json('"');
        if (key) {
            key = false;
            call.json(": ");
            return go(true, Place.SEPARATOR);
        }
        return go(true, Place.AFTER);
    }

    /** Python's escapes; an unknown one stands for itself, backslash included. */
    private Verdict escape(char c) {
        place = key ? Place.QUOTED_KEY : Place.STRING;
        switch (c) {
            case 'n' -> character('\n');
            case 't' -> character('\t');
            case 'r' -> character('\r');
            case 'b' -> character('\b');
            case 'f' -> character('\f');
            case '\\', '\'', '"' -> character(c);
            case '\n' -> {}
            case 'x', 'u' -> {
                hexDigits = c == 'x' ? 2 : 4;
                at = 0;
                place = Place.HEX;
            }
            default -> {
                character('\\');
                character(c);
            }
        }
        return Verdict.MORE;
    }

    private Verdict hex(char c) {
        int digit = Character.digit(c, 16);
        if (digit < 0 || c > 'f') {
            return Verdict.FAIL;
        }
        at = at * 16 + digit;
        if (--hexDigits == 0) {
            character((char) at);
            place = key ? Place.QUOTED_KEY : Place.STRING;
        }
        return Verdict.MORE;
    }
}
