package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.decoder.KvShape;
import dev.jerboa.model.decoder.Step;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.testkit.SharedFolder;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The layer of a DeepSeek-V3 checkpoint that predicts a token further, against its formula in plain loops and doubles. */
class PredictionLayerTest {
    private static final String CHECKPOINT = "oracle/hf/deepseek_v3";

    /** One sequence: the decoder's states of a prompt, and predictions after them. */
    private static final class Run {
        final Decoder decoder;
        final Step step;
        final List<KvLayer> cache = new ArrayList<>();
        final KvLayer furtherCache;
        final int[] pages;

        Run(Decoder decoder, int positions) {
            this.decoder = decoder;
            this.step = decoder.step();
            this.pages = IntStream.range(0, positions / 16 + 1).toArray();
            decoder.cacheShape().forEach(shape -> cache.add(layer(shape)));
            this.furtherCache = layer(decoder.furtherCacheShape().getFirst());
        }

        private KvLayer layer(KvShape shape) {
            FloatRows keys = FloatRows.allocate(Arena.ofAuto(), pages.length * 16, shape.keyDim());
            return new KvLayer(keys.data(), keys.data(), shape.keyDim(), shape.keyDim(), 4);
        }

        FloatRows states(int[] prompt) {
            step.clear();
            for (int p = 0; p < prompt.length; p++) {
                step.add(prompt[p], p, pages, false);
            }
            step.keepStates();
            decoder.forward(step, cache);
            return step.states();
        }

        /** Logits of predictions {@code from} to {@code to − 1}. */
        float[][] further(FloatRows states, int[] tokens, int from, int to) {
            Step own = decoder.step();
            for (int p = from; p < to; p++) {
                own.addAfter(states, p, tokens[p + 1], p, pages, true);
            }
            decoder.predictFurther(own, furtherCache);
            return IntStream.range(0, to - from)
                    .mapToObj(row -> own.logits().row(row))
                    .toArray(float[][]::new);
        }
    }

