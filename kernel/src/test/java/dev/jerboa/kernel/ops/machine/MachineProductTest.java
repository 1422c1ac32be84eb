package dev.jerboa.kernel.ops.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Ops.Precision;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Selection;
import dev.jerboa.kernel.ops.Weights;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of every weight type on every instruction set of this machine, against the scalar reference. */
class MachineProductTest {
    private static final DType[] TYPES = {
        DType.F32,
        DType.F16,
        DType.BF16,
        DType.F8_E4M3,
        DType.Q8_0,
        DType.Q4_0,
        DType.Q4_1,
        DType.Q5_0,
        DType.Q5_1,
        DType.Q4_K,
        DType.Q5_K,
        DType.Q6_K,
        DType.Q3_K,
        DType.Q2_K,
        DType.IQ4_NL,
        DType.IQ4_XS,
        DType.MXFP4
    };

    private static final List<Isa> ISAS = Stream.of(Isa.values())
            .filter(isa -> isa.runsOn(CpuFeatures.here()))
            .toList();

    static Stream<Arguments> cases() {
        return Stream.of(TYPES)
                .flatMap(type -> Stream.of(Precision.values()).map(precision -> Arguments.of(type, precision)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithTheReferenceAndWithItself(DType type, Precision precision) {
        Ops scalar = new ScalarOps();
        Random random = new Random(type.ordinal());
        for (int[] shape : new int[][] {{75, 256, 1}, {200, 512, 13}, {130, 1280, 8}, {64, 1024, 3}, {300, 1024, 29}}) {
            int rows = shape[0];
            int cols = shape[1];
            int count = shape[2];
            try (Arena arena = Arena.ofShared();
                    Team team = Team.ofSize(2)) {
                Matrix matrix = matrix(arena, type, rows, cols, random);
                float[] x = new float[count * cols];
                for (int i = 0; i < x.length; i++) {
                    x[i] = (float) random.nextGaussian();
                    if (type == DType.BF16) { // which rounding leaves alone: what rounding costs is FloatProductTest's
                        x[i] = Float.intBitsToFloat(Float.floatToRawIntBits(x[i]) & 0xFFFF0000);
                    }
                }
                // the reference takes longest, and is the same for every instruction set
                FloatRows expected = product(scalar, team, arena, matrix, precision, x, count, 0, count);
                for (Isa isa : ISAS) {
                    agrees(MachineOps.create(isa), isa, team, arena, matrix, precision, x, expected);
                }
            }
        }
    }

    private static void agrees(
            MachineOps machine,
            Isa isa,
            Team team,
            Arena arena,
            Matrix matrix,
            Precision precision,
            float[] x,
            FloatRows expected) {
        int count = expected.rows();
        Weights weights = machine.weights(matrix, precision, arena);
        FloatRows found = product(machine, team, arena, weights, matrix, x, count, 0, count);
        for (int t = 0; t < count; t++) {
            double offset = 2e-5 * (1e-3 + norm(expected.row(t)));
            for (int r = 0; r < matrix.rows(); r++) {
                if (!(Math.abs((double) found.get(t, r) - expected.get(t, r)) <= offset)) {
                    // only here, as a sentence for each of millions of numbers takes longer than the numbers
                    assertThat((double) found.get(t, r))
                            .as(
                                    "%s %s token %d row %d of %d × %d",
                                    isa, matrix.type(), t, r, matrix.rows(), matrix.cols())
                            .isCloseTo(expected.get(t, r), org.assertj.core.data.Offset.offset(offset));
                }
            }
        }
        for (int from = 0, size = 1; from < count; from += size, size = 1 + (size * 2) % 7) {
            int part = Math.min(size, count - from);
            FloatRows again = product(machine, team, arena, weights, matrix, x, count, from, part);
            for (int t = 0; t < part; t++) {
                assertThat(again.row(t)).as("%s: token %d alone", isa, from + t).isEqualTo(found.row(from + t));
            }
        }
    }

    @ParameterizedTest
    @FieldSource("TYPES")
    void weightsThatStayMappedGiveTheSameBits(DType type, @TempDir Path folder) throws IOException {
        Random random = new Random(3);
        int rows = 139;
        int cols = 1_280;
        Path file = folder.resolve("weights");
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2)) {
            Matrix stored = matrix(arena, type, rows, cols, random);
            Files.write(file, stored.data().toArray(ValueLayout.JAVA_BYTE));
            try (FileChannel channel = FileChannel.open(file)) {
                MemorySegment data = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
                Matrix mapped = new Matrix(type, rows, cols, data);
                for (int count : new int[] {1, 2, 3, 4, 13}) {
                    float[] x = new float[count * cols];
                    for (int i = 0; i < x.length; i++) {
                        x[i] = (float) random.nextGaussian();
                    }
                    for (Isa isa : ISAS) {
                        for (Precision precision : Precision.values()) {
                            MachineOps machine = MachineOps.create(isa);
                            FloatRows expected = product(machine, team, arena, stored, precision, x, count, 0, count);
                            FloatRows found =
                                    staying(() -> product(machine, team, arena, mapped, precision, x, count, 0, count));
                            for (int t = 0; t < count; t++) {
                                assertThat(found.row(t))
                                        .as("%s %s %s", isa, type, precision)
                                        .isEqualTo(expected.row(t));
                            }
                        }
                    }
                }
            }
        }
    }

    private static FloatRows staying(Supplier<FloatRows> product) {
        System.setProperty(Residency.PROPERTY, "mapped");
        try {
            return product.get();
        } finally {
            System.clearProperty(Residency.PROPERTY);
        }
    }

    private static double norm(float[] row) {
        double sum = 0;
        for (float value : row) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum / row.length);
    }

    private static Matrix matrix(Arena arena, DType type, int rows, int cols, Random random) {
        MemorySegment data = arena.allocate(type.bytes((long) rows * cols));
        if (type.encodable()) {
            float[] values = new float[cols];
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < cols; c++) {
                    values[c] = (float) random.nextGaussian() * (c % 7 == 0 ? 2 : 0.3f);
                }
                type.encode(values, 0, cols, data, r * type.bytes(cols));
            }
        } else {
            byte[] bytes = new byte[(int) data.byteSize()];
            random.nextBytes(bytes);
            MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
            for (long at = 0; at < data.byteSize(); at += type.blockBytes()) {
                data.set(ValueLayout.JAVA_BYTE, at + 1, (byte) 0x20); // a small scale
            }
        }
        return new Matrix(type, rows, cols, data);
    }

    private static FloatRows product(
            Ops ops,
            Team team,
            Arena arena,
            Matrix matrix,
            Precision precision,
            float[] x,
            int rows,
            int from,
            int count) {
        return product(ops, team, arena, ops.weights(matrix, precision, arena), matrix, x, rows, from, count);
    }

    private static FloatRows product(
            Ops ops, Team team, Arena arena, Weights w, Matrix matrix, float[] x, int rows, int from, int count) {
        Panel panel = ops.panel(arena, rows, matrix.cols(), List.of(w));
        MemorySegment.copy(x, 0, panel.rows().data(), FloatRows.FLOAT, 0, x.length);
        FloatRows out = FloatRows.allocate(arena, count, matrix.rows());
        team.run(worker -> {
            ops.prepare(worker, panel, rows);
            worker.barrier();
            ops.product(worker, w, panel, Selection.ALL, from, count, out, 0, false);
        });
        return out;
    }
}
