package dev.jerboa.train.task.generate;

import java.util.ArrayList;
import java.util.List;

/**
 * Works out an expression one operation at a time, writing what is left before each: {@code (3+9)*12-7}, then {@code 3+9=12}, then
 * {@code 12*12-7} and so on. What is no fact of the tables is worked out in {@link Columns}. Of one operation alone the working is
 * that operation.
 */
final class Steps {
    private final StringBuilder out;
    private final List<Object> left;

    private Steps(StringBuilder out, List<?> tokens) {
        this.out = out;
        this.left = new ArrayList<>(tokens);
    }

    /**
     * The value.
     *
     * @param tokens Integer, and Character for the signs + - * / and parentheses; every value from 0, quotients whole
     */
    static int work(StringBuilder out, List<?> tokens) {
        return new Steps(out, tokens).work();
    }

    private int work() {
        while (left.size() > 1) {
            if (left.size() > 3) {
                left.forEach(out::append);
                out.append('\n');
            }
            int at = next();
            int value = operation(number(at - 1), (Character) left.get(at), number(at + 1));
            left.subList(at - 1, at + 2).clear();
            left.add(at - 1, value);
            if (at >= 2
                    && at < left.size()
                    && left.get(at - 2).equals('(')
                    && left.get(at).equals(')')) {
                left.remove(at);
                left.remove(at - 2);
            }
            if (left.size() > 1) {
                out.append('\n');
            }
        }
        return number(0);
    }

    /** Where the sign of the next operation is: in the first parentheses that have none in them, products before sums. */
    private int next() {
        int from = 0;
        int to = left.size();
        int close = left.indexOf(')');
        if (close >= 0) {
            to = close;
            from = left.subList(0, close).lastIndexOf('(') + 1;
        }
        for (int at = from + 1; at < to; at += 2) {
            if (left.get(at).equals('*') || left.get(at).equals('/')) {
                return at;
            }
        }
        return from + 1;
    }

    private int number(int at) {
        return (Integer) left.get(at);
    }

    private int operation(int a, char sign, int b) {
        int value = value(a, sign, b);
        boolean digits = a < 10 && b < 10;
        boolean known = switch (sign) {
            case '+', '-' -> digits;
            case '*' -> digits || a == 10 || b == 10 || a == 0 || b == 0;
            default -> b < 10 && value < 10;
        };
        if (known) {
            out.append(a).append(sign).append(b).append('=').append(value);
            return value;
        }
        switch (sign) {
            case '+' -> Columns.add(out, a, b);
            case '-' -> Columns.subtract(out, a, b);
            case '*' -> Columns.multiply(out, Math.max(a, b), Math.min(a, b));
            default -> Columns.divide(out, a, b);
        }
        return value;
    }

    private static int value(int a, char sign, int b) {
        return switch (sign) {
            case '+' -> a + b;
            case '-' -> a - b;
            case '*' -> a * b;
            default -> a / b;
        };
    }
}
