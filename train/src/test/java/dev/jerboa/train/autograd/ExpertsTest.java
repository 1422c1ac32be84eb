package dev.jerboa.train.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.RouterSpec.Score;
import dev.jerboa.train.data.Batch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Routing and experts together. */
class ExpertsTest {
    private static final int EXPERTS = 5;
    private static final int INS = 7;
    private static final int WIDTH = 9;
    private static final double BALANCE = 0.7;

    @ParameterizedTest
    @EnumSource(value = Score.class, mode = EnumSource.Mode.EXCLUDE, names = "SOFTMAX_OF_CHOSEN")
    void chosenExperts(Score score) {
        for (Batch batch : new Batch[] {Trial.batch(3, 1), Trial.batch(3, 6, 1, 10)}) {
            for (int perToken : new int[] {1, 2, EXPERTS}) {
                for (boolean normalise : new boolean[] {false, true}) {
                    boolean biased = perToken == 2;
                    RouterSpec spec = RouterSpec.of(score, perToken)
                            .withBias(biased)
                            .withNormalised(normalise)
                            .withScale(1.5f);
                    verify(batch, spec, biased, perToken == 1 ? 0 : BALANCE);
                }
            }
        }
    }

    private static void verify(Batch batch, RouterSpec spec, boolean biased, double balance) {
        Trial.verify(batch, trial -> {
            Tensor x = trial.leaf("x", INS, 1);
            Tensor logits = trial.leaf("logits", EXPERTS, 1);
            Parameter bias = biased ? bias(trial) : null;
            Routing routing = new Routing(trial.tape, logits, spec, bias, balance);
            List<Parameter> gates = new ArrayList<>();
            List<Parameter> ups = new ArrayList<>();
            List<Parameter> downs = new ArrayList<>();
            for (int e = 0; e < EXPERTS; e++) {
                gates.add(trial.parameter("gate" + e, 0.6, WIDTH, INS));
                ups.add(trial.parameter("up" + e, 0.6, WIDTH, INS));
                downs.add(trial.parameter("down" + e, 0.6, INS, WIDTH));
            }
            trial.project(new Experts(trial.tape, x, routing, gates, ups, downs).out());
            trial.loss(() -> {
                assertThat(routing.start(EXPERTS)).isEqualTo(batch.tokens() * spec.perToken());
                return routing.balanceLoss();
            });
            return values -> expected(batch, spec, biased, balance, values, values::get);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lowRankProductsBesideFrozenExperts(boolean magnitudes) {
        RouterSpec spec = RouterSpec.of(Score.SIGMOID, 2).withNormalised(true);
        for (Batch batch : new Batch[] {Trial.batch(3, 1), Trial.batch(3, 6, 1, 10)}) {
            Trial.verify(batch, trial -> {
                Tensor x = trial.leaf("x", INS, 1);
                Tensor logits = trial.leaf("logits", EXPERTS, 1);
                Routing routing = new Routing(trial.tape, logits, spec, null, 0);
                Map<String, Adapted> all = new HashMap<>();
                List<Experts.Matrix> gates = new ArrayList<>();
                List<Experts.Matrix> ups = new ArrayList<>();
                List<Experts.Matrix> downs = new ArrayList<>();
                Adapted.Kind kind = new Adapted.Kind(DType.F16, 2, magnitudes);
                for (int e = 0; e < EXPERTS; e++) {
                    gates.add(adapted(all, trial, "gate" + e, kind, WIDTH, INS));
                    ups.add(adapted(all, trial, "up" + e, kind, WIDTH, INS));
                    downs.add(adapted(all, trial, "down" + e, kind, INS, WIDTH));
                }
                trial.project(
                        Experts.of(trial.tape, x, routing, gates, ups, downs).out());
                return values -> expected(
                        batch,
                        spec,
                        false,
                        0,
                        values,
                        name -> Objects.requireNonNull(all.get(name)).matrix(values));
            });
        }
    }

    /** Experts that a table chooses, of gated units with a limit. */
    @ParameterizedTest
    @ValueSource(floats = {Float.POSITIVE_INFINITY, 0.7f})
    void expertsByTokenWithALimit(float limit) {
        RouterSpec spec = RouterSpec.of(Score.SQRT_SOFTPLUS, 2)
                .withNormalised(true)
                .withScale(1.5f)
                .withByToken(true);
        for (Batch batch : new Batch[] {Trial.batch(3, 1), Trial.batch(3, 6, 1, 10)}) {
            Trial.verify(batch, trial -> {
                Tensor x = trial.leaf("x", INS, 1);
                Tensor logits = trial.leaf("logits", EXPERTS, 1);
                Parameter table = Parameter.fixed(trial.arena, "table", 3, 2);
                for (int i = 0; i < 6; i++) {
                    table.value().set(i / 2, i % 2, chosen(i / 2, i % 2));
                }
                Routing routing = new Routing(trial.tape, logits, spec, null, table, 0);
                List<Experts.Matrix> gates = new ArrayList<>();
                List<Experts.Matrix> ups = new ArrayList<>();
                List<Experts.Matrix> downs = new ArrayList<>();
                for (int e = 0; e < EXPERTS; e++) {
                    gates.add(new Experts.Matrix(trial.parameter("gate" + e, 0.6, WIDTH, INS), null));
                    ups.add(new Experts.Matrix(trial.parameter("up" + e, 0.6, WIDTH, INS), null));
                    downs.add(new Experts.Matrix(trial.parameter("down" + e, 0.6, INS, WIDTH), null));
                }
                trial.project(Experts.of(trial.tape, x, routing, gates, ups, downs, limit)
                        .out());
                return values -> byToken(batch, values, limit);
            });
        }
    }

    private static int chosen(int id, int j) {
        return (2 * id + 3 * j) % EXPERTS;
    }

    private static Trial.Expected byToken(Batch batch, Trial.Values values, float limit) {
        double[] x = values.get("x");
        double[] out = new double[x.length];
        for (int t = 0; t < batch.tokens(); t++) {
            double[] scores = new double[2];
            for (int j = 0; j < 2; j++) {
                double logit = values.get("logits")[t * EXPERTS + chosen(batch.id(t), j)];
                scores[j] = Math.sqrt(Math.log1p(Math.exp(logit)));
            }
            for (int j = 0; j < 2; j++) {
                int e = chosen(batch.id(t), j);
                double weight = 1.5 * scores[j] / (scores[0] + scores[1]);
                double[] down = values.get("down" + e);
                add(out, x, t, weight, values.get("gate" + e), values.get("up" + e), down, limit);
            }
        }
        return Trial.Expected.of(out);
    }

    private static Experts.Matrix adapted(
            Map<String, Adapted> all, Trial trial, String name, Adapted.Kind kind, int rows, int ins) {
        Adapted adapted = new Adapted(trial, name, kind, rows, ins);
        all.put(name, adapted);
        return new Experts.Matrix(adapted.weight(), adapted.beside());
    }

    /** A selection bias that turns choices; it is no variable, so gradients must not reach it. */
    private static Parameter bias(Trial trial) {
        Parameter bias = Parameter.of(trial.arena, "bias", EXPERTS);
        for (int e = 0; e < EXPERTS; e++) {
            bias.value().set(0, e, bias(e));
        }
        return bias;
    }

    private static float bias(int expert) {
        return 0.3f * (expert % 3) - 0.2f;
    }

    private static Trial.Expected expected(
            Batch batch,
            RouterSpec spec,
            boolean biased,
            double balance,
            Trial.Values values,
            Function<String, double[]> matrices) {
        double[] biases = new double[EXPERTS];
        for (int e = 0; biased && e < EXPERTS; e++) {
            biases[e] = bias(e);
        }
        double[] x = values.get("x");
        double[] out = new double[x.length];
        Formulas.Choice[] choices = new Formulas.Choice[batch.tokens()];
        for (int t = 0; t < batch.tokens(); t++) {
            choices[t] = Formulas.choose(spec, values.get("logits"), t * EXPERTS, biases, EXPERTS);
            for (int j = 0; j < spec.perToken(); j++) {
                int e = choices[t].experts()[j];
                add(
                        out,
                        x,
                        t,
                        choices[t].weights()[j],
                        matrices.apply("gate" + e),
                        matrices.apply("up" + e),
                        matrices.apply("down" + e),
                        Float.POSITIVE_INFINITY);
            }
        }
        double loss = balance == 0 ? 0 : Formulas.balance(batch, choices, EXPERTS, balance);
        return new Trial.Expected(loss, List.of(out));
    }

    private static void add(
            double[] out, double[] x, int t, double weight, double[] gate, double[] up, double[] down, float limit) {
        for (int f = 0; f < WIDTH; f++) {
            double g = 0;
            double u = 0;
            for (int i = 0; i < INS; i++) {
                g += gate[f * INS + i] * x[t * INS + i];
                u += up[f * INS + i] * x[t * INS + i];
            }
            g = Math.min(g, limit);
            u = Math.max(-limit, Math.min(u, limit));
            for (int i = 0; i < INS; i++) {
                out[t * INS + i] += weight * down[i * WIDTH + f] * Formulas.silu(g) * u;
            }
        }
    }
}
