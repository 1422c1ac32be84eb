package dev.jerboa.gateway.share.seed;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Divides whole amounts. */
final class Parts {
    private Parts() {}

    /** An amount in parts that are as weights are, and sum to it exactly: what rounding leaves goes to the largest remainders. */
    static long[] of(long amount, long... weights) {
        BigInteger all = BigInteger.valueOf(Arrays.stream(weights).sum());
        if (all.signum() == 0) {
            throw new IllegalArgumentException("no weights");
        }
        long[] parts = new long[weights.length];
        BigInteger[] rests = new BigInteger[weights.length];
        long left = amount;
        for (int i = 0; i < weights.length; i++) {
            BigInteger[] divided = BigInteger.valueOf(amount)
                    .multiply(BigInteger.valueOf(weights[i]))
                    .divideAndRemainder(all);
            parts[i] = divided[0].longValueExact();
            rests[i] = divided[1];
            left -= parts[i];
        }
        int[] order = IntStream.range(0, weights.length)
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> rests[i]).reversed().thenComparing(i -> i))
                .mapToInt(i -> i)
                .toArray();
        for (int i = 0; i < left; i++) {
            parts[order[i]]++;
        }
        return parts;
    }
}
