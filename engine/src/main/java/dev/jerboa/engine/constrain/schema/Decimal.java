package dev.jerboa.engine.constrain.schema;

import dev.jerboa.engine.constrain.grammar.ConstraintException;

/**
 * An exact number as digits.
 *
 * @param whole without leading zeros, at least one digit
 * @param fraction without zeros at the end
 */
record Decimal(boolean negative, String whole, String fraction) {
    private static final int MAX_DIGITS = 400;

    /** @param where for messages */
    static Decimal of(Number number, String where) {
        String text = number.toString();
        boolean negative = text.startsWith("-");
        int exponentAt = Math.max(text.indexOf('E'), text.indexOf('e'));
        String mantissa = text.substring(negative ? 1 : 0, exponentAt < 0 ? text.length() : exponentAt);
        int point = mantissa.indexOf('.');
        String digits = point < 0 ? mantissa : mantissa.substring(0, point) + mantissa.substring(point + 1);
        if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new ConstraintException(where + ": " + text + " is not a finite number: give one");
        }
        long exponent = exponentAt < 0 ? 0 : exponent(text.substring(exponentAt + 1));
        long wholeDigits = (point < 0 ? mantissa.length() : point) + exponent;
        if (Math.abs(wholeDigits) > MAX_DIGITS || digits.length() > MAX_DIGITS) {
            throw new ConstraintException(where + ": the number " + text + " has more than " + MAX_DIGITS
                    + " digits: use a smaller one, or one with fewer");
        }
        return placed(negative, digits, (int) wholeDigits);
    }

    private static long exponent(String text) {
        String digits = text.startsWith("+") ? text.substring(1) : text;
        return digits.length() > 9 ? Integer.MAX_VALUE : Long.parseLong(digits);
    }

    private static Decimal placed(boolean negative, String digits, int wholeDigits) {
        String padded = "0".repeat(Math.max(0, 1 - wholeDigits))
                + digits
                + "0".repeat(Math.max(0, wholeDigits - digits.length()));
        int split = Math.max(1, wholeDigits);
        String whole = padded.substring(0, split);
        String fraction = padded.substring(split);
        int first = 0;
        while (first < whole.length() - 1 && whole.charAt(first) == '0') {
            first++;
        }
        int last = fraction.length();
        while (last > 0 && fraction.charAt(last - 1) == '0') {
            last--;
        }
        Decimal value = new Decimal(negative, whole.substring(first), fraction.substring(0, last));
        return value.isZero() ? new Decimal(false, "0", "") : value;
    }

    /** The nearest number above, or below, that has at most so many digits after the point, which must be fewer than it has. */
    Decimal rounded(int digits, boolean up) {
        StringBuilder kept = new StringBuilder(whole).append(fraction, 0, digits);
        if (up != negative) {
            int at = kept.length() - 1;
            while (at >= 0 && kept.charAt(at) == '9') {
                kept.setCharAt(at--, '0');
            }
            if (at < 0) {
                kept.insert(0, '1');
            } else {
                kept.setCharAt(at, (char) (kept.charAt(at) + 1));
            }
        }
        return placed(negative, kept.toString(), kept.length() - digits);
    }

    /** Less than 0, 0 or more, as this is less than another number, equal to it or more. */
    int order(Decimal other) {
        if (negative != other.negative) {
            return negative ? -1 : 1;
        }
        int magnitude = Integer.compare(whole.length(), other.whole.length());
        if (magnitude == 0) {
            magnitude = whole.compareTo(other.whole);
        }
        if (magnitude == 0) {
            magnitude = fraction.compareTo(other.fraction);
        }
        return negative ? -magnitude : magnitude;
    }

    boolean isZero() {
        return whole.equals("0") && fraction.isEmpty();
    }

    boolean isWhole() {
        return fraction.isEmpty();
    }

    /** As JSON writes it, without exponent. */
    String text() {
        return (negative ? "-" : "") + whole + (fraction.isEmpty() ? "" : "." + fraction);
    }
}
