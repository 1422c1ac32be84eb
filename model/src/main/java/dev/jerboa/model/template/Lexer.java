package dev.jerboa.model.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * Cuts a template's source into tokens and applies whitespace control: {@code trim_blocks} drops the newline after a
 * block, {@code lstrip_blocks} the blanks before a block that starts its line, {@code -} and {@code +} override both.
 */
final class Lexer {
    private static final String[] OPERATORS = {
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=",
        ".", ":", "|", ",", ";"
    };

    private final String name;
    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int counted;
    private boolean lineStarting = true;

    private Lexer(String name, String source) {
        this.name = name;
        this.source = source;
    }

    /** The tokens of a source; the last one is {@link Token.Kind#END}. */
    static List<Token> tokens(String name, String source) {
        String normal =
                source.indexOf('\r') < 0 ? source : source.replace("\r\n", "\n").replace('\r', '\n');
        if (normal.endsWith("\n")) {
            normal = normal.substring(0, normal.length() - 1);
        }
        Lexer lexer = new Lexer(name, normal);
        lexer.root();
        lexer.add(Token.Kind.END, "");
        return List.copyOf(lexer.tokens);
    }

    private void root() {
        while (at < source.length()) {
            int open = nextOpening(at);
            if (open < 0) {
                add(Token.Kind.DATA, source.substring(at));
                at = source.length();
                return;
            }
            char kind = source.charAt(open + 1);
            int after = open + 2;
            char sign = signAt(after);
            int begin = sign == 0 ? after : after + 1;
            data(source.substring(at, open), sign, kind == '{');
            int raw = kind == '%' ? rawEnd(begin) : -1;
            advance(raw >= 0 ? raw : begin);
            if (raw >= 0) {
                rawBody();
            } else if (kind == '#') {
                comment();
            } else {
                tag(kind == '{');
            }
        }
    }

