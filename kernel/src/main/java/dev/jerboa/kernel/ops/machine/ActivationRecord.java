package dev.jerboa.kernel.ops.machine;

/**
 * A block of 32 activations rounded to 8 bits, as products read it: {@code int8 q[32]; float d; int32 c, cLow, cHigh}, and the
 * next block right behind it.
 *
 * <p>{@code d} is the largest magnitude / 127 and {@code q = rint(x · (1 / d))}, so q lies in −127..127 (never −128). A block
 * whose d has no finite inverse (zeros, or magnitudes under 10⁻³⁶) counts as zeros, with d = 0; one with an infinity or a NaN
 * has q = 0 and d = NaN, which makes every product with it NaN.
 *
 * <p>{@code cLow} and {@code cHigh} are {@link #SUM_FACTOR} times the sum of the first and of the last 16 q, {@code c} their sum:
 * what takes a weight's offset off a whole block or off its halves.
 */
final class ActivationRecord {
    /** Inputs of a record. */
    static final int INPUTS = 32;

    /** From one record to the next. */
    static final int BYTES = 48;

    /** Where the float {@code d} lies. */
    static final int SCALE = 32;

    /** Where {@code c} lies, the sum over all inputs. */
    static final int SUM = 36;

    /** Where {@code cLow} lies, the sum over the first 16 inputs. */
    static final int SUM_LOW = 40;

    /** Where {@code cHigh} lies, the sum over the last 16 inputs. */
    static final int SUM_HIGH = 44;

    private ActivationRecord() {}

    /** What the sums are multiplied by: products take signed weights as unsigned bytes with 128 added. */
    static final int SUM_FACTOR = -128;

    /** Bytes of the records of a row of {@code cols} inputs, a multiple of {@link #INPUTS}. */
    static long rowBytes(int cols) {
        return (long) cols / INPUTS * BYTES;
    }
}
