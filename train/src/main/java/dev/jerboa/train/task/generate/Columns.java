package dev.jerboa.train.task.generate;

/**
 * Written arithmetic on whole numbers from 0, a column at a time. Each method appends its working, such as
 * {@code 47+58:7+8+0=15;4+5+1=10;=105}, without a line end. Every equation in a working is true; columns are in order from the
 * least significant digit, and the third term of a column is the carry into it.
 */
final class Columns {
    private Columns() {}

    /** {@code 7+8+0=15;}: digit, digit, carry in; carry out and digit. */
    static void add(StringBuilder out, int a, int b) {
        header(out, a, '+', b);
        int carry = 0;
        for (int x = a, y = b; x > 0 || y > 0; x /= 10, y /= 10) {
            int sum = x % 10 + y % 10 + carry;
            column(out, x % 10, '+', y % 10, '+', carry);
            two(out, sum);
            carry = sum / 10;
        }
        result(out, a + b);
    }

    /**
     * {@code 13-8-0=5;}: where a digit is too small, ten is lent to it, and the next column gives one back. First the digits are
     * compared from the left ({@code 23-28:2=2,3<8:}), since a smaller minus a larger number is the other way round with a sign:
     * {@code 3-5:3<5:-(5-3):5-3-0=2;=-2}.
     */
    static void subtract(StringBuilder out, int a, int b) {
        header(out, a, '-', b);
        compare(out, a, b);
        int high = Math.max(a, b);
        int low = Math.min(a, b);
        if (a < b) {
            out.append("-(").append(high).append('-').append(low).append("):");
        }
        int lent = 0;
        for (int x = high, y = low; x > 0 || y > 0; x /= 10, y /= 10) {
            int digit = x % 10 - y % 10 - lent;
            int top = digit < 0 ? x % 10 + 10 : x % 10;
            column(out, top, '-', y % 10, '-', lent);
            out.append(digit < 0 ? digit + 10 : digit).append(';');
            lent = digit < 0 ? 1 : 0;
        }
        result(out, a - b);
    }

    /** {@code 2=2,3<8:}: pairs of digits from the left up to the first that differ; a missing one is 0. */
    private static void compare(StringBuilder out, int a, int b) {
        int scale = 1;
        while (Math.max(a, b) / scale >= 10) {
            scale *= 10;
        }
        for (; scale > 1 && a / scale == b / scale; scale /= 10) {
            out.append(a / scale % 10).append('=').append(b / scale % 10).append(',');
        }
        int left = a / scale % 10;
        int right = b / scale % 10;
        out.append(left)
                .append(left < right ? '<' : left > right ? '>' : '=')
                .append(right)
                .append(':');
    }

    /** A number times a number: one line a digit of {@code b}, then the sums of the lines. */
    static void multiply(StringBuilder out, int a, int b) {
        if (b < 10) {
            multiplyDigit(out, a, b);
            return;
        }
        int sum = 0;
        int scale = 1;
        for (int y = b; y > 0; y /= 10, scale *= 10) {
            if (y % 10 == 0) {
                continue;
            }
            multiplyDigit(out, a, y % 10);
            out.append('\n');
            int part = a * (y % 10) * scale;
            if (sum > 0) {
                add(out, sum, part);
                out.append('\n');
            }
            sum += part;
        }
        out.append(a).append('*').append(b);
        result(out, a * b);
    }

    /** {@code 7*8+5=61;}: digit, digit, carry in; carry out and digit. */
    static void multiplyDigit(StringBuilder out, int a, int digit) {
        header(out, a, '*', digit);
        int carry = 0;
        for (int x = a; x > 0; x /= 10) {
            int product = x % 10 * digit + carry;
            column(out, x % 10, '*', digit, '+', carry);
            two(out, product);
            carry = product / 10;
        }
        result(out, a * digit);
    }

    /** Long division by a digit, from the most significant digit: {@code 84/7:8=1*7+1;14=2*7+0;=12}; a rest is said after it. */
    static void divide(StringBuilder out, int a, int digit) {
        header(out, a, '/', digit);
        int scale = 1;
        while (a / scale >= 10) {
            scale *= 10;
        }
        int rest = 0;
        for (; scale > 0; scale /= 10) {
            int part = 10 * rest + a / scale % 10;
            out.append(part).append('=').append(part / digit).append('*').append(digit);
            rest = part % digit;
            out.append('+').append(rest).append(';');
        }
        out.append('=').append(a / digit);
        if (rest > 0) {
            out.append(',').append(rest);
        }
    }

    private static void header(StringBuilder out, int a, char sign, int b) {
        out.append(a).append(sign).append(b).append(':');
    }

    private static void column(StringBuilder out, int a, char first, int b, char second, int c) {
        out.append(a).append(first).append(b).append(second).append(c).append('=');
    }

    private static void two(StringBuilder out, int value) {
        out.append((char) ('0' + value / 10)).append((char) ('0' + value % 10)).append(';');
    }

    private static void result(StringBuilder out, int value) {
        out.append('=').append(value);
    }
}
