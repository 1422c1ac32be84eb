package dev.jerboa.kernel.ops.machine;

/** The forms of activation rows that products read. */
enum ActivationForm {
    FLOATS,
    /** Rounded to 8 bits a block: {@link ActivationRecord}. */
    RECORDS,
    /** Rounded to bfloat16, two side by side: {@link PairRounding}. */
    PAIRS;

    /** Bytes of a row of {@code cols} inputs. */
    long rowBytes(int cols) {
        return switch (this) {
            case FLOATS -> (long) Float.BYTES * cols;
            case RECORDS -> ActivationRecord.rowBytes(cols);
            case PAIRS -> (long) Short.BYTES * cols;
        };
    }
}
