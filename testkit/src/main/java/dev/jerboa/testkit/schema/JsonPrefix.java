package dev.jerboa.testkit.schema;

import java.util.ArrayDeque;
import java.util.Deque;

/** Reads JSON (RFC 8259) character by character and says after each whether a text may begin so. One thread. */
public final class JsonPrefix {
    /** What a text is so far. */
    public enum Verdict {
        /** No JSON text begins so. */
        WRONG,
        /** The beginning of a JSON text. */
        BEGUN,
        /** A JSON text; a number may go on. */
        WHOLE
    }

    private enum Place {
        VALUE,
        VALUE_OR_END,
        KEY,
        KEY_OR_END,
        COLON,
        AFTER_VALUE,
        STRING,
        ESCAPE,
        HEX,
        LITERAL,
        MINUS,
        ZERO,
        WHOLE_DIGITS,
        POINT,
        FRACTION,
        EXPONENT,
        EXPONENT_SIGN,
        EXPONENT_DIGITS,
        WRONG
    }

    private final Deque<Character> open = new ArrayDeque<>();
    private Place place = Place.VALUE;
    private boolean key;
    private int hexLeft;
    private String rest = "";

    private JsonPrefix() {}

    /** What a text is. */
    public static Verdict of(String text) {
        JsonPrefix prefix = new JsonPrefix();
        for (int i = 0; i < text.length() && prefix.place != Place.WRONG; i++) {
            prefix.place = prefix.next(text.charAt(i));
        }
        return prefix.verdict();
    }

    private Verdict verdict() {
        if (place == Place.WRONG) {
            return Verdict.WRONG;
        }
        boolean ended = place == Place.AFTER_VALUE || mayEndNumber();
        return ended && open.isEmpty() ? Verdict.WHOLE : Verdict.BEGUN;
    }

    private boolean mayEndNumber() {
        return place == Place.ZERO
                || place == Place.WHOLE_DIGITS
                || place == Place.FRACTION
                || place == Place.EXPONENT_DIGITS;
    }

    private Place next(char c) {
        return switch (place) {
            case STRING, ESCAPE, HEX -> inString(c);
            case LITERAL -> literal(c);
            case MINUS, ZERO, WHOLE_DIGITS, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, EXPONENT_DIGITS -> inNumber(c);
            default -> c == ' ' || c == '\n' || c == '\r' || c == '\t' ? place : between(c);
        };
    }

    private Place between(char c) {
        return switch (place) {
            case VALUE -> value(c);
            case VALUE_OR_END -> c == ']' ? close(c) : value(c);
            case KEY -> c == '"' ? string(true) : Place.WRONG;
            case KEY_OR_END -> c == '}' ? close(c) : c == '"' ? string(true) : Place.WRONG;
            case COLON -> c == ':' ? Place.VALUE : Place.WRONG;
            case AFTER_VALUE -> afterValue(c);
            default -> Place.WRONG;
        };
    }

    private Place afterValue(char c) {
        if (open.isEmpty()) {
            return Place.WRONG;
        }
        if (c == ',') {
            return open.getFirst() == '{' ? Place.KEY : Place.VALUE;
        }
        return close(c);
    }

    private Place close(char c) {
        boolean fits = !open.isEmpty() && c == (open.getFirst() == '{' ? '}' : ']');
        if (fits) {
            open.pop();
        }
        return fits ? Place.AFTER_VALUE : Place.WRONG;
    }

    private Place value(char c) {
        return switch (c) {
            case '{' -> {
                open.push(c);
                yield Place.KEY_OR_END;
            }
            case '[' -> {
                open.push(c);
                yield Place.VALUE_OR_END;
            }
            case '"' -> string(false);
            case 't' -> literal("rue");
            case 'f' -> literal("alse");
            case 'n' -> literal("ull");
            case '-' -> Place.MINUS;
            case '0' -> Place.ZERO;
            default -> c >= '1' && c <= '9' ? Place.WHOLE_DIGITS : Place.WRONG;
        };
    }

    private Place literal(String more) {
        rest = more;
        return Place.LITERAL;
    }

    private Place literal(char c) {
        if (c != rest.charAt(0)) {
            return Place.WRONG;
        }
        rest = rest.substring(1);
        return rest.isEmpty() ? Place.AFTER_VALUE : Place.LITERAL;
    }

    private Place string(boolean isKey) {
        key = isKey;
        return Place.STRING;
    }

    private Place inString(char c) {
        if (place == Place.HEX) {
            hexLeft--;
            boolean hex = c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
            return !hex ? Place.WRONG : hexLeft == 0 ? Place.STRING : Place.HEX;
        }
        if (place == Place.ESCAPE) {
            if (c == 'u') {
                hexLeft = 4;
                return Place.HEX;
            }
            return "\"\\/bfnrt".indexOf(c) >= 0 ? Place.STRING : Place.WRONG;
        }
        return switch (c) {
            case '"' -> key ? Place.COLON : Place.AFTER_VALUE;
            case '\\' -> Place.ESCAPE;
            default -> c < ' ' ? Place.WRONG : Place.STRING;
        };
    }

    private Place inNumber(char c) {
        boolean digit = c >= '0' && c <= '9';
        boolean exponent = c == 'e' || c == 'E';
        Place on = switch (place) {
            case MINUS -> c == '0' ? Place.ZERO : digit ? Place.WHOLE_DIGITS : Place.WRONG;
            case ZERO -> c == '.' ? Place.POINT : exponent ? Place.EXPONENT : Place.WRONG;
            case WHOLE_DIGITS -> digit ? place : c == '.' ? Place.POINT : exponent ? Place.EXPONENT : Place.WRONG;
            case POINT -> digit ? Place.FRACTION : Place.WRONG;
            case FRACTION -> digit ? place : exponent ? Place.EXPONENT : Place.WRONG;
            case EXPONENT -> digit ? Place.EXPONENT_DIGITS : c == '+' || c == '-' ? Place.EXPONENT_SIGN : Place.WRONG;
            case EXPONENT_SIGN, EXPONENT_DIGITS -> digit ? Place.EXPONENT_DIGITS : Place.WRONG;
            default -> Place.WRONG;
        };
        if (on != Place.WRONG || !mayEndNumber()) {
            return on;
        }
        place = Place.AFTER_VALUE;
        return next(c);
    }
}
