package dev.jerboa.model.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The filters {@code abs}, {@code int}, {@code float}, {@code round} and {@code filesizeformat}. */
final class NumberFilters {
    private NumberFilters() {}

    static void register(Map<String, Filters.Filter> filters) {
        filters.put("abs", NumberFilters::abs);
        filters.put("int", NumberFilters::toInteger);
        filters.put("float", NumberFilters::toFloat);
        filters.put("round", NumberFilters::round);
        filters.put("filesizeformat", NumberFilters::fileSize);
    }

    private static Object number(@Nullable Object value, String filter) {
        if (value != null && Values.isNumber(value)) {
            return value;
        }
        throw value instanceof Undefined undefined
                ? undefined.fault()
                : new Fault(filter + " needs a number, not " + Values.type(value));
    }

    private static Object abs(Interpreter run, @Nullable Object value, Arguments arguments) {
        arguments.positionalOnly("abs", 0, 0);
        Object number = number(value, "abs");
        if (number instanceof Double real) {
            return Math.abs(real);
        }
        Long integer = Values.asInteger(number);
        return integer != null && integer < 0 ? Arithmetic.signed('-', integer) : Arithmetic.signed('+', integer);
    }

    private static @Nullable Object toInteger(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("int", 0, "default", "base");
        Object fallback = Arguments.or(bound[0], 0L);
        long base = Values.integer(Arguments.or(bound[1], 10L), "int: the base");
        Long integer = Values.asInteger(value);
        if (integer != null) {
            return integer;
        }
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        Double real = value instanceof Double number ? number : null;
        if (Values.isText(value)) {
            run.budget().scan(String.valueOf(value).length());
            Long parsed = base == 0 || (base >= 2 && base <= 36)
                    ? Numbers.parseInteger(String.valueOf(value), (int) base)
                    : null;
            if (parsed != null) {
                return parsed;
            }
            real = Numbers.parseFloat(String.valueOf(value));
        }
        if (real == null || Double.isNaN(real)) {
            return fallback;
        }
        if (Double.isInfinite(real)) {
            if (value instanceof Double) {
                return NumberFormat.truncated(real);
            }
            return fallback;
        }
        return NumberFormat.truncated(real);
    }

    private static @Nullable Object toFloat(Interpreter run, @Nullable Object value, Arguments arguments) {
        Object fallback = Arguments.or(arguments.bind("float", 0, "default")[0], 0.0);
        if (value != null && Values.isNumber(value)) {
            return Arithmetic.real(value);
        }
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        Double parsed = null;
        if (Values.isText(value)) {
            run.budget().scan(String.valueOf(value).length());
            parsed = Numbers.parseFloat(String.valueOf(value));
        }
        return parsed != null ? parsed : fallback;
    }

    private static Object round(Interpreter run, @Nullable Object value, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("round", 0, "precision", "method");
        int precision = Values.clampedInteger(Arguments.or(bound[0], 0L), "round: the precision");
        String method = Values.text(Arguments.or(bound[1], "common"), "round: the method");
        if (Math.abs((long) precision) > 400) {
            throw new Fault("round: the precision " + precision + " is too large");
        }
        run.budget().steps(64);
        Object number = number(value, "round");
        return switch (method) {
            case "common" -> {
                Long integer = Values.asInteger(number);
                if (integer != null) {
                    yield precision >= 0 ? integer : roundedInteger(integer, precision);
                }
                yield rounded((Double) number, precision);
            }
            case "ceil", "floor" -> {
                double scale = Math.pow(10, precision);
                double scaled = Arithmetic.real(number) * scale;
                yield (method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled)) / scale;
            }
            default -> throw new Fault("method must be common, ceil or floor");
        };
    }

    private static Object roundedInteger(long value, int precision) {
        return BigDecimal.valueOf(value)
                .setScale(precision, RoundingMode.HALF_EVEN)
                .longValue();
    }

    private static Double rounded(Double value, int precision) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return value;
        }
        double result = new BigDecimal(value)
                .setScale(precision, RoundingMode.HALF_EVEN)
                .doubleValue();
        return result == 0 ? Math.copySign(0.0, value) : result;
    }

    private static String fileSize(Interpreter run, @Nullable Object value, Arguments arguments) {
        run.budget().scan(value instanceof String text ? text.length() : 0);
        boolean binary = Values.truth(Arguments.or(arguments.bind("filesizeformat", 0, "binary")[0], false));
        Double parsed = value != null && Values.isNumber(value)
                ? (Double) Arithmetic.real(value)
                : Values.isText(value) ? Numbers.parseFloat(String.valueOf(value)) : null;
        if (parsed == null) {
            throw new Fault("filesizeformat needs a number, not " + Values.type(value));
        }
        double bytes = parsed;
        double base = binary ? 1024 : 1000;
        if (bytes == 1) {
            return "1 Byte";
        }
        if (bytes < base) {
            return NumberFormat.truncated(bytes) + " Bytes";
        }
        String prefixes = binary ? "KMGTPEZY" : "kMGTPEZY";
        double unit = base;
        int i = 0;
        while (i < prefixes.length() - 1 && !(bytes < unit * base)) {
            unit *= base;
            i++;
        }
        return String.format(
                Locale.ROOT,
                "%s %c%sB",
                NumberFormat.floatBody(bytes / unit, 'f', 1, false, run.budget()),
                prefixes.charAt(i),
                binary ? "i" : "");
    }
}
