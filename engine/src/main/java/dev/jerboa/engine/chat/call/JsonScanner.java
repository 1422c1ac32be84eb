package dev.jerboa.engine.chat.call;

import java.util.BitSet;

/**
 * Follows one JSON value character by character (RFC 8259): knows where it ends and where it goes wrong. Lenient in one
 * thing: control characters inside strings pass, for models write line breaks there; see {@link #inString}. One thread.
 */
final class JsonScanner {
    private static final int MAX_DEPTH = 512;

    private enum State {
        VALUE,
        FIRST_KEY,
        KEY,
        COLON,
        FIRST_ITEM,
        AFTER_ITEM,
        STRING,
        ESCAPE,
        HEX,
        MINUS,
        ZERO,
        INTEGER,
        POINT,
        FRACTION,
        EXPONENT,
        EXPONENT_SIGN,
        EXPONENT_DIGITS,
        WORD,
        END
    }

    /** For each open bracket from the outside in, whether it is an object's. */
    private final BitSet objects = new BitSet();

    private int depth;
    private State state = State.VALUE;
    private boolean key;
    private int hex;
    private String word = "";
    private int at;

    /** Whether a text is one JSON value, white space around it apart. */
    static boolean isJson(CharSequence text) {
        JsonScanner scanner = new JsonScanner();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' && scanner.inString()) {
                return false;
            }
            switch (scanner.accept(c)) {
                case MORE -> {}
                case DONE, BEFORE -> {
                    return onlySpace(text, scanner.state == State.END ? i + 1 : i);
                }
                case FAIL -> {
                    return false;
                }
            }
        }
        return scanner.mayEnd();
    }

    private static boolean onlySpace(CharSequence text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (!isSpace(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether the next character is inside a string. */
    boolean inString() {
        return state == State.STRING;
    }

    /** Whether the text so far is a whole value that the next character may end: a number. */
    boolean mayEnd() {
        return depth == 0 && endsNumber();
    }

    private boolean endsNumber() {
        return switch (state) {
            case ZERO, INTEGER, FRACTION, EXPONENT_DIGITS -> true;
            default -> false;
        };
    }

    Verdict accept(char c) {
        return switch (state) {
            case VALUE -> isSpace(c) ? Verdict.MORE : value(c);
            case FIRST_ITEM -> isSpace(c) ? Verdict.MORE : c == ']' ? close() : value(c);
            case FIRST_KEY -> isSpace(c) ? Verdict.MORE : c == '}' ? close() : key(c);
            case KEY -> isSpace(c) ? Verdict.MORE : key(c);
            case COLON -> isSpace(c) ? Verdict.MORE : go(c == ':', State.VALUE);
            case AFTER_ITEM -> isSpace(c) ? Verdict.MORE : afterItem(c);
            case STRING -> string(c);
            case ESCAPE -> escape(c);
            case HEX -> hex(c);
            case WORD -> word(c);
            case MINUS -> c == '0' ? go(true, State.ZERO) : go(c >= '1' && c <= '9', State.INTEGER);
            case ZERO -> fractionOrEnd(c);
            case INTEGER -> isDigit(c) ? Verdict.MORE : fractionOrEnd(c);
            case POINT -> go(isDigit(c), State.FRACTION);
            case FRACTION -> isDigit(c) ? Verdict.MORE : exponentOrEnd(c);
            case EXPONENT ->
                c == '+' || c == '-' ? go(true, State.EXPONENT_SIGN) : go(isDigit(c), State.EXPONENT_DIGITS);
            case EXPONENT_SIGN -> go(isDigit(c), State.EXPONENT_DIGITS);
            case EXPONENT_DIGITS -> isDigit(c) ? Verdict.MORE : endNumber(c);
            case END -> Verdict.FAIL;
        };
    }

    private Verdict go(boolean allowed, State next) {
        if (!allowed) {
            return Verdict.FAIL;
        }
        state = next;
        return Verdict.MORE;
    }

    private Verdict value(char c) {
        return switch (c) {
            case '{' -> open(true);
            case '[' -> open(false);
            case '"' -> go(true, State.STRING);
            case '-' -> go(true, State.MINUS);
            case '0' -> go(true, State.ZERO);
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> go(c >= '1' && c <= '9', State.INTEGER);
        };
    }

    private Verdict open(boolean object) {
        objects.set(depth++, object);
        return go(depth <= MAX_DEPTH, object ? State.FIRST_KEY : State.FIRST_ITEM);
    }

    private Verdict close() {
        depth--;
        return afterValue();
    }

    private Verdict afterValue() {
        if (depth == 0) {
            state = State.END;
            return Verdict.DONE;
        }
        return go(true, State.AFTER_ITEM);
    }

    private Verdict key(char c) {
        key = true;
        return go(c == '"', State.STRING);
    }

    private Verdict afterItem(char c) {
        boolean object = objects.get(depth - 1);
        if (c == (object ? '}' : ']')) {
            return close();
        }
        return go(c == ',', object ? State.KEY : State.VALUE);
    }

    private Verdict string(char c) {
        if (c == '\\') {
            return go(true, State.ESCAPE);
        }
        if (c != '"') {
            return Verdict.MORE;
        }
        if (key) {
            key = false;
            return go(true, State.COLON);
        }
        return afterValue();
    }

    private Verdict escape(char c) {
        if (c == 'u') {
            hex = 0;
            return go(true, State.HEX);
        }
        return go("\"\\/bfnrt".indexOf(c) >= 0, State.STRING);
    }

    private Verdict hex(char c) {
        boolean digit = isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        return go(digit, ++hex == 4 ? State.STRING : State.HEX);
    }

    private Verdict word(String text) {
        word = text;
        at = 1;
        return go(true, State.WORD);
    }

    private Verdict word(char c) {
        if (c != word.charAt(at++)) {
            return Verdict.FAIL;
        }
        return at == word.length() ? afterValue() : Verdict.MORE;
    }

    private Verdict fractionOrEnd(char c) {
        return c == '.' ? go(true, State.POINT) : exponentOrEnd(c);
    }

    private Verdict exponentOrEnd(char c) {
        return c == 'e' || c == 'E' ? go(true, State.EXPONENT) : endNumber(c);
    }

    private Verdict endNumber(char c) {
        if (depth == 0) {
            return Verdict.BEFORE;
        }
        state = State.AFTER_ITEM;
        return accept(c);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    static boolean isSpace(char c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }
}
