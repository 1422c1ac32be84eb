package dev.jerboa.kernel.ops.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops.Precision;
import dev.jerboa.kernel.ops.Selection;
import dev.jerboa.kernel.ops.StoredRow;
import dev.jerboa.kernel.ops.machine.GuardedMemory.Edge;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Products whose sums come as near to the ends of their integers as they can, with weights, records and outputs beside pages
 * that may not be touched.
 */
class ProductExtremesTest {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final short HALF_ONE = 0x3C00;
    private static final int ROWS = 43;
    private static final int COLS = 512;
    private static final int TOKENS = 17;

    static Stream<Arguments> cases() {
        List<Arguments> all = new ArrayList<>();
        for (Routines routines : Targets.here()) {
            for (GroupFormat format : GroupFormat.values()) {
                for (Edge edge : Edge.values()) {
                    all.add(Arguments.of(routines.target().isa(), format, edge, routines));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("cases")
    void nothingIsLostNorTouchedOutside(Isa isa, GroupFormat format, Edge edge, Routines routines) {
        Random random = new Random(format.name().hashCode());
        try (GuardedMemory memory = new GuardedMemory();
                Arena arena = Arena.ofConfined()) {
            Matrix matrix = extremes(arena, DType.valueOf(format.name()), random);
            float[][] weights = new float[ROWS][COLS];
            for (int r = 0; r < ROWS; r++) {
                StoredRow.decode(matrix, r, weights[r]);
            }
            float[][] x = inputs(weights, random);
            MemorySegment records = records(memory, routines, x, edge);
            MachineWeights packed = guarded(memory, routines, matrix, edge);
            MachineWeights mapped = unpacked(memory, routines, matrix, edge);
            float[][] together = product(memory, routines, packed, records, 0, TOKENS, false, edge);
            for (int t = 0; t < TOKENS; t++) {
                for (int r = 0; r < ROWS; r++) {
                    double expected = 0;
                    double magnitude = 0;
                    for (int c = 0; c < COLS; c++) {
                        expected += (double) weights[r][c] * x[t][c];
                        magnitude += Math.abs((double) weights[r][c] * x[t][c]);
                    }
                    assertThat((double) together[t][r])
                            .as("token %d, row %d", t, r)
                            .isCloseTo(expected, Offset.offset(1e-6 * magnitude));
                }
            }
            for (int from = 0, count = 1; from < TOKENS; from += count, count = count % 4 + 1) {
                count = Math.min(count, TOKENS - from);
                float[][] alone = product(memory, routines, packed, records, from, count, false, edge);
                float[][] added = product(memory, routines, packed, records, from, count, true, edge);
                float[][] unpacked = product(memory, routines, mapped, records, from, count, false, edge);
                float[][] unpackedAdded = product(memory, routines, mapped, records, from, count, true, edge);
                for (int t = 0; t < count; t++) {
                    assertThat(alone[t]).as("token %d of %d", from + t, count).isEqualTo(together[from + t]);
                    assertThat(unpacked[t])
                            .as("token %d of %d, not packed", from + t, count)
                            .isEqualTo(Arrays.copyOf(together[from + t], mapped.rows()));
                    assertThat(unpackedAdded[t])
                            .as("token %d of %d, not packed, added", from + t, count)
                            .isEqualTo(Arrays.copyOf(added[t], mapped.rows()));
                    for (int r = 0; r < ROWS; r++) {
                        assertThat(added[t][r]).isEqualTo(together[from + t][r] + r);
                    }
                }
            }
        }
    }

    /** Rows of one byte everywhere, then rows that mix extreme bytes; all scales one or thereabouts. */
    private static Matrix extremes(Arena arena, DType type, Random random) {
        int[] same = {0x00, 0xFF, 0x7F, 0x80, 0x81, 0x0F, 0xF0, 0x55, 0xAA};
        MemorySegment data = arena.allocate(type.bytes((long) ROWS * COLS));
        long rowBytes = type.bytes(COLS);
        for (long at = 0; at < data.byteSize(); at++) {
            int row = (int) (at / rowBytes);
            int value = row < same.length ? same[row] : same[random.nextInt(row % 2 == 0 ? 2 : same.length)];
            data.set(ValueLayout.JAVA_BYTE, at, (byte) value);
        }
        for (long at = 0; at < data.byteSize(); at += type.blockBytes()) {
            switch (type) {
                case MXFP4 -> data.set(ValueLayout.JAVA_BYTE, at, (byte) 127);
                case Q8_0, Q4_0, Q5_0, IQ4_NL, IQ4_XS -> data.set(SHORT, at, HALF_ONE);
                case Q4_1, Q5_1, Q4_K, Q5_K -> {
                    data.set(SHORT, at, HALF_ONE);
                    data.set(SHORT, at + 2, HALF_ONE);
                }
                case Q6_K -> {
                    data.set(SHORT, at + 208, HALF_ONE);
                    data.asSlice(at + 192, 16).fill((byte) 3);
                }
                case Q3_K -> data.set(SHORT, at + 108, HALF_ONE);
                case Q2_K -> {
                    data.asSlice(at, 16).fill((byte) 0x11);
                    data.set(SHORT, at + 80, HALF_ONE);
                    data.set(SHORT, at + 82, HALF_ONE);
                }
                default -> throw new IllegalArgumentException(type.name());
            }
        }
        return new Matrix(type, ROWS, COLS, data);
    }

    /** All inputs are 127 or −127: of one sign, in patterns, of the signs of a row, or by chance. */
    private static float[][] inputs(float[][] weights, Random random) {
        float[][] x = new float[TOKENS][COLS];
        for (int t = 0; t < TOKENS; t++) {
            for (int c = 0; c < COLS; c++) {
                boolean positive = switch (t) {
                    case 0 -> true;
                    case 1 -> false;
                    case 2 -> c % 2 == 0;
                    case 3 -> c % 4 < 2;
                    case 4 -> c % 4 >= 2;
                    case 5 -> c % 32 < 16;
                    case 6, 7, 8, 9, 10 -> weights[5 * (t - 2)][c] > 0;
                    case 11, 12 -> weights[5 * (t - 9)][c] <= 0;
                    default -> random.nextBoolean();
                };
                x[t][c] = positive ? 127 : -127;
            }
        }
        return x;
    }

    private static MemorySegment records(GuardedMemory memory, Routines routines, float[][] x, Edge edge) {
        MemorySegment records = memory.buffer(TOKENS * ActivationRecord.rowBytes(COLS), edge);
        for (int t = 0; t < TOKENS; t++) {
            try (Arena arena = Arena.ofConfined()) {
                new Quantiser(routines)
                        .run(
                                new dev.jerboa.kernel.ops.machine.Arguments(arena),
                                arena.allocateFrom(ValueLayout.JAVA_FLOAT, x[t]).address(),
                                0,
                                records.address() + t * ActivationRecord.rowBytes(COLS),
                                0,
                                1,
                                COLS);
            }
        }
        return records;
    }

    private static MachineWeights guarded(GuardedMemory memory, Routines routines, Matrix matrix, Edge edge) {
        try (Arena arena = Arena.ofShared()) {
            MachineWeights.Codes packed = (MachineWeights.Codes) Packing.pack(routines, matrix, Precision.FAST, arena);
            MemorySegment groups = memory.buffer(packed.groups().byteSize(), edge);
            groups.copyFrom(packed.groups());
            return new MachineWeights.Codes(
                    packed.format(), packed.precision(), packed.source(), groups, packed.groupBytes(), 0);
        }
    }

    /** The whole row groups of the matrix as they are, where the format has that; otherwise those rows packed. */
    private static MachineWeights unpacked(GuardedMemory memory, Routines routines, Matrix matrix, Edge edge) {
        int rows = ROWS / 16 * 16;
        MemorySegment data = memory.buffer(rows * matrix.rowBytes(), edge);
        data.copyFrom(matrix.data().asSlice(0, data.byteSize()));
        Matrix whole = new Matrix(matrix.type(), rows, COLS, data);
        GroupFormat format = GroupFormat.of(matrix.type()).orElseThrow();
        if (!PackKernel.packsScales(format)) {
            return guarded(memory, routines, whole, edge);
        }
        int lanes = routines.target().lanes();
        return new MachineWeights.Codes(
                format, Precision.FAST, whole, MemorySegment.NULL, format.groupBytes(lanes, COLS), rows / lanes);
    }

    /** Outputs of {@code count} tokens; before, output r is r where products are added, and anything else otherwise. */
    private static float[][] product(
            GuardedMemory memory,
            Routines routines,
            MachineWeights weights,
            MemorySegment records,
            int from,
            int count,
            boolean accumulate,
            Edge edge) {
        int rows = weights.rows();
        MemorySegment out = memory.buffer(4L * count * rows, edge);
        for (int i = 0; i < count * rows; i++) {
            out.setAtIndex(FLOAT, i, accumulate ? i % rows : Float.NaN);
        }
        new Product(
                        routines,
                        new Workspace(),
                        records.address(),
                        ActivationRecord.rowBytes(COLS),
                        Selection.ALL,
                        from,
                        count,
                        out.address(),
                        4L * rows,
                        accumulate)
                .run(weights, 0, rows);
        float[][] found = new float[count][rows];
        for (int t = 0; t < count; t++) {
            MemorySegment.copy(out, FLOAT, 4L * t * rows, found[t], 0, rows);
        }
        return found;
    }
}
