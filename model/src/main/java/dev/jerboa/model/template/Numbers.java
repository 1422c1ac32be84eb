package dev.jerboa.model.template;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Python's texts of numbers: printing and parsing. */
final class Numbers {
    /** The longest text that is read as a number. */
    private static final int PARSED_CHARS = 1000;

    private Numbers() {}

    /** {@code repr} of a float: the shortest digits, with an exponent below 1e-4 and from 1e16. */
    static String repr(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
        String digits = shortest.unscaledValue().toString();
        int point = digits.length() - shortest.scale();
        String sign = value < 0 ? "-" : "";
        if (point > 16 || point <= -4) {
            return sign + withExponent(digits, point - 1);
        }
        if (point <= 0) {
            return sign + "0." + "0".repeat(-point) + digits;
        }
        if (point >= digits.length()) {
            return sign + digits + "0".repeat(point - digits.length()) + ".0";
        }
        return sign + digits.substring(0, point) + "." + digits.substring(point);
    }

    private static String withExponent(String digits, int exponent) {
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return mantissa + exponent(exponent);
    }

    private static String exponent(int exponent) {
        int size = Math.abs(exponent);
        return (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + size;
    }

    /** {@code f}: so many digits after the point, halves to even. The value is finite and not negative. */
    static String fixed(double value, int digits) {
        return new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    }

    /** {@code e}: one digit, so many after the point, an exponent. The value is finite and not negative. */
    static String scientific(double value, int digits) {
        if (value == 0) {
            return (digits == 0 ? "0" : "0." + "0".repeat(digits)) + "e+00";
        }
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
        int exponent = rounded.precision() - rounded.scale() - 1;
        String all = rounded.unscaledValue().toString();
        if (all.length() <= digits) {
            all = all + "0".repeat(digits + 1 - all.length());
        }
        all = all.substring(0, digits + 1);
        return withExponent(all, exponent);
    }

    /** {@code g}: so many significant digits, trailing zeros dropped unless {@code keepZeros}. */
    static String general(double value, int precision, boolean keepZeros) {
        int digits = Math.max(1, precision);
        String scientific = scientific(value, digits - 1);
        int e = scientific.lastIndexOf('e');
        int exponent = Integer.parseInt(scientific.substring(e + 1));
        if (exponent < -4 || exponent >= digits) {
            String mantissa = scientific.substring(0, e);
            return (keepZeros ? mantissa : withoutZeros(mantissa)) + exponent(exponent);
        }
        String fixed = fixed(value, digits - 1 - exponent);
        return keepZeros ? fixed : withoutZeros(fixed);
    }

    private static String withoutZeros(String text) {
        if (text.indexOf('.') < 0) {
            return text;
        }
        int end = text.length();
        while (text.charAt(end - 1) == '0') {
            end--;
        }
        return text.substring(0, text.charAt(end - 1) == '.' ? end - 1 : end);
    }

    /** {@code int(text, radix)}; null when the text is no integer. */
    static @Nullable Long parseInteger(String text, int radix) {
        String digits = Text.strip(text);
        if (digits.length() > PARSED_CHARS) {
            return null;
        }
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        int base = radix;
        int prefix = prefixRadix(digits);
        boolean prefixed = prefix > 0 && (radix == 0 || radix == prefix);
        if (prefixed) {
            base = prefix;
            digits = digits.substring(digits.startsWith("_", 2) ? 3 : 2);
        } else if (radix == 0) {
            base = 10;
            if (digits.startsWith("0") && !digits.replace("_", "").chars().allMatch(c -> c == '0')) {
                return null;
            }
        }
        if (!isDigits(digits, base)) {
            return null;
        }
        String plain = digits.replace("_", "");
        try {
            return Long.valueOf(negative ? "-" + plain : plain, base);
        } catch (NumberFormatException e) {
            throw new Fault("the integer " + plain + " does not fit into 64 bits");
        }
    }

    private static int prefixRadix(String digits) {
        if (digits.length() < 2 || digits.charAt(0) != '0') {
            return 0;
        }
        return switch (digits.charAt(1)) {
            case 'x', 'X' -> 16;
            case 'o', 'O' -> 8;
            case 'b', 'B' -> 2;
            default -> 0;
        };
    }

    private static boolean isDigits(String text, int radix) {
        boolean digitBefore = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean digit = Character.digit(c, radix) >= 0;
            if (!digit && !(c == '_' && digitBefore)) {
                return false;
            }
            digitBefore = digit;
        }
        return digitBefore;
    }

    /** {@code float(text)}; null when the text is no number. */
    static @Nullable Double parseFloat(String text) {
        String number = Text.strip(text);
        if (number.length() > PARSED_CHARS) {
            return null;
        }
        String lower = number.toLowerCase(java.util.Locale.ROOT);
        String unsigned = lower.startsWith("-") || lower.startsWith("+") ? lower.substring(1) : lower;
        double sign = lower.startsWith("-") ? -1 : 1;
        switch (unsigned) {
            case "inf", "infinity" -> {
                return sign * Double.POSITIVE_INFINITY;
            }
            case "nan" -> {
                return Double.NaN;
            }
            default -> {}
        }
        char before = 0;
        for (int i = 0; i < unsigned.length(); i++) {
            char c = unsigned.charAt(i);
            boolean digit = c >= '0' && c <= '9';
            boolean digitBefore = before >= '0' && before <= '9';
            boolean digitAfter = i + 1 < unsigned.length() && Character.isDigit(unsigned.charAt(i + 1));
            boolean sensible = digit
                    || c == '.'
                    || c == 'e'
                    || ((c == '-' || c == '+') && before == 'e')
                    || (c == '_' && digitBefore && digitAfter);
            if (!sensible) {
                return null;
            }
            before = c;
        }
        try {
            return Double.valueOf(lower.replace("_", ""));
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
