package dev.jerboa.model.template;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's {@code format % values}. */
final class PercentFormat {
    private final String format;
    private final @Nullable Object values;
    private final Budget budget;
    private final StringBuilder out = new StringBuilder();
    private final List<? extends @Nullable Object> sequence;
    private int at;
    private int used;

    private PercentFormat(String format, @Nullable Object values, Budget budget) {
        this.format = format;
        this.values = values;
        this.budget = budget;
        this.sequence = values instanceof Tuple tuple ? tuple.items() : java.util.Collections.singletonList(values);
    }

    static String format(String format, @Nullable Object values, Budget budget) {
        budget.scan(format.length());
        return new PercentFormat(format, values, budget).run();
    }

    private String run() {
        while (at < format.length()) {
            int percent = format.indexOf('%', at);
            if (percent < 0) {
                out.append(format, at, format.length());
                break;
            }
            out.append(format, at, percent);
            at = percent + 1;
            conversion();
        }
        boolean single = !(values instanceof Tuple);
        boolean mayBeUnused = values instanceof Map<?, ?>
                || values instanceof List<?>
                || values instanceof Range
                || values instanceof Undefined;
        if (single ? used == 0 && !mayBeUnused : used < sequence.size()) {
            throw new Fault("not all arguments converted during string formatting");
        }
        return out.toString();
    }

    private char peek() {
        if (at >= format.length()) {
            throw new Fault("incomplete format");
        }
        return format.charAt(at);
    }

    private void conversion() {
        Object keyed = Absent.ABSENT;
        if (peek() == '(') {
            keyed = keyed();
        }
        String flags = "";
        while ("#0- +".indexOf(peek()) >= 0) {
            flags += format.charAt(at++);
            if (flags.length() > 100) {
                throw new Fault("a format has too many flags");
            }
        }
        int width = size();
        if (width < 0 && width != Integer.MIN_VALUE) {
            flags += '-';
            width = -width;
        }
        int precision = -1;
        if (peek() == '.') {
            at++;
            precision = Math.max(0, size());
        }
        while ("hlL".indexOf(peek()) >= 0) {
            at++;
        }
        char type = peek();
        at++;
        if (type == '%') {
            out.append('%');
            return;
        }
        Object value = keyed instanceof Absent ? next() : keyed;
        StringMethods.append(out, converted(type, value, flags, Math.max(0, width), precision), budget);
    }

    private @Nullable Object keyed() {
        int close = format.indexOf(')', at);
        if (close < 0) {
            throw new Fault("incomplete format key");
        }
        if (!(values instanceof Map<?, ?> map)) {
            throw new Fault("format requires a mapping");
        }
        String key = format.substring(at + 1, close);
        at = close + 1;
        used++;
        Object value = Dicts.get(map, key, Absent.ABSENT);
        if (value instanceof Absent) {
            throw new Fault("the format's key '" + key + "' is missing");
        }
        return value;
    }

    /** A width or precision; {@link Integer#MIN_VALUE} when there is none. */
    private int size() {
        if (peek() == '*') {
            at++;
            return Values.clampedInteger(next(), "* of a format");
        }
        int start = at;
        long size = 0;
        while (peek() >= '0' && peek() <= '9') {
            size = Math.min(Integer.MAX_VALUE, size * 10 + format.charAt(at++) - '0');
        }
        return at == start ? Integer.MIN_VALUE : (int) size;
    }

    private @Nullable Object next() {
        if (used >= sequence.size()) {
            throw new Fault("not enough arguments for format string");
        }
        return sequence.get(used++);
    }

    private String converted(char type, @Nullable Object value, String flags, int width, int precision) {
        String body;
        boolean numeric = true;
        switch (type) {
            case 's', 'r', 'a' -> {
                body = switch (type) {
                    case 's' -> Repr.str(value, budget);
                    case 'r' -> Repr.repr(value, budget);
                    default -> Repr.ascii(value, budget);
                };
                body = precision >= 0 && precision < Text.length(body)
                        ? body.substring(0, Text.offset(body, precision))
                        : body;
                numeric = false;
            }
            case 'c' -> {
                Long point = Values.asInteger(value);
                body = point != null ? character(point) : Values.text(value, "%c");
                numeric = false;
            }
            case 'd', 'i', 'u' ->
                body = NumberFormat.integerBody(wholeNumber(type, value), 10, false, precision, budget);
            case 'x', 'X' -> {
                body = NumberFormat.integerBody(
                        Values.integer(value, "%x format"), 16, flags.contains("#"), precision, budget);
                body = type == 'X' ? body.toUpperCase(Locale.ROOT) : body;
            }
            case 'o' ->
                body = NumberFormat.integerBody(
                        Values.integer(value, "%o format"), 8, flags.contains("#"), precision, budget);
            case 'e', 'E', 'f', 'F', 'g', 'G' ->
                body = NumberFormat.floatBody(
                        real(value), type, precision < 0 ? 6 : precision, flags.contains("#"), budget);
            default -> throw new Fault("unsupported format character '" + type + "'");
        }
        return padded(body, numeric, flags, width);
    }

    private static String character(long point) {
        if (point < 0 || point > Character.MAX_CODE_POINT) {
            throw new Fault("the code point " + point + " does not exist");
        }
        return Character.toString((int) point);
    }

    private static long wholeNumber(char type, @Nullable Object value) {
        if (value instanceof Double number) {
            return NumberFormat.truncated(number);
        }
        return Values.integer(value, "%" + type + " format: a number");
    }

    private static double real(@Nullable Object value) {
        if (value != null && Values.isNumber(value)) {
            return Arithmetic.real(value);
        }
        throw value instanceof Undefined undefined
                ? undefined.fault()
                : new Fault("must be real number, not " + Values.type(value));
    }

    private String padded(String body, boolean numeric, String flags, int width) {
        String sign = "";
        String digits = body;
        if (numeric) {
            if (body.startsWith("-")) {
                sign = "-";
                digits = body.substring(1);
            } else {
                sign = flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
            }
            if (flags.contains("0") && !flags.contains("-")) {
                boolean prefixed =
                        digits.length() > 2 && digits.charAt(0) == '0' && "xXo".indexOf(digits.charAt(1)) >= 0;
                String prefix = prefixed ? digits.substring(0, 2) : "";
                String rest = digits.substring(prefix.length());
                return sign + prefix + StringMethods.pad(rest, width - sign.length() - prefix.length(), 1, "0", budget);
            }
        }
        return StringMethods.pad(sign + digits, width, flags.contains("-") ? -1 : 1, " ", budget);
    }
}
