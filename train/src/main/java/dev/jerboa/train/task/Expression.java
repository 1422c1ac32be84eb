package dev.jerboa.train.task;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An expression of whole numbers, + − × ÷ and parentheses, worked out in exact fractions. The grammar:
 *
 * <pre>
 * sum     = product { (+ | -) product }
 * product = factor { (* | /) factor }
 * factor  = number | ( sum )
 * </pre>
 *
 * <p>No signs before numbers, no product without its operator. Also {@code −}, {@code –}, {@code ×}, {@code x}, {@code ·}, {@code ÷} are read. Texts,
 * depth and numbers are bounded; fractions that leave 64 bits, and divisions by zero, have no value.
 */
final class Expression {
    private static final int MAX_CHARS = 128;
    private static final int MAX_DEPTH = 16;
    private static final int MAX_DIGITS = 9;

    private final String text;
    private final List<Long> numbers = new ArrayList<>();
    private int at;
    /** The value of what was read last: numerator and denominator, without a common divisor, the denominator positive. */
    private long over;

    private long under;

    private Expression(String text) {
        this.text = text;
    }

    /**
     * A value as a fraction in lowest terms, with the numbers that were written, in their order.
     *
     * @param under positive
     */
    record Value(long over, long under, List<Long> numbers) {
        boolean equals(long whole) {
            return under == 1 && over == whole;
        }
    }

    /** The value of a text, or null where it is no such expression or has no value. */
    static @Nullable Value value(String text) {
        if (text.length() > MAX_CHARS) {
            return null;
        }
        Expression expression = new Expression(text);
        try {
            if (!expression.sum(0)) {
                return null;
            }
        } catch (ArithmeticException e) {
            return null;
        }
        return expression.next() == 0
                ? new Value(expression.over, expression.under, List.copyOf(expression.numbers))
                : null;
    }

    /** The value of a Western or Arabic-Indic digit, or −1. */
    static int digit(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        if (c >= '\u0660' && c <= '\u0669') {
            return c - '\u0660';
        }
        return c >= '\u06F0' && c <= '\u06F9' ? c - '\u06F0' : -1;
    }

    private boolean sum(int depth) {
        if (depth > MAX_DEPTH || !product(depth)) {
            return false;
        }
        for (char sign = next(); sign == '+' || sign == '-'; sign = next()) {
            at++;
            long leftOver = over;
            long leftUnder = under;
            if (!product(depth)) {
                return false;
            }
            long right = Math.multiplyExact(over, leftUnder);
            set(
                    Math.addExact(Math.multiplyExact(leftOver, under), sign == '+' ? right : Math.negateExact(right)),
                    Math.multiplyExact(leftUnder, under));
        }
        return true;
    }

    private boolean product(int depth) {
        if (!factor(depth)) {
            return false;
        }
        for (char sign = next(); sign == '*' || sign == '/'; sign = next()) {
            at++;
            long leftOver = over;
            long leftUnder = under;
            if (!factor(depth)) {
                return false;
            }
            if (sign == '*') {
                set(Math.multiplyExact(leftOver, over), Math.multiplyExact(leftUnder, under));
            } else if (over == 0) {
                return false;
            } else {
                set(Math.multiplyExact(leftOver, under), Math.multiplyExact(leftUnder, over));
            }
        }
        return true;
    }

    private boolean factor(int depth) {
        char c = next();
        if (c == '(') {
            at++;
            if (!sum(depth + 1) || next() != ')') {
                return false;
            }
            at++;
            return true;
        }
        return number();
    }

    private boolean number() {
        long value = 0;
        int digits = 0;
        int script = 0;
        for (; at < text.length() && digit(text.charAt(at)) >= 0; at++) {
            int digit = digit(text.charAt(at));
            int zero = text.charAt(at) - digit;
            if ((script != 0 && script != zero) || ++digits > MAX_DIGITS) {
                return false;
            }
            script = zero;
            value = 10 * value + digit;
        }
        numbers.add(value);
        set(value, 1);
        return digits > 0;
    }

    /** The next character that is no space, operators in their plain form; 0 at the end. */
    private char next() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        if (at == text.length()) {
            return 0;
        }
        char c = text.charAt(at);
        return switch (c) {
            case '×', 'x', 'X', '·' -> '*';
            case '÷' -> '/';
            case '−', '–' -> '-';
            case 0 -> '?';
            default -> c;
        };
    }

    private void set(long numerator, long denominator) {
        long divisor = gcd(numerator, denominator);
        if (denominator < 0) {
            divisor = Math.negateExact(divisor);
        }
        over = numerator / divisor;
        under = denominator / divisor;
    }

    private static long gcd(long a, long b) {
        while (b != 0) {
            long rest = a % b;
            a = b;
            b = rest;
        }
        return Math.absExact(a);
    }
}
