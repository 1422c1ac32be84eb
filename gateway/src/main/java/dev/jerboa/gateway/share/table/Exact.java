package dev.jerboa.gateway.share.table;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where whole numbers become the decimals that are shown. Quotients are kept to 34 digits and rounded here, once, half to even: shares,
 * ratios and prices to six digits behind the point; dollars are exact.
 */
public final class Exact {
    /** What intermediate quotients have. */
    public static final MathContext PRECISE = MathContext.DECIMAL128;

    private static final int DIGITS = 6;

    private Exact() {}

    /** A part of a whole, for showing; null of nothing. */
    public static @Nullable BigDecimal share(long part, long whole) {
        BigDecimal quotient = quotient(part, whole);
        return quotient == null ? null : round(quotient);
    }

    /** A quotient for computing on; null of nothing. */
    public static @Nullable BigDecimal quotient(long part, long whole) {
        return whole == 0 ? null : BigDecimal.valueOf(part).divide(BigDecimal.valueOf(whole), PRECISE);
    }

    /** The mean of quotients, for showing; null of none. */
    public static @Nullable BigDecimal mean(List<BigDecimal> quotients) {
        if (quotients.isEmpty()) {
            return null;
        }
        BigDecimal sum = BigDecimal.ZERO;
        for (BigDecimal one : quotients) {
            sum = sum.add(one, PRECISE);
        }
        return round(sum.divide(BigDecimal.valueOf(quotients.size()), PRECISE));
    }

    /** A quotient as it is shown. */
    public static BigDecimal round(BigDecimal quotient) {
        return quotient.setScale(DIGITS, RoundingMode.HALF_EVEN);
    }

    /** A number of floating point as it is shown; null where it is none. */
    public static @Nullable BigDecimal round(double value) {
        return Double.isFinite(value) ? round(BigDecimal.valueOf(value)) : null;
    }

    /** Nano-dollars as dollars, exact. */
    public static BigDecimal dollars(long nanos) {
        return BigDecimal.valueOf(nanos, 9);
    }

    /** Nano-dollars for tokens as dollars for a million tokens, for showing; null for no tokens. */
    public static @Nullable BigDecimal dollarsPerMillion(long nanos, long tokens) {
        BigDecimal quotient = quotient(nanos, tokens);
        return quotient == null ? null : round(quotient.movePointLeft(3)); // 10⁻⁹ dollars × 10⁶ tokens
    }
}
