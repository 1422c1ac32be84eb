package dev.jerboa.gateway.money;

import java.math.BigInteger;

/**
 * What tokens cost at one moment, in pico-dollars (10⁻¹² US dollars) a token: $1 for a million tokens is 1,000,000 of them.
 *
 * @param input of {@link Usage#input}
 * @param cacheRead of {@link Usage#cacheRead}
 * @param cacheWrite of {@link Usage#cacheWrite}
 * @param cacheWriteLong of {@link Usage#cacheWriteLong}
 * @param output of {@link Usage#output}
 * @param reasoning of {@link Usage#reasoning}
 * @param requestNanos nano-dollars of a request as such
 * @param tools of uses of the provider's own tools
 */
public record Rates(
        long input,
        long cacheRead,
        long cacheWrite,
        long cacheWriteLong,
        long output,
        long reasoning,
        long requestNanos,
        ToolRates tools) {
    public static final Rates FREE = new Rates(0, 0, 0, 0, 0, 0, 0);

    private static final BigInteger PICO_OF_NANO = BigInteger.valueOf(1000);
    private static final BigInteger HALF = BigInteger.valueOf(500);

    /** Prices of tokens and requests, and none of a provider's tools. */
    public Rates(
            long input,
            long cacheRead,
            long cacheWrite,
            long cacheWriteLong,
            long output,
            long reasoning,
            long requestNanos) {
        this(input, cacheRead, cacheWrite, cacheWriteLong, output, reasoning, requestNanos, ToolRates.NONE);
    }

    /** @throws IllegalArgumentException where a price is negative */
    public Rates {
        if (input < 0
                || cacheRead < 0
                || cacheWrite < 0
                || cacheWriteLong < 0
                || output < 0
                || reasoning < 0
                || requestNanos < 0) {
            throw new IllegalArgumentException(
                    "a negative price: expected 0 or more, found " + input + ", " + cacheRead + ", " + cacheWrite + ", "
                            + cacheWriteLong + ", " + output + ", " + reasoning + ", " + requestNanos);
        }
    }

    /**
     * What a request costs, in nano-dollars, rounded half to even once for the whole request.
     *
     * @throws ArithmeticException where that is more than 2⁶³ − 1
     */
    public long costNanos(Usage usage) {
        long pico;
        try {
            pico = Math.addExact(
                    Math.addExact(
                            Math.addExact(
                                    Math.multiplyExact(input, usage.input()),
                                    Math.multiplyExact(cacheRead, usage.cacheRead())),
                            Math.addExact(
                                    Math.multiplyExact(cacheWrite, usage.cacheWrite()),
                                    Math.multiplyExact(cacheWriteLong, usage.cacheWriteLong()))),
                    Math.addExact(
                            Math.multiplyExact(output, usage.output()),
                            Math.multiplyExact(reasoning, usage.reasoning())));
        } catch (ArithmeticException e) {
            return large(usage);
        }
        long nanos = pico / 1000;
        long rest = pico % 1000;
        if (rest > 500 || (rest == 500 && (nanos & 1) == 1)) {
            nanos++;
        }
        return Math.addExact(nanos, requestNanos);
    }

    /**
     * What a request costs with what the provider's own tools did for it, in nano-dollars.
     *
     * @throws ArithmeticException where that is more than 2⁶³ − 1
     */
    public long costNanos(Usage usage, ToolUses uses) {
        return uses.isNone() ? costNanos(usage) : Math.addExact(costNanos(usage), tools.costNanos(uses));
    }

    /** The same prices of tokens, with others of tools. */
    public Rates withTools(ToolRates others) {
        return new Rates(input, cacheRead, cacheWrite, cacheWriteLong, output, reasoning, requestNanos, others);
    }

    private long large(Usage usage) {
        BigInteger pico = product(input, usage.input())
                .add(product(cacheRead, usage.cacheRead()))
                .add(product(cacheWrite, usage.cacheWrite()))
                .add(product(cacheWriteLong, usage.cacheWriteLong()))
                .add(product(output, usage.output()))
                .add(product(reasoning, usage.reasoning()));
        BigInteger[] parts = pico.divideAndRemainder(PICO_OF_NANO);
        int compared = parts[1].compareTo(HALF);
        BigInteger nanos =
                compared > 0 || (compared == 0 && parts[0].testBit(0)) ? parts[0].add(BigInteger.ONE) : parts[0];
        return nanos.add(BigInteger.valueOf(requestNanos)).longValueExact();
    }

    private static BigInteger product(long price, long tokens) {
        return BigInteger.valueOf(price).multiply(BigInteger.valueOf(tokens));
    }

    /** The dearer of two prices of each kind. */
    public Rates dearest(Rates other) {
        return new Rates(
                Math.max(input, other.input),
                Math.max(cacheRead, other.cacheRead),
                Math.max(cacheWrite, other.cacheWrite),
                Math.max(cacheWriteLong, other.cacheWriteLong),
                Math.max(output, other.output),
                Math.max(reasoning, other.reasoning),
                Math.max(requestNanos, other.requestNanos),
                tools.dearest(other.tools));
    }
}
