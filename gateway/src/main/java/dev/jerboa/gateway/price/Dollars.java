package dev.jerboa.gateway.price;

import dev.jerboa.settings.Section;
import java.math.BigDecimal;
import java.util.function.Function;

/** US dollars as people write them, as whole numbers of smaller units. What does not fit exactly is an error; nothing is rounded. */
public final class Dollars {
    private static final BigDecimal MOST = BigDecimal.valueOf(1_000_000_000L);
    /** A token of $1 a million costs 10⁶ pico-dollars. */
    private static final int PICOS_OF_A_MILLION = 6;

    private static final int NANOS = 9;
    /** A use of $1 a thousand costs 10⁶ nano-dollars. */
    private static final int NANOS_OF_A_THOUSAND = 6;

    private Dollars() {}

    /**
     * Pico-dollars a token.
     *
     * @throws ArithmeticException where they are not whole, negative or above 10⁹ dollars
     */
    public static long picosPerToken(BigDecimal dollarsPerMillion) {
        return whole(dollarsPerMillion, PICOS_OF_A_MILLION);
    }

    /**
     * Nano-dollars.
     *
     * @throws ArithmeticException where they are not whole, negative or above 10⁹ dollars
     */
    public static long nanos(BigDecimal dollars) {
        return whole(dollars, NANOS);
    }

    private static long whole(BigDecimal dollars, int places) {
        if (dollars.signum() < 0 || dollars.compareTo(MOST) > 0) {
            throw new ArithmeticException("dollars out of range");
        }
        return dollars.movePointRight(places).longValueExact();
    }

    /** Nano-dollars under a key of a file. */
    public static long nanos(Section section, String key) {
        return read(section, key, Dollars::nanos, "dollars", NANOS);
    }

    /** Pico-dollars a token under a key of a file, which says dollars for a million tokens. */
    static long picosPerToken(Section section, String key) {
        return read(section, key, Dollars::picosPerToken, "dollars for a million tokens", PICOS_OF_A_MILLION);
    }

    /** Nano-dollars a use under a key of a file, which says dollars for a thousand uses. */
    static long nanosPerUse(Section section, String key) {
        return read(
                section,
                key,
                dollars -> whole(dollars, NANOS_OF_A_THOUSAND),
                "dollars for a thousand uses",
                NANOS_OF_A_THOUSAND);
    }

    private static long read(Section section, String key, Function<BigDecimal, Long> exact, String what, int places) {
        BigDecimal dollars = section.decimal(key);
        try {
            return exact.apply(dollars);
        } catch (ArithmeticException e) {
            throw section.wrong(
                    key, what + " from 0 to " + MOST + " with at most " + places + " digits behind the point");
        }
    }
}
