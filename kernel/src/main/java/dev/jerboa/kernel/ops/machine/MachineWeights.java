package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops.Precision;
import dev.jerboa.kernel.ops.Weights;
import java.lang.foreign.MemorySegment;

/** Weights as row groups, or, for types that no row group is made of, as the file has them. */
sealed interface MachineWeights extends Weights {
    /**
     * Codes with scales.
     *
     * @param groups whole row groups, the last one padded with zeros
     * @param groupBytes from group to group
     */
    record Codes(GroupFormat format, Precision precision, int rows, int cols, MemorySegment groups, long groupBytes)
            implements MachineWeights {
        @Override
        public long bytes() {
            return groups.byteSize();
        }
    }

    /**
     * Numbers by themselves, input by input.
     *
     * @param source the matrix it was made of, for its block scales
     */
    record Floats(FloatFormat format, Matrix source, MemorySegment groups, long groupBytes) implements MachineWeights {
        @Override
        public int rows() {
            return source.rows();
        }

        @Override
        public int cols() {
            return source.cols();
        }

        @Override
        public long bytes() {
            return groups.byteSize();
        }
    }

    /** Rows that are decoded each time they are used. */
    record Stored(Matrix source) implements MachineWeights {
        @Override
        public int rows() {
            return source.rows();
        }

        @Override
        public int cols() {
            return source.cols();
        }

        @Override
        public long bytes() {
            return source.data().byteSize();
        }
    }
}