    private int nextOpening(int from) {
        for (int i = source.indexOf('{', from); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '{' || next == '%' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    private char signAt(int index) {
        char c = index < source.length() ? source.charAt(index) : 0;
        return c == '-' || c == '+' ? c : 0;
    }

    /** Adds the text before a tag, stripped as the tag's sign and {@code lstrip_blocks} ask. */
    private void data(String text, char sign, boolean variable) {
        String kept = text;
        if (sign == '-') {
            kept = Text.stripEnd(text);
        } else if (sign == 0 && !variable) {
            int lineStart = text.lastIndexOf('\n') + 1;
            if ((lineStart > 0 || lineStarting) && Text.isBlank(text, lineStart)) {
                kept = text.substring(0, lineStart);
            }
        }
        if (!kept.isEmpty()) {
            add(Token.Kind.DATA, kept);
        }
    }

    /** Where the text of a {@code raw} block begins if one opens here, else -1. */
    private int rawEnd(int from) {
        int i = skipBlank(from);
        if (!source.startsWith("raw", i)) {
            return -1;
        }
        i = skipBlank(i + 3);
        if (source.startsWith("-%}", i)) {
            return skipBlank(i + 3);
        }
        return source.startsWith("%}", i) ? i + 2 : -1;
    }

    private void rawBody() {
        for (int open = source.indexOf("{%", at); open >= 0; open = source.indexOf("{%", open + 1)) {
            char sign = signAt(open + 2);
            int i = skipBlank(sign == 0 ? open + 2 : open + 3);
            if (!source.startsWith("endraw", i)) {
                continue;
            }
            int end = blockEnd(skipBlank(i + 6));
            if (end >= 0) {
                data(source.substring(at, open), sign, false);
                advance(end);
                return;
            }
        }
        throw error("a raw block has no endraw");
    }

    private void comment() {
        int close = source.indexOf("#}", at);
        if (close < 0) {
            throw error("a comment has no end '#}'");
        }
        int end = close + 2;
        char before = close > at ? source.charAt(close - 1) : 0;
        if (before == '-') {
            end = skipBlank(end);
        } else if (before != '+' && end < source.length() && source.charAt(end) == '\n') {
            end++;
        }
        advance(end);
    }

    /** Where a block's end that starts at {@code i}, with its whitespace control, stops; -1 if none starts there. */
    private int blockEnd(int i) {
        if (source.startsWith("-%}", i)) {
            return skipBlank(i + 3);
        }
        if (source.startsWith("+%}", i)) {
            return i + 3;
        }
        if (source.startsWith("%}", i)) {
            return i + 2 < source.length() && source.charAt(i + 2) == '\n' ? i + 3 : i + 2;
        }
        return -1;
    }

    private int variableEnd(int i) {
        if (source.startsWith("-}}", i)) {
            return skipBlank(i + 3);
        }
        return source.startsWith("}}", i) ? i + 2 : -1;
    }

    private void tag(boolean variable) {
        add(variable ? Token.Kind.VARIABLE_BEGIN : Token.Kind.BLOCK_BEGIN, "");
        Deque<Character> open = new ArrayDeque<>();
        while (at < source.length()) {
            int end = !open.isEmpty() ? -1 : variable ? variableEnd(at) : blockEnd(at);
            if (end >= 0) {
                add(variable ? Token.Kind.VARIABLE_END : Token.Kind.BLOCK_END, "");
                advance(end);
                return;
            }
            token(open);
        }
    }

    private void token(Deque<Character> open) {
        char c = source.charAt(at);
        int point = source.codePointAt(at);
        if (Text.isSpace(point)) {
            advance(skipBlank(at));
        } else if (c >= '0' && c <= '9') {
            number();
        } else if (Character.isUnicodeIdentifierStart(point) || c == '_') {
            int end = at;
            while (end < source.length() && isNamePart(source.codePointAt(end))) {
                end += Character.charCount(source.codePointAt(end));
            }
            add(Token.Kind.NAME, source.substring(at, end));
            advance(end);
        } else if (c == '\'' || c == '"') {
            string(c);
        } else {
            operator(open);
        }
    }

    private static boolean isNamePart(int point) {
        return Character.isUnicodeIdentifierPart(point) && !Character.isIdentifierIgnorable(point);
    }

    private void operator(Deque<Character> open) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                balance(operator.charAt(0), open);
                add(Token.Kind.OPERATOR, operator);
                advance(at + operator.length());
                return;
            }
        }
        throw error("unexpected character '" + Character.toString(source.codePointAt(at)) + "'");
    }

    private void balance(char c, Deque<Character> open) {
        switch (c) {
            case '{' -> open.push('}');
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '}', ')', ']' -> {
                Character expected = open.poll();
                if (expected == null) {
                    throw error("unexpected '" + c + "'");
                }
                if (expected != c) {
                    throw error("unexpected '" + c + "', expected '" + expected + "'");
                }
            }
            default -> {}
        }
    }

    private void string(char quote) {
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw error("unexpected character '" + quote + "': the string has no end");
        }
        try {
            add(Token.Kind.STRING, StringEscapes.decode(source.substring(at + 1, end)));
        } catch (Fault e) {
            throw error(e.reason());
        }
        advance(end + 1);
    }

    private void number() {
        int whole = digits(at);
        boolean afterDot = at > 0 && source.charAt(at - 1) == '.';
        int end = afterDot ? -1 : floatEnd(whole);
        if (end > 0) {
            String text = source.substring(at, end).replace("_", "");
            tokens.add(new Token(Token.Kind.FLOAT, text, Double.valueOf(text), line()));
            advance(end);
            return;
        }
        int radix = radix();
        end = radix == 10 ? (source.charAt(at) == '0' ? zeros(at) : whole) : radixDigits(at + 2, radix);
        String text = source.substring(radix == 10 ? at : at + 2, end).replace("_", "");
        try {
            tokens.add(new Token(Token.Kind.INTEGER, text, Long.valueOf(text, radix), line()));
        } catch (NumberFormatException e) {
            throw error("the integer " + text + " does not fit into 64 bits");
        }
        advance(end);
    }

    private int radix() {
        if (source.charAt(at) != '0' || at + 2 >= source.length()) {
            return 10;
        }
        int radix = switch (source.charAt(at + 1)) {
            case 'x', 'X' -> 16;
            case 'o', 'O' -> 8;
            case 'b', 'B' -> 2;
            default -> 10;
        };
        return radix != 10 && radixDigits(at + 2, radix) > at + 2 ? radix : 10;
    }

    private int radixDigits(int from, int radix) {
        int end = from;
        while (end < source.length()) {
            int digit = source.charAt(end) == '_' ? end + 1 : end;
            if (digit >= source.length()
                    || Character.digit(source.charAt(digit), radix) < 0
                    || source.charAt(digit) > 127) {
                break;
            }
            end = digit + 1;
        }
        return end;
    }

    private int zeros(int from) {
        int end = from + 1;
        while (end < source.length()) {
            int zero = source.charAt(end) == '_' ? end + 1 : end;
            if (zero >= source.length() || source.charAt(zero) != '0') {
                break;
            }
            end = zero + 1;
        }
        return end;
    }

    /** The end of a run of digits with single underscores between them. */
    private int digits(int from) {
        return radixDigits(from, 10);
    }

    /** The end of a fraction or exponent after the whole digits, or -1 when this is an integer. */
    private int floatEnd(int whole) {
        int end = whole;
        boolean fraction = end + 1 < source.length() && source.charAt(end) == '.' && isDigit(end + 1);
        if (fraction) {
            end = digits(end + 1);
        }
        int exponent = end;
        if (exponent < source.length() && Character.toLowerCase(source.charAt(exponent)) == 'e') {
            exponent++;
            if (exponent < source.length() && signAt(exponent) != 0) {
                exponent++;
            }
            if (isDigit(exponent)) {
                return digits(exponent);
            }
        }
        return fraction ? end : -1;
    }

    private boolean isDigit(int index) {
        return index < source.length() && source.charAt(index) >= '0' && source.charAt(index) <= '9';
    }

    private int skipBlank(int from) {
        int i = from;
        while (i < source.length() && Text.isSpace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    private void advance(int to) {
        lineStarting = to > 0 && source.charAt(to - 1) == '\n';
        at = to;
    }

    private int line() {
        for (; counted < at; counted++) {
            if (source.charAt(counted) == '\n') {
                line++;
            }
        }
        return line;
    }

    private void add(Token.Kind kind, String text) {
        tokens.add(new Token(kind, text, null, line()));
    }

    private TemplateException error(String reason) {
        return new TemplateException(name, line(), reason);
    }

    /** Python's backslash escapes in string literals. */
    static final class StringEscapes {
        private StringEscapes() {}

        static String decode(String literal) {
            if (literal.indexOf('\\') < 0) {
                return literal;
            }
            StringBuilder out = new StringBuilder(literal.length());
            int i = 0;
            while (i < literal.length()) {
                char c = literal.charAt(i++);
                if (c != '\\') {
                    out.append(c);
                } else {
                    i = escape(literal, i, out);
                }
            }
            return out.toString();
        }

        private static int escape(String s, int i, StringBuilder out) {
            int point = s.codePointAt(i);
            int next = i + Character.charCount(point);
            switch (point) {
                case '\n' -> {}
                case '\\', '\'', '"' -> out.append((char) point);
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'v' -> out.append('\u000b');
                case 'x' -> next = hex(s, next, 2, out);
                case 'u' -> next = hex(s, next, 4, out);
                case 'U' -> next = hex(s, next, 8, out);
                case 'N' -> next = named(s, next, out);
                case '0', '1', '2', '3', '4', '5', '6', '7' -> next = octal(s, i, out);
                default -> out.append('\\').append(point > 127 ? afterBackslash(point) : Character.toString(point));
            }
            return next;
        }

        /** Python first rewrites a character outside ASCII to an escape, whose backslash the one before then escapes. */
        private static String afterBackslash(int point) {
            String hex = Integer.toHexString(point).toLowerCase(Locale.ROOT);
            if (point < 0x100) {
                return "x" + hex;
            }
            return point < 0x10000
                    ? "u" + "0".repeat(4 - hex.length()) + hex
                    : "U" + "0".repeat(8 - hex.length()) + hex;
        }

        private static int hex(String s, int from, int digits, StringBuilder out) {
            int end = from + digits;
            long value = 0;
            for (int i = from; i < end; i++) {
                int digit = i < s.length() && s.charAt(i) < 128 ? Character.digit(s.charAt(i), 16) : -1;
                if (digit < 0) {
                    throw new Fault("a string escape needs " + digits + " hexadecimal digits");
                }
                value = value * 16 + digit;
            }
            if (value > Character.MAX_CODE_POINT) {
                throw new Fault("a string escape names no Unicode character");
            }
            out.appendCodePoint((int) value);
            return end;
        }

        private static int octal(String s, int from, StringBuilder out) {
            int end = from;
            int value = 0;
            while (end < s.length() && end < from + 3 && s.charAt(end) >= '0' && s.charAt(end) <= '7') {
                value = value * 8 + s.charAt(end++) - '0';
            }
            out.append((char) value);
            return end;
        }

        private static int named(String s, int from, StringBuilder out) {
            int close = s.indexOf('}', from);
            if (from >= s.length() || s.charAt(from) != '{' || close < 0) {
                throw new Fault("malformed \\N character escape");
            }
            try {
                out.appendCodePoint(Character.codePointOf(s.substring(from + 1, close)));
            } catch (IllegalArgumentException e) {
                throw new Fault("unknown Unicode character name in a string escape");
            }
            return close + 1;
        }
    }
}
