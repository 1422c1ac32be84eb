package dev.jerboa.train.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.train.data.Batch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Low-rank products beside matrices, trained or frozen in whatever form: values and derivatives. */
class LowRankTest {
    private static final Batch ONE = Trial.batch(3, 1);
    private static final Batch SEVERAL = Trial.batch(3, 6, 1, 10);

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-,7,5,0,5,3,false",
                "-,33,40,3,19,4,false",
                "-,17,20,0,20,1,true",
                "-,18,50,17,33,8,true",
                "Q8_0,64,40,0,40,4,false",
                "Q4_0,32,33,5,20,2,true",
                "BF16,19,12,0,12,2,true",
                "F32,24,12,2,9,3,false"
            })
    void linear(@Nullable DType base, int ins, int rows, int first, int outs, int rank, boolean magnitudes) {
        for (boolean biased : new boolean[] {false, true}) {
            for (Batch batch : new Batch[] {ONE, SEVERAL}) {
                Trial.verify(batch, trial -> {
                    Tensor x = trial.leaf("x", ins, 1);
                    Adapted w = new Adapted(trial, "w", new Adapted.Kind(base, rank, magnitudes), rows, ins);
                    Parameter b = biased ? trial.parameter("bias", 1, rows) : null;
                    trial.project(new Linear(trial.tape, x, w.weight(), first, outs, b, w.beside()).out());
                    return values -> Trial.Expected.of(Formulas.linear(
                            values.get("x"), w.matrix(values), biased ? values.get("bias") : null, ins, first, outs));
                });
            }
        }
    }

    @Test
    void aFrozenMatrixHasTheBitsOfItsDecodedOneWhateverThePanels() {
        int rows = 700;
        int cols = 1024; // more than one panel
        Random random = new Random(5);
        float[] values = new float[rows * cols];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        try (Arena arena = Arena.ofShared()) {
            MemorySegment data = arena.allocate(DType.Q8_0.bytes(values.length), 64);
            DType.Q8_0.encode(values, 0, values.length, data, 0);
            Matrix matrix = new Matrix(DType.Q8_0, rows, cols, data);
            FloatRows decoded = FloatRows.allocate(arena, rows, cols);
            for (int r = 0; r < rows; r++) {
                OpsProvider.ops().embed(matrix, r, decoded, r);
            }
            Matrix direct = new Matrix(DType.F32, rows, cols, decoded.data());
            List<float[]> found = new ArrayList<>();
            for (Matrix each : List.of(matrix, direct)) {
                for (int team = 1; team <= 3; team++) {
                    found.addAll(outputAndGradient(each, team));
                }
            }
            for (int i = 2; i < found.size(); i++) {
                assertThat(found.get(i)).containsExactly(found.get(i % 2));
            }
        }
    }

    private static List<float[]> outputAndGradient(Matrix matrix, int team) {
        try (Arena arena = Arena.ofShared();
                Team workers = Team.ofSize(team)) {
            Batch batch = Trial.batch(9, 5, 4);
            Tape tape = new Tape(OpsProvider.ops().gemm(), arena, batch.tokens(), workers);
            Parameter table = Parameter.of(arena, "table", 9, matrix.cols());
            Parameter head = Parameter.of(arena, "head", 9, matrix.rows());
            for (Parameter p : List.of(table, head)) {
                Random random = new Random(p.rows());
                for (int i = 0; i < p.elements(); i++) {
                    p.value().data().setAtIndex(FloatRows.FLOAT, i, random.nextFloat() - 0.5f);
                }
            }
            Tensor x = new Embedding(tape, table, false).out();
            Tensor y = new Linear(tape, x, new Frozen("w", matrix, OpsProvider.ops()))
                    .out()
                    .keep();
            new HeadLoss(tape, y, head, false);
            tape.plan();
            tape.forwardAndBackward(batch);
            return List.of(floats(y.value()), floats(table.gradient()));
        }
    }

    private static float[] floats(FloatRows rows) {
        float[] out = new float[rows.rows() * rows.cols()];
        for (int i = 0; i < out.length; i++) {
            out[i] = rows.data().getAtIndex(FloatRows.FLOAT, i);
        }
        return out;
    }

    @Test
    void magnitudesBeginAsTheRowsLengths() {
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2)) {
            Tape tape = new Tape(OpsProvider.ops().gemm(), arena, 4, team);
            Parameter w = Parameter.of(arena, "w", 2, 3);
            w.value().set(0, 0, 3);
            w.value().set(0, 2, -4);
            LowRank beside = new LowRank(
                    Parameter.of(arena, "a", 1, 3), Parameter.of(arena, "b", 2, 1), 1, Parameter.of(arena, "m", 2));
            Tensor x = new Embedding(tape, Parameter.of(arena, "table", 5, 3), false).out();
            new Linear(tape, x, w, 0, 2, null, beside);
            tape.plan();
            tape.begin();
            assertThat(Objects.requireNonNull(beside.magnitude()).value().row(0))
                    .containsExactly(5, 0);
        }
    }

    @Test
    void sizesThatDoNotFitAreRefused() {
        try (Arena arena = Arena.ofShared()) {
            Parameter a = Parameter.of(arena, "a", 2, 3);
            assertThatThrownBy(() -> new LowRank(a, Parameter.of(arena, "b", 5, 3), 1, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("rank 2");
        }
    }
}
