package dev.jerboa.model.tensor;

import java.lang.foreign.MemorySegment;

/** The bytes of a tensor that a writer asks for when their turn comes, so that one tensor at a time is in memory. */
@FunctionalInterface
public interface TensorBody {
    /** Writes all of the tensor's bytes, in order, in pieces of any size. */
    void writeTo(TensorOutput output);

    /** Bytes that are there already. */
    static TensorBody of(MemorySegment bytes) {
        return output -> output.write(bytes);
    }

    /** Values that are encoded in the declared type. */
    static TensorBody of(float[] values) {
        return output -> output.write(values, 0, values.length);
    }
}
