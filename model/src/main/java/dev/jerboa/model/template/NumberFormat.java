package dev.jerboa.model.template;

import java.util.Locale;

/** Digits of numbers as Python's two formatting languages share them. */
final class NumberFormat {
    /** The most digits after the point. */
    private static final int PRECISION = 1_000;

    private NumberFormat() {}

    /** An integer with a minus sign where needed, at least {@code precision} digits, and a prefix if wanted. */
    static String integerBody(long value, int radix, boolean prefixed, int precision, Budget budget) {
        String digits = Long.toString(value, radix);
        boolean negative = digits.startsWith("-");
        digits = negative ? digits.substring(1) : digits;
        String prefix = !prefixed ? "" : radix == 16 ? "0x" : radix == 8 ? "0o" : radix == 2 ? "0b" : "";
        return (negative ? "-" : "") + prefix + StringMethods.pad(digits, precision, 1, "0", budget);
    }

    /** A float in the style {@code e}, {@code f} or {@code g} (upper case for capitals), with a minus sign where needed. */
    static String floatBody(double value, char type, int precision, boolean alternate, Budget budget) {
        if (precision > PRECISION) {
            throw new Fault("precision too big");
        }
        budget.steps(400L + precision);
        String sign = value < 0 || (value == 0 && 1 / value < 0) ? "-" : "";
        double size = Math.abs(value);
        String body;
        if (Double.isNaN(value)) {
            body = "nan";
        } else if (Double.isInfinite(value)) {
            body = "inf";
        } else {
            body = switch (Character.toLowerCase(type)) {
                case 'e' -> Numbers.scientific(size, precision);
                case 'f' -> Numbers.fixed(size, precision);
                default -> Numbers.general(size, precision, alternate);
            };
            if (alternate && body.indexOf('.') < 0) {
                int e = body.indexOf('e');
                body = e < 0 ? body + "." : body.substring(0, e) + "." + body.substring(e);
            }
        }
        return sign + (Character.isUpperCase(type) ? body.toUpperCase(Locale.ROOT) : body);
    }

    /** {@code int(number)}. */
    static long truncated(double number) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            throw new Fault("cannot convert float " + (Double.isNaN(number) ? "NaN" : "infinity") + " to integer");
        }
        double whole = number < 0 ? Math.ceil(number) : Math.floor(number);
        if (whole >= 0x1p63 || whole < -0x1p63) {
            throw new Fault("the integer " + Numbers.repr(number) + " does not fit into 64 bits");
        }
        return (long) whole;
    }
}