    @Test
    void agreesWithTheFormula() {
        Path folder = SharedFolder.require(CHECKPOINT);
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2);
                Checkpoint checkpoint = Checkpoint.open(folder);
                Decoder decoder = checkpoint.load(
                        OpsProvider.ops(),
                        team,
                        DecoderOptions.of(Ops.Precision.EXACT, 128).withFurther(true))) {
            TensorSource expected = SafetensorsFolder.open(folder.resolve("expect.safetensors"), arena);
            int[] prompt = integers(expected.tensor("prompt.2").floats());
            int count = prompt.length - 1;
            Run run = new Run(decoder, prompt.length + 1);
            FloatRows states = run.states(prompt);
            Formula formula = new Formula(checkpoint.tensors());

            double[][] h = new double[prompt.length][];
            float[] logits = expected.tensor("logits.2").floats();
            for (int p = 0; p < prompt.length; p++) {
                h[p] = doubles(states.row(p));
                double[] next = formula.product("lm_head", h[p]);
                float[] reference = Arrays.copyOfRange(logits, p * next.length, (p + 1) * next.length);
                assertThat(distance(next, reference)).as("the state at %d", p).isLessThan(1e-3);
            }

            float[][] whole = run.further(states, prompt, 0, count);
            for (int p = 0; p < count; p++) {
                double[] further = formula.further(h[p], prompt[p + 1]);
                assertThat(distance(further, whole[p]))
                        .as("the prediction at %d", p)
                        .isLessThan(1e-3);
            }
            for (int chunk : new int[] {1, 7}) {
                for (int from = 0; from < count; from += chunk) {
                    int to = Math.min(count, from + chunk);
                    assertThat(run.further(states, prompt, from, to))
                            .as("in chunks of %d", chunk)
                            .isDeepEqualTo(Arrays.copyOfRange(whole, from, to));
                }
            }

            // once more, with the layer's own state and any token in place of one that is known
            Step again = decoder.step();
            again.addAfter(states, count - 1, prompt[count], count - 1, run.pages, false);
            again.keepStates();
            decoder.predictFurther(again, run.furtherCache);
            FloatRows own = again.states();
            again.clear();
            again.addAfter(own, 0, 17, count, run.pages, true);
            decoder.predictFurther(again, run.furtherCache);
            double[] twice = formula.further(formula.lastState, 17);
            assertThat(distance(twice, again.logits().row(0))).isLessThan(1e-3);
        }
    }

    @Test
    void aFileWithoutItSaysSo() {
        Path file = SharedFolder.require(CHECKPOINT + "/model.gguf");
        try (Team team = Team.ofSize(1);
                Checkpoint checkpoint = Checkpoint.open(file)) {
            assertThat(checkpoint.spec().predictions()).isEmpty();
            assertThatExceptionOfType(ModelException.class)
                    .isThrownBy(() -> checkpoint.load(
                            OpsProvider.ops(),
                            team,
                            DecoderOptions.of(Ops.Precision.EXACT, 16).withFurther(true)))
                    .withMessageContaining("no layer that predicts further tokens");
        }
    }

    /** DeepSeek-V3's prediction layer for the sizes of this checkpoint, a position after another. */
    private static final class Formula {
        private static final int HEADS = 4;
        private static final int PLAIN = 16;
        private static final int ROTARY = 16;
        private static final int VALUE = 16;
        private static final int LATENT = 32;
        private static final int EXPERTS = 8;
        private static final int PER_GROUP = 2;

        private static final String LAYER = "model.layers.4.";

        private final TensorSource tensors;
        private final List<double[]> keys = new ArrayList<>();
        private final List<double[]> values = new ArrayList<>();
        double[] lastState = {};

        Formula(TensorSource tensors) {
            this.tensors = tensors;
        }

        double[] further(double[] state, int token) {
            double[] embedding = row("model.layers.4.embed_tokens", token, state.length);
            double[] x = product(
                    LAYER + "eh_proj",
                    joined(norm(embedding, LAYER + "enorm", 1e-6), norm(state, LAYER + "hnorm", 1e-6)));
            x = sum(x, attention(norm(x, LAYER + "input_layernorm", 1e-6)));
            x = sum(x, experts(norm(x, LAYER + "post_attention_layernorm", 1e-6)));
            lastState = norm(x, LAYER + "shared_head.norm", 1e-6);
            return product(LAYER + "shared_head.head", lastState);
        }

        private double[] attention(double[] x) {
            int position = keys.size();
            String self = LAYER + "self_attn.";
            double[] query =
                    product(self + "q_b_proj", norm(product(self + "q_a_proj", x), self + "q_a_layernorm", 1e-6));
            double[] down = product(self + "kv_a_proj_with_mqa", x);
            double[] latent = norm(Arrays.copyOf(down, LATENT), self + "kv_a_layernorm", 1e-6);
            double[] rotaryKey = rotated(Arrays.copyOfRange(down, LATENT, LATENT + ROTARY), position);
            double[] up = product(self + "kv_b_proj", latent);
            double[] key = new double[HEADS * (PLAIN + ROTARY)];
            double[] value = new double[HEADS * VALUE];
            for (int head = 0; head < HEADS; head++) {
                System.arraycopy(up, head * (PLAIN + VALUE), key, head * (PLAIN + ROTARY), PLAIN);
                System.arraycopy(rotaryKey, 0, key, head * (PLAIN + ROTARY) + PLAIN, ROTARY);
                System.arraycopy(up, head * (PLAIN + VALUE) + PLAIN, value, head * VALUE, VALUE);
            }
            keys.add(key);
            values.add(value);
            double magnitude = 0.1 * Math.log(40) + 1;
            double scale = magnitude * magnitude / Math.sqrt(PLAIN + ROTARY);
            double[] mixed = new double[HEADS * VALUE];
            for (int head = 0; head < HEADS; head++) {
                int at = head * (PLAIN + ROTARY);
                double[] plain = Arrays.copyOfRange(query, at, at + PLAIN);
                double[] turned = rotated(Arrays.copyOfRange(query, at + PLAIN, at + PLAIN + ROTARY), position);
                double[] own = joined(plain, turned);
                double[] weights = new double[position + 1];
                double total = 0;
                for (int p = 0; p <= position; p++) {
                    double score = 0;
                    for (int i = 0; i < own.length; i++) {
                        score += own[i] * keys.get(p)[at + i];
                    }
                    weights[p] = Math.exp(scale * score);
                    total += weights[p];
                }
                for (int p = 0; p <= position; p++) {
                    for (int i = 0; i < VALUE; i++) {
                        mixed[head * VALUE + i] += weights[p] / total * values.get(p)[head * VALUE + i];
                    }
                }
            }
            return product(self + "o_proj", mixed);
        }

        /** Pairs side by side, frequencies stretched as YaRN says for 40 times 4096 positions. */
        private static double[] rotated(double[] x, int position) {
            double[] out = new double[ROTARY];
            double low = Math.max(0, Math.floor(turns(32)));
            double high = Math.min(ROTARY - 1, Math.ceil(turns(1)));
            for (int i = 0; i < ROTARY / 2; i++) {
                double frequency = Math.pow(10_000, -2.0 * i / ROTARY);
                double ramp = Math.clamp((i - low) / (high - low), 0, 1);
                double angle = position * (frequency * (1 - ramp) + frequency / 40 * ramp);
                out[2 * i] = x[2 * i] * Math.cos(angle) - x[2 * i + 1] * Math.sin(angle);
                out[2 * i + 1] = x[2 * i + 1] * Math.cos(angle) + x[2 * i] * Math.sin(angle);
            }
            return out;
        }

        /** The dimension that turns so often in the original context. */
        private static double turns(double times) {
            return ROTARY * Math.log(4096 / (2 * Math.PI * times)) / (2 * Math.log(10_000));
        }

        private double[] experts(double[] x) {
            double[] scores = product(LAYER + "mlp.gate", x);
            double[] biases = doubles(
                    tensors.tensor(LAYER + "mlp.gate.e_score_correction_bias").floats());
            double[] choice = new double[EXPERTS];
            for (int e = 0; e < EXPERTS; e++) {
                scores[e] = 1 / (1 + Math.exp(-scores[e]));
                choice[e] = scores[e] + biases[e];
            }
            double[] groups = new double[EXPERTS / PER_GROUP];
            for (int e = 0; e < EXPERTS; e++) {
                groups[e / PER_GROUP] += choice[e]; // both of its two
            }
            boolean[] kept = best(groups, 2);
            for (int e = 0; e < EXPERTS; e++) {
                choice[e] = kept[e / PER_GROUP] ? choice[e] : Double.NEGATIVE_INFINITY;
            }
            boolean[] chosen = best(choice, 3);
            double total = 0;
            for (int e = 0; e < EXPERTS; e++) {
                total += chosen[e] ? scores[e] : 0;
            }
            double[] out = gated(LAYER + "mlp.shared_experts.", x);
            for (int e = 0; e < EXPERTS; e++) {
                if (chosen[e]) {
                    double[] of = gated(LAYER + "mlp.experts." + e + ".", x);
                    for (int i = 0; i < out.length; i++) {
                        out[i] += 2.5 * scores[e] / total * of[i];
                    }
                }
            }
            return out;
        }

        private static boolean[] best(double[] values, int count) {
            boolean[] best = new boolean[values.length];
            for (int n = 0; n < count; n++) {
                int most = -1;
                for (int i = 0; i < values.length; i++) {
                    most = !best[i] && (most < 0 || values[i] > values[most]) ? i : most;
                }
                best[most] = true;
            }
            return best;
        }

        private double[] gated(String name, double[] x) {
            double[] gate = product(name + "gate_proj", x);
            double[] up = product(name + "up_proj", x);
            for (int i = 0; i < gate.length; i++) {
                gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
            }
            return product(name + "down_proj", gate);
        }

        double[] product(String name, double[] x) {
            float[] weights = tensors.tensor(name + ".weight").floats();
            double[] out = new double[weights.length / x.length];
            for (int r = 0; r < out.length; r++) {
                for (int c = 0; c < x.length; c++) {
                    out[r] += weights[r * x.length + c] * x[c];
                }
            }
            return out;
        }

        private double[] norm(double[] x, String name, double eps) {
            float[] weights = tensors.tensor(name + ".weight").floats();
            double squares = 0;
            for (double value : x) {
                squares += value * value;
            }
            double[] out = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                out[i] = x[i] / Math.sqrt(squares / x.length + eps) * weights[i];
            }
            return out;
        }

        private double[] row(String name, int row, int cols) {
            float[] weights = tensors.tensor(name + ".weight").floats();
            return doubles(Arrays.copyOfRange(weights, row * cols, (row + 1) * cols));
        }
    }

    private static double[] joined(double[] a, double[] b) {
        double[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static double[] sum(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] + b[i]).toArray();
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    private static int[] integers(float[] values) {
        return IntStream.range(0, values.length).map(i -> (int) values[i]).toArray();
    }

    /** The largest difference over the standard deviation. */
    private static double distance(double[] expected, float[] found) {
        double mean = Arrays.stream(expected).average().orElseThrow();
        double variance = Arrays.stream(expected)
                .map(x -> (x - mean) * (x - mean))
                .average()
                .orElseThrow();
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs(expected[i] - found[i]);
            worst = difference <= worst ? worst : difference;
        }
        return worst / Math.sqrt(variance);
    }
}
