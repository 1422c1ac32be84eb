package dev.jerboa.kernel.ops.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops.Precision;
import dev.jerboa.kernel.ops.Weights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Row groups packed by the kernel and row by row are the same bytes, and nothing outside the matrix is read. */
class PackingTest {
    @Test
    void slowTypesAreThoseDecodedAtEachProduct() {
        for (Routines routines : Targets.here()) {
            MachineOps ops = MachineOps.create(routines.target().isa());
            for (DType type : DType.values()) {
                if (type.blockSize() == 1) {
                    continue;
                }
                try (Arena arena = Arena.ofShared()) {
                    MemorySegment data = arena.allocate(type.bytes(256));
                    Weights.Way way = ops.weights(new Matrix(type, 1, 256, data), Precision.FAST, arena)
                            .way();
                    assertThat(ops.slowTypes().contains(type))
                            .as("%s on %s", type, routines.target())
                            .isEqualTo(way == Weights.Way.DECODED_EACH_TIME);
                }
            }
        }
    }

    @Test
    void kernelPacksAsThePackerDoes() {
        Random random = new Random(5);
        for (Routines routines : Targets.here()) {
            int lanes = routines.target().lanes();
            for (GroupFormat format : GroupFormat.values()) {
                for (int rows : new int[] {1, lanes, 3 * lanes + 5, 300}) {
                    int cols = 512;
                    byte[] bytes = new byte[(int) format.type().bytes((long) rows * cols)];
                    random.nextBytes(bytes);
                    try (Arena arena = Arena.ofShared();
                            GuardedMemory guarded = new GuardedMemory()) {
                        MemorySegment data = guarded.buffer(bytes.length, GuardedMemory.Edge.LAST);
                        MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
                        Matrix matrix = new Matrix(format.type(), rows, cols, data);
                        MachineWeights packed = Packing.pack(routines, matrix, Precision.FAST, arena);
                        long size = (long) (rows + lanes - 1) / lanes * format.groupBytes(lanes, cols);
                        MemorySegment expected = arena.allocate(size, 64);
                        new Packer(format, lanes, matrix, expected, 0).pack(0, rows);
                        MemorySegment found = ((MachineWeights.Codes) packed).groups();
                        assertThat(found.mismatch(expected))
                                .as("%s, %d rows, %s", format, rows, routines.target())
                                .isEqualTo(-1);
                    }
                }
            }
        }
    }
}
