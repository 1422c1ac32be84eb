package dev.jerboa.train.autograd;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.kernel.ops.RotaryTable.Layout;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.train.data.Batch;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SimpleOpsTest {
    private static final Batch ONE = Trial.batch(5, 1);
    private static final Batch SEVERAL = Trial.batch(11, 5, 1, 9);

    @ParameterizedTest
    @CsvSource({"1,7", "16,16", "33,5", "50,3"})
    void embedding(int cols, int vocabulary) {
        for (boolean ahead : new boolean[] {false, true}) {
            for (Batch batch : new Batch[] {Trial.batch(vocabulary, 1), Trial.batch(vocabulary, 4, 1, 8)}) {
                Trial.verify(batch, trial -> {
                    trial.project(
                            new Embedding(trial.tape, trial.parameter("table", 1, vocabulary, cols), ahead).out());
                    return values -> Trial.Expected.of(looked(batch, values.get("table"), cols, ahead));
                });
            }
        }
    }

    private static double[] looked(Batch batch, double[] table, int cols, boolean ahead) {
        double[] out = new double[batch.tokens() * cols];
        for (int t = 0; t < batch.tokens(); t++) {
            int id = ahead ? batch.target(t) : batch.id(t);
            for (int c = 0; c < cols && id != Batch.NONE; c++) {
                out[t * cols + c] = table[id * cols + c];
            }
        }
        return out;
    }

    @ParameterizedTest
    @CsvSource({"1,1,0,1", "7,5,0,5", "16,32,0,32", "33,40,3,19", "18,50,17,33"})
    void linear(int ins, int rows, int first, int outs) {
        for (boolean biased : new boolean[] {false, true}) {
            for (Batch batch : new Batch[] {ONE, SEVERAL}) {
                Trial.verify(batch, trial -> {
                    Tensor x = trial.leaf("x", ins, 1);
                    Parameter w = trial.parameter("w", 0.5, rows, ins);
                    Parameter b = biased ? trial.parameter("b", 1, rows) : null;
                    trial.project(new Linear(trial.tape, x, w, first, outs, b).out());
                    return values -> Trial.Expected.of(Formulas.linear(
                            values.get("x"), values.get("w"), biased ? values.get("b") : null, ins, first, outs));
                });
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "5,1", "16,1", "33,1", "8,4", "7,3"})
    void rmsNorm(int width, int stretches) {
        for (Batch batch : new Batch[] {ONE, SEVERAL}) {
            Trial.verify(batch, trial -> {
                Tensor x = trial.leaf("x", width * stretches, 0.7);
                trial.project(new RmsNorm(trial.tape, x, trial.parameter("w", 1, width), 1e-3f).out());
                return values -> Trial.Expected.of(Formulas.rmsNorm(values.get("x"), values.get("w"), 1e-3f));
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"1,8,0,8", "3,7,1,6", "2,10,4,4"})
    void rotation(int heads, int stride, int first, int dims) {
        for (Layout layout : new Layout[] {Layout.HALF_SPLIT, Layout.INTERLEAVED}) {
            for (Batch batch : new Batch[] {ONE, SEVERAL}) {
                RotarySpec spec = new RotarySpec(dims, layout, 100, new RotarySpec.Yarn(4, 8, 32, 1, true, 1.3));
                Trial.verify(batch, trial -> {
                    Tensor x = trial.leaf("x", heads * stride, 1);
                    RotaryTable cosines = spec.table(trial.tape.maxTokens(), trial.arena);
                    trial.project(new Rotation(trial.tape, x, cosines, heads, first).out());
                    return values -> Trial.Expected.of(turned(batch, values.get("x"), spec, heads, stride, first));
                });
            }
        }
    }

    private static double[] turned(Batch batch, double[] x, RotarySpec spec, int heads, int stride, int first) {
        double[] out = x.clone();
        int half = spec.dims() / 2;
        for (int t = 0; t < batch.tokens(); t++) {
            for (int h = 0; h < heads; h++) {
                int head = (t * heads + h) * stride + first;
                for (int i = 0; i < half; i++) {
                    int a = head + (spec.layout() == Layout.HALF_SPLIT ? i : 2 * i);
                    int b = head + (spec.layout() == Layout.HALF_SPLIT ? i + half : 2 * i + 1);
                    double angle = batch.position(t) * spec.frequencies()[i];
                    out[a] = spec.magnitude() * (x[a] * Math.cos(angle) - x[b] * Math.sin(angle));
                    out[b] = spec.magnitude() * (x[b] * Math.cos(angle) + x[a] * Math.sin(angle));
                }
            }
        }
        return out;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 13, 37})
    void gatedUnit(int width) {
        for (Batch batch : new Batch[] {ONE, SEVERAL}) {
            Trial.verify(batch, trial -> {
                Tensor gate = trial.leaf("gate", width, 3);
                Tensor up = trial.leaf("up", width, 1);
                trial.project(new GatedUnit(trial.tape, gate, up).out());
                return values -> Trial.Expected.of(gated(values));
            });
        }
    }

    private static double[] gated(Trial.Values values) {
        double[] out = values.get("gate").clone();
        for (int i = 0; i < out.length; i++) {
            out[i] = Formulas.silu(out[i]) * values.get("up")[i];
        }
        return out;
    }

    @Test
    void concatAndAdd() {
        for (Batch batch : new Batch[] {ONE, SEVERAL}) {
            Trial.verify(batch, trial -> {
                Tensor x = trial.leaf("x", 5, 1);
                Tensor y = trial.leaf("y", 12, 1);
                Tensor z = trial.leaf("z", 17, 1);
                Tensor both = new Concat(trial.tape, x, y).out();
                trial.project(new Add(trial.tape, both, z).out());
                return values -> {
                    double[] out = values.get("z").clone();
                    for (int t = 0; t < batch.tokens(); t++) {
                        for (int c = 0; c < 17; c++) {
                            out[t * 17 + c] += c < 5 ? values.get("x")[t * 5 + c] : values.get("y")[t * 12 + c - 5];
                        }
                    }
                    return Trial.Expected.of(out);
                };
            });
        }
    }

    @Test
    void anOperationDoesNotReadATensorTwice() {
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(1)) {
            Tape tape = new Tape(OpsProvider.ops().gemm(), arena, 4, team);
            Tensor x = new Embedding(tape, Parameter.of(arena, "table", 3, 8), false).out();
            assertThatThrownBy(() -> new Concat(tape, x, x)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new Add(tape, x, x)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
