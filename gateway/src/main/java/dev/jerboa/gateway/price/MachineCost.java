package dev.jerboa.gateway.price;

import java.math.BigInteger;

/**
 * What an hour of a machine of one's own costs: what it is paid for by the hour, and the energy it takes when it computes.
 *
 * @param hourNanos nano-dollars an hour, for the machine
 * @param milliwatts what it takes while it computes
 * @param kilowattHourNanos nano-dollars a kilowatt-hour
 */
public record MachineCost(long hourNanos, long milliwatts, long kilowattHourNanos) {
    public static final MachineCost NONE = new MachineCost(0, 0, 0);

    private static final BigInteger MILLIWATTS_OF_KILOWATT = BigInteger.valueOf(1_000_000);
    /** Microseconds of an hour, times the milliwatts of a kilowatt. */
    private static final BigInteger SCALE = BigInteger.valueOf(3_600_000_000L).multiply(MILLIWATTS_OF_KILOWATT);

    /** @throws IllegalArgumentException where one is negative */
    public MachineCost {
        if (hourNanos < 0 || milliwatts < 0 || kilowattHourNanos < 0) {
            throw new IllegalArgumentException("a negative cost of a machine: expected 0 or more, found " + hourNanos
                    + " nano-dollars an hour, " + milliwatts + " mW, " + kilowattHourNanos + " nano-dollars a kWh");
        }
    }

    /** Nano-dollars an hour, times a million: whole, whatever the prices are. */
    private BigInteger hourly() {
        return BigInteger.valueOf(hourNanos)
                .multiply(MILLIWATTS_OF_KILOWATT)
                .add(BigInteger.valueOf(milliwatts).multiply(BigInteger.valueOf(kilowattHourNanos)));
    }

    public boolean isNone() {
        return hourly().signum() == 0;
    }

    /**
     * What a request costs that had the machine for so long, in nano-dollars, rounded half to even.
     *
     * @param busyMicros its share of the machine's time ({@link MachineClock}), in microseconds
     * @throws ArithmeticException where that is more than 2⁶³ − 1
     */
    public long nanos(long busyMicros) {
        if (busyMicros < 0) {
            throw new IllegalArgumentException("a negative time: " + busyMicros + " µs");
        }
        return divided(BigInteger.valueOf(busyMicros).multiply(hourly()), SCALE);
    }

    /**
     * For how long a request had the machine, by what it cost: {@code nanos(busyMicros(n)) == n} for every {@code n} that {@link #nanos}
     * gives. So an event that knows its cost can be rated again by another machine's price.
     *
     * @throws ArithmeticException where the machine costs nothing, so that cost does not tell
     */
    public long busyMicros(long nanos) {
        return divided(BigInteger.valueOf(nanos).multiply(SCALE), hourly());
    }

    private static long divided(BigInteger number, BigInteger by) {
        BigInteger[] parts = number.divideAndRemainder(by);
        int half = parts[1].shiftLeft(1).compareTo(by);
        boolean up = half > 0 || (half == 0 && parts[0].testBit(0));
        return (up ? parts[0].add(BigInteger.ONE) : parts[0]).longValueExact();
    }
}
