package dev.jerboa.model.template;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's arithmetic. Integers have 64 bits: what does not fit is an error. */
final class Arithmetic {
    /** A binary operator. */
    enum Operator {
        ADD("+"),
        SUBTRACT("-"),
        MULTIPLY("*"),
        DIVIDE("/"),
        FLOOR_DIVIDE("//"),
        MODULO("%"),
        POWER("**");

        final String symbol;

        Operator(String symbol) {
            this.symbol = symbol;
        }

        static Operator of(String symbol) {
            for (Operator operator : values()) {
                if (operator.symbol.equals(symbol)) {
                    return operator;
                }
            }
            throw new IllegalArgumentException("no operator " + symbol);
        }
    }

    /** Up to here a float holds every integer. */
    private static final long EXACT = 1L << 53;

    private static final MathContext QUOTIENT = new MathContext(60);

    private Arithmetic() {}

    static @Nullable Object apply(Operator operator, @Nullable Object a, @Nullable Object b, Interpreter interpreter) {
        Budget budget = interpreter.budget();
        if (operator == Operator.MODULO && a instanceof String format) {
            return budget.made(PercentFormat.format(format, b, interpreter.budget()));
        }
        if (operator == Operator.MODULO && a instanceof SafeText format) {
            return new SafeText(budget.made(PercentFormat.format(format.text(), escaped(b, budget), budget)));
        }
        if (a instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (b instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (a != null && b != null && Values.isNumber(a) && Values.isNumber(b)) {
            return numbers(operator, a, b);
        }
        Object result = switch (operator) {
            case ADD -> add(a, b, budget);
            case MULTIPLY -> multiply(a, b, budget);
            default -> null;
        };
        if (result != null) {
            return result;
        }
        if (operator == Operator.ADD && a instanceof String) {
            throw new Fault("can only concatenate str (not \"" + Values.type(b) + "\") to str");
        }
        throw new Fault("unsupported operand type(s) for " + operator.symbol + ": '" + Values.type(a) + "' and '"
                + Values.type(b) + "'");
    }

    private static @Nullable Object escaped(@Nullable Object value, Budget budget) {
        return switch (value) {
            case String text -> SafeText.escape(text, budget).text();
            case Tuple tuple -> {
                List<@Nullable Object> items = new ArrayList<>();
                tuple.items().forEach(item -> items.add(escaped(item, budget)));
                yield new Tuple(items);
            }
            case Map<?, ?> map -> {
                Map<@Nullable Object, @Nullable Object> out = Dicts.create();
                map.forEach((key, item) -> out.put(key, escaped(item, budget)));
                yield out;
            }
            case null, default -> value;
        };
    }

    private static @Nullable Object add(@Nullable Object a, @Nullable Object b, Budget budget) {
        if (a instanceof String x && b instanceof String y) {
            budget.text((long) x.length() + y.length());
            return x.concat(y);
        }
        if (Values.isText(a) && Values.isText(b)) {
            String x = a instanceof String text ? SafeText.escape(text, budget).text() : String.valueOf(a);
            String y = b instanceof String text ? SafeText.escape(text, budget).text() : String.valueOf(b);
            budget.text((long) x.length() + y.length());
            return new SafeText(x.concat(y));
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            return join(x, y, budget);
        }
        if (a instanceof Tuple x && b instanceof Tuple y) {
            return new Tuple(join(x.items(), y.items(), budget));
        }
        return null;
    }

    private static List<@Nullable Object> join(List<?> a, List<?> b, Budget budget) {
        List<@Nullable Object> out = new ArrayList<>(budget.elements((long) a.size() + b.size()));
        out.addAll(a);
        out.addAll(b);
        return out;
    }

    private static @Nullable Object multiply(@Nullable Object a, @Nullable Object b, Budget budget) {
        Long count = Values.asInteger(b);
        Object sequence = a;
        if (count == null) {
            count = Values.asInteger(a);
            sequence = b;
        }
        if (count == null) {
            return null;
        }
        return switch (sequence) {
            case String text -> repeat(text, count, budget);
            case SafeText text -> new SafeText(repeat(text.text(), count, budget));
            case List<?> list -> repeat(list, count, budget);
            case Tuple tuple -> new Tuple(repeat(tuple.items(), count, budget));
            case null, default -> null;
        };
    }

    private static String repeat(String text, long count, Budget budget) {
        if (count <= 0 || text.isEmpty()) {
            return "";
        }
        budget.text(product(text.length(), count));
        return text.repeat((int) count);
    }

    private static List<@Nullable Object> repeat(List<?> items, long count, Budget budget) {
        List<@Nullable Object> out = new ArrayList<>();
        if (count > 0 && !items.isEmpty()) {
            budget.elements(product(items.size(), count));
            for (long i = 0; i < count; i++) {
                out.addAll(items);
            }
        }
        return out;
    }

    private static long product(long a, long b) {
        return Math.multiplyHigh(a, b) != 0 ? Long.MAX_VALUE : Math.max(0, a * b);
    }

    static Object numbers(Operator operator, Object a, Object b) {
        Long x = Values.asInteger(a);
        Long y = Values.asInteger(b);
        if (x != null && y != null) {
            try {
                return integers(operator, x, y);
            } catch (ArithmeticException e) {
                throw new Fault("the result of " + x + " " + operator.symbol + " " + y + " does not fit into 64 bits");
            }
        }
        return floats(operator, real(a), real(b));
    }

    static double real(Object number) {
        Long integer = Values.asInteger(number);
        return integer != null ? integer.doubleValue() : (Double) number;
    }

    private static Object integers(Operator operator, long x, long y) {
        boolean division =
                operator == Operator.DIVIDE || operator == Operator.FLOOR_DIVIDE || operator == Operator.MODULO;
        if (division && y == 0) {
            throw new Fault(operator == Operator.DIVIDE ? "division by zero" : "integer division or modulo by zero");
        }
        return switch (operator) {
            case ADD -> Math.addExact(x, y);
            case SUBTRACT -> Math.subtractExact(x, y);
            case MULTIPLY -> Math.multiplyExact(x, y);
            case DIVIDE -> divide(x, y);
            case FLOOR_DIVIDE -> Math.floorDivExact(x, y);
            case MODULO -> Math.floorMod(x, y);
            case POWER -> y < 0 ? floats(operator, (double) x, (double) y) : (Object) power(x, y);
        };
    }

    /** The float nearest to the quotient, also for integers that no float holds. */
    private static double divide(long x, long y) {
        boolean exact = Math.abs(x) <= EXACT && Math.abs(y) <= EXACT && x != Long.MIN_VALUE && y != Long.MIN_VALUE;
        return exact
                ? (double) x / (double) y
                : BigDecimal.valueOf(x).divide(BigDecimal.valueOf(y), QUOTIENT).doubleValue();
    }

    private static long power(long base, long exponent) {
        if (base == 0 || base == 1) {
            return exponent == 0 ? 1 : base;
        }
        if (base == -1) {
            return exponent % 2 == 0 ? 1 : -1;
        }
        if (exponent > 64) {
            throw new ArithmeticException();
        }
        long result = 1;
        for (long i = 0; i < exponent; i++) {
            result = Math.multiplyExact(result, base);
        }
        return result;
    }

    private static Object floats(Operator operator, double x, double y) {
        return switch (operator) {
            case ADD -> x + y;
            case SUBTRACT -> x - y;
            case MULTIPLY -> x * y;
            case DIVIDE -> {
                if (y == 0) {
                    throw new Fault("float division by zero");
                }
                yield x / y;
            }
            case FLOOR_DIVIDE -> floorDivide(x, y);
            case MODULO -> modulo(x, y);
            case POWER -> power(x, y);
        };
    }

    private static double modulo(double x, double y) {
        if (y == 0) {
            throw new Fault("float modulo");
        }
        double remainder = x % y;
        if (remainder == 0) {
            return Math.copySign(0.0, y);
        }
        return remainder < 0 != y < 0 ? remainder + y : remainder;
    }

    private static double floorDivide(double x, double y) {
        if (y == 0) {
            throw new Fault("float floor division by zero");
        }
        double remainder = x % y;
        double quotient = (x - remainder) / y;
        if (remainder != 0 && remainder < 0 != y < 0) {
            quotient -= 1;
        }
        if (quotient == 0) {
            return Math.copySign(0.0, x / y);
        }
        double floor = Math.floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static double power(double x, double y) {
        if (x == 0 && y < 0) {
            throw new Fault("0.0 cannot be raised to a negative power");
        }
        if (x < 0 && !Double.isInfinite(x) && y != Math.rint(y)) {
            throw new Fault("a negative number to a fractional power is complex, which templates do not have");
        }
        double result = x == 1 ? 1 : Math.pow(x, y);
        if (Double.isInfinite(result) && !Double.isInfinite(x) && !Double.isInfinite(y)) {
            throw new Fault("(34, 'Numerical result out of range')");
        }
        return result;
    }

    /** {@code +value} or {@code -value}. */
    static Object signed(char sign, @Nullable Object value) {
        Long integer = Values.asInteger(value);
        if (integer != null) {
            if (sign == '-' && integer == Long.MIN_VALUE) {
                throw new Fault("the result of -" + integer + " does not fit into 64 bits");
            }
            return sign == '-' ? (Object) (-integer) : integer;
        }
        if (value instanceof Double number) {
            return sign == '-' ? -number : number;
        }
        throw value instanceof Undefined undefined
                ? undefined.fault()
                : new Fault("bad operand type for unary " + sign + ": '" + Values.type(value) + "'");
    }
}
