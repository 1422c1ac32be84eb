package dev.jerboa.model.template;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Python's format specification: {@code [[fill]align][sign][#][0][width][grouping][.precision][type]}.
 *
 * @param align {@code <}, {@code >}, {@code ^}, {@code =} or 0 for the type's own
 * @param sign {@code +}, {@code -}, a blank or 0
 * @param grouping {@code ,}, {@code _} or 0
 * @param precision -1 when not given
 * @param type 0 when not given
 */
record FormatSpec(
        String fill, char align, char sign, boolean alternate, int width, char grouping, int precision, char type) {

    static FormatSpec parse(String spec) {
        return new Reader(spec).read();
    }

    private static final class Reader {
        private final String spec;
        private int at;

        Reader(String spec) {
            this.spec = spec;
        }

        FormatSpec read() {
            String fill = " ";
            char align = 0;
            int first = spec.isEmpty() ? 0 : Character.charCount(spec.codePointAt(0));
            if (first > 0 && first < spec.length() && "<>^=".indexOf(spec.charAt(first)) >= 0) {
                fill = spec.substring(0, first);
                align = spec.charAt(first);
                at = first + 1;
            } else if (first > 0 && "<>^=".indexOf(spec.charAt(0)) >= 0) {
                align = spec.charAt(at++);
            }
            char sign = oneOf("+- ");
            oneOf("z");
            boolean alternate = oneOf("#") != 0;
            if (oneOf("0") != 0 && align == 0) {
                fill = "0";
                align = '=';
            }
            int width = Math.max(0, number());
            char grouping = oneOf(",_");
            int precision = -1;
            if (oneOf(".") != 0) {
                precision = number();
                if (precision < 0) {
                    throw new Fault("Format specifier missing precision");
                }
            }
            char type = at < spec.length() ? spec.charAt(at++) : 0;
            if (at < spec.length()) {
                throw new Fault("Invalid format specifier '" + spec + "'");
            }
            return new FormatSpec(fill, align, sign, alternate, width, grouping, precision, type);
        }

        private char oneOf(String choices) {
            return at < spec.length() && choices.indexOf(spec.charAt(at)) >= 0 ? spec.charAt(at++) : 0;
        }

        private int number() {
            int start = at;
            long number = 0;
            while (at < spec.length() && spec.charAt(at) >= '0' && spec.charAt(at) <= '9') {
                number = Math.min(Integer.MAX_VALUE, number * 10 + spec.charAt(at++) - '0');
            }
            return at == start ? -1 : (int) number;
        }
    }

    /** {@code format(value, spec)}. */
    String apply(@Nullable Object value, Budget budget) {
        if (isPlain()) {
            return Repr.str(value, budget);
        }
        budget.text(width);
        if (value instanceof Undefined) {
            throw new Fault("unsupported format string passed to Undefined.__format__");
        }
        if (Values.isText(value)) {
            return text(String.valueOf(value), budget);
        }
        Long integer = Values.asInteger(value);
        if (integer != null && !(value instanceof Boolean && type == 0) && "dbcoxXn\0".indexOf(type) >= 0) {
            return integer(integer, budget);
        }
        if (value != null && Values.isNumber(value) && !(value instanceof Boolean && type == 0)) {
            return real(Arithmetic.real(value), budget);
        }
        if (value instanceof Boolean bool && type == 0) {
            return integer(bool ? 1 : 0, budget);
        }
        throw new Fault("unsupported format string passed to " + Values.type(value) + ".__format__");
    }

    private boolean isPlain() {
        return align == 0 && sign == 0 && !alternate && width == 0 && grouping == 0 && precision < 0 && type == 0;
    }

    private Fault unknownType(String what) {
        return new Fault("Unknown format code '" + type + "' for object of type '" + what + "'");
    }

    private String text(String text, Budget budget) {
        if (type != 0 && type != 's') {
            throw unknownType("str");
        }
        if (sign != 0 || alternate || grouping != 0 || (align == '=' && !fill.equals("0"))) {
            throw new Fault("this format specification is not allowed for strings");
        }
        String cut = precision >= 0 && precision < Text.length(text)
                ? text.substring(0, Text.offset(text, precision))
                : text;
        return aligned("", cut, align == '=' ? '<' : align == 0 ? '<' : align, budget);
    }

    private String integer(long value, Budget budget) {
        if (precision >= 0) {
            throw new Fault("Precision not allowed in integer format specifier");
        }
        if (type == 'c') {
            return aligned(
                    "",
                    Character.toString(Math.clamp(value, 0, Character.MAX_CODE_POINT)),
                    align == 0 ? '<' : align,
                    budget);
        }
        int radix = switch (type) {
            case 'b' -> 2;
            case 'o' -> 8;
            case 'x', 'X' -> 16;
            default -> 10;
        };
        String digits = Long.toString(value, radix);
        boolean negative = digits.startsWith("-");
        digits = negative ? digits.substring(1) : digits;
        String prefix = alternate && radix != 10 ? "0" + type : "";
        digits = type == 'X' ? digits.toUpperCase(Locale.ROOT) : digits;
        return number(negative, prefix, digits, radix == 10 ? 3 : 4, budget);
    }

    private String real(double value, Budget budget) {
        String body;
        char kind = type == 0 || type == 'n' ? 'g' : type;
        if ("eEfFgG%".indexOf(kind) < 0) {
            throw unknownType("float");
        }
        if (type == 0 && precision < 0) {
            body = Numbers.repr(value);
        } else if (type == 0) {
            body = NumberFormat.floatBody(value, 'g', precision, alternate, budget);
            int digits = Math.max(1, precision);
            boolean finite = !Double.isNaN(value) && !Double.isInfinite(value);
            if (finite && body.indexOf('e') < 0 && body.indexOf('.') < 0) {
                body = body.replace("-", "").length() >= digits
                        ? NumberFormat.floatBody(value, 'e', digits - 1, alternate, budget)
                        : body + ".0";
                body = body.indexOf('e') < 0 ? body : shortExponent(body);
            }
        } else {
            boolean percent = kind == '%';
            body = NumberFormat.floatBody(
                    percent ? value * 100 : value,
                    percent ? 'f' : kind,
                    precision < 0 ? 6 : precision,
                    alternate,
                    budget);
            body = percent ? body + "%" : body;
        }
        boolean negative = body.startsWith("-");
        return number(negative, "", negative ? body.substring(1) : body, 3, budget);
    }

    /** Drops the zeros at the end of a mantissa. */
    private static String shortExponent(String text) {
        int e = text.indexOf('e');
        String mantissa = text.substring(0, e);
        if (mantissa.indexOf('.') >= 0) {
            while (mantissa.endsWith("0")) {
                mantissa = mantissa.substring(0, mantissa.length() - 1);
            }
            mantissa = mantissa.endsWith(".") ? mantissa.substring(0, mantissa.length() - 1) : mantissa;
        }
        return mantissa + text.substring(e);
    }

    private String number(boolean negative, String prefix, String digits, int group, Budget budget) {
        String signed = negative ? "-" : sign == '+' ? "+" : sign == ' ' ? " " : "";
        String head = signed + prefix;
        String body = digits;
        if (grouping != 0) {
            int end = 0;
            while (end < body.length()
                    && Character.digit(body.charAt(end), 16) >= 0
                    && !(group == 3 && body.charAt(end) > '9')) {
                end++;
            }
            String whole = body.substring(0, end);
            if (align == '=' && fill.equals("0")) {
                int room = width - head.length() - (body.length() - end);
                int size = whole.length();
                while (size < Integer.MAX_VALUE - 1 && size + (size - 1) / group < room) {
                    size++;
                }
                whole = StringMethods.pad(whole, size, 1, "0", budget);
            }
            body = grouped(whole, group) + body.substring(end);
        }
        return aligned(head, body, align == 0 ? '>' : align, budget);
    }

    private String grouped(String digits, int group) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < digits.length(); i++) {
            if (i > 0 && (digits.length() - i) % group == 0) {
                out.append(grouping);
            }
            out.append(digits.charAt(i));
        }
        return out.toString();
    }

    private String aligned(String head, String body, char how, Budget budget) {
        int total = width - Text.length(head) - Text.length(body);
        if (total <= 0) {
            return head + body;
        }
        budget.text((long) width * fill.length());
        return switch (how) {
            case '=' -> head + fill.repeat(total) + body;
            case '>' -> fill.repeat(total) + head + body;
            case '^' -> fill.repeat(total / 2) + head + body + fill.repeat(total - total / 2);
            default -> head + body + fill.repeat(total);
        };
    }
}
