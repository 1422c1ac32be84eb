package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops.Precision;
import dev.jerboa.kernel.ops.Weights;
import java.lang.foreign.MemorySegment;

/** Weights as row groups, packed once or at each use, or, for types that no row group is made of, as the file has them. */
sealed interface MachineWeights extends Weights {
    /** The matrix that they were made of. */
    Matrix source();

    /** The form of the activations that they are multiplied by. */
    ActivationForm reads();

    @Override
    default int rows() {
        return source().rows();
    }

    @Override
    default int cols() {
        return source().cols();
    }

    /**
     * Codes with scales.
     *
     * @param groups row groups from {@code firstPacked} on, the last one padded with zeros
     * @param groupBytes from group to group
     * @param firstPacked row groups before this one are left where the matrix lies
     */
    record Codes(
            GroupFormat format,
            Precision precision,
            Matrix source,
            MemorySegment groups,
            long groupBytes,
            int firstPacked)
            implements MachineWeights {
        @Override
        public ActivationForm reads() {
            return precision == Precision.FAST ? ActivationForm.RECORDS : ActivationForm.FLOATS;
        }

        /** The address of a packed row group. */
        long address(int group) {
            return groups.address() + (group - firstPacked) * groupBytes;
        }

        @Override
        public Way way() {
            return firstPacked == 0 ? Way.PACKED : Way.PACKED_EACH_TIME;
        }

        @Override
        public long bytes() {
            return firstPacked == 0 ? groups.byteSize() : source.data().byteSize();
        }
    }

    /**
     * Numbers by themselves, element by element.
     *
     * @param groups row groups, or nothing where they are packed each time they are used
     */
    record Floats(FloatFormat format, Matrix source, MemorySegment groups, long groupBytes) implements MachineWeights {
        @Override
        public ActivationForm reads() {
            return format == FloatFormat.BF16_PAIRS ? ActivationForm.PAIRS : ActivationForm.FLOATS;
        }

        /** The address of a packed row group. */
        long address(int group) {
            return groups.address() + group * groupBytes;
        }

        /** Elements of a row. */
        int elements() {
            return source.cols() / format.inputs;
        }

        boolean packed() {
            return groups.byteSize() > 0;
        }

        @Override
        public Way way() {
            return packed() ? Way.PACKED : Way.PACKED_EACH_TIME;
        }

        @Override
        public long bytes() {
            return packed() ? groups.byteSize() : source.data().byteSize();
        }
    }

    /** Rows that are decoded each time they are used. */
    record Stored(Matrix source) implements MachineWeights {
        @Override
        public Way way() {
            return Way.DECODED_EACH_TIME;
        }

        @Override
        public ActivationForm reads() {
            return ActivationForm.FLOATS;
        }

        @Override
        public long bytes() {
            return source.data().byteSize();
        }
    }
}
