package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.gguf.GgufWriter;
import dev.jerboa.model.tensor.TensorBody;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Grok of random weights, no reference for which exists, against its definition computed in double by plain loops. */
class GrokTest {
    private static final int HIDDEN = 64;
    private static final int HEADS = 4;
    private static final int KEY_HEADS = 2;
    private static final int HEAD = 16;
    private static final int EXPERTS = 4;
    private static final int WIDTH = 32;
    private static final int DENSE = 48;
    private static final int VOCABULARY = 50;
    private static final int LAYERS = 2;
    private static final double EPS = 1e-5;

    /** What it is checked against. */
    static final String REFERENCE = "its definition, computed in double";

    private final Map<String, float[]> weights = new HashMap<>();
    private final Random random = new Random(4);
    private final GgufWriter writer = new GgufWriter();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void agreesWithItsDefinition(boolean second, @TempDir Path folder) {
        writer.string("general.architecture", "grok")
                .uint32("grok.block_count", LAYERS)
                .uint32("grok.context_length", 128)
                .uint32("grok.embedding_length", HIDDEN)
                .uint32("grok.attention.head_count", HEADS)
                .uint32("grok.attention.head_count_kv", KEY_HEADS)
                .float32("grok.attention.layer_norm_rms_epsilon", EPS)
                .float32("grok.rope.freq_base", 10_000)
                .uint32("grok.expert_count", EXPERTS)
                .uint32("grok.expert_used_count", 2)
                .uint32("grok.feed_forward_length", second ? DENSE : WIDTH)
                .float32("grok.embedding_scale", 8)
                .float32("grok.attention.output_scale", 0.9)
                .float32("grok.attn_logit_softcapping", 2.5);
        if (second) {
            writer.uint32("grok.expert_feed_forward_length", WIDTH)
                    .float32("grok.logit_scale", 0.5)
                    .float32("grok.final_logit_softcapping", 1.5);
        }
        normal("token_embd.weight", VOCABULARY, HIDDEN);
        normal("output.weight", VOCABULARY, HIDDEN);
        norm("output_norm.weight");
        for (int l = 0; l < LAYERS; l++) {
            String block = "blk." + l + ".";
            norm(block + "attn_norm.weight");
            norm(block + "attn_output_norm.weight");
            norm(block + "ffn_norm.weight");
            norm(block + (second ? "post_ffw_norm.weight" : "layer_output_norm.weight"));
            normal(block + "attn_q.weight", HEADS * HEAD, HIDDEN);
            normal(block + "attn_k.weight", KEY_HEADS * HEAD, HIDDEN);
            normal(block + "attn_v.weight", KEY_HEADS * HEAD, HIDDEN);
            normal(block + "attn_output.weight", HIDDEN, HEADS * HEAD);
            normal(block + "ffn_gate_inp.weight", EXPERTS, HIDDEN);
            normal(block + "ffn_gate_exps.weight", EXPERTS, WIDTH, HIDDEN);
            normal(block + "ffn_up_exps.weight", EXPERTS, WIDTH, HIDDEN);
            normal(block + "ffn_down_exps.weight", EXPERTS, HIDDEN, WIDTH);
            if (second) {
                normal(block + "ffn_gate.weight", DENSE, HIDDEN);
                normal(block + "ffn_up.weight", DENSE, HIDDEN);
                normal(block + "ffn_down.weight", HIDDEN, DENSE);
            }
        }
        Path file = folder.resolve("grok.gguf");
        writer.write(file);
        int[] prompt = random.ints(21, 0, VOCABULARY).toArray();
        double[][] expected = definition(prompt, second);
        try (Team team = Team.ofSize(2);
                Checkpoint checkpoint = Checkpoint.open(file);
                Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 32)) {
            OneSequence run = new OneSequence(decoder);
            float[][] whole = run.logits(prompt, prompt.length);
            for (int t = 0; t < prompt.length; t++) {
                for (int v = 0; v < VOCABULARY; v++) {
                    assertThat((double) whole[t][v]).as("token %d", t).isCloseTo(expected[t][v], within(2e-5));
                }
            }
            assertThat(run.logits(prompt, 4)).isDeepEqualTo(whole);
            assertThat(run.logits(prompt, 1)).isDeepEqualTo(whole);
        }
    }

    private double[][] definition(int[] prompt, boolean second) {
        int n = prompt.length;
        double[][] x = new double[n][HIDDEN];
        for (int t = 0; t < n; t++) {
            for (int c = 0; c < HIDDEN; c++) {
                x[t][c] = 8 * weight("token_embd.weight")[prompt[t] * HIDDEN + c];
            }
        }
        for (int l = 0; l < LAYERS; l++) {
            String block = "blk." + l + ".";
            double[][] queries = new double[n][];
            double[][] keys = new double[n][];
            double[][] values = new double[n][];
            for (int t = 0; t < n; t++) {
                double[] a = normed(x[t], block + "attn_norm.weight");
                queries[t] = turned(times(block + "attn_q.weight", 0, HEADS * HEAD, a), t);
                keys[t] = turned(times(block + "attn_k.weight", 0, KEY_HEADS * HEAD, a), t);
                values[t] = times(block + "attn_v.weight", 0, KEY_HEADS * HEAD, a);
            }
            for (int t = 0; t < n; t++) {
                double[] mixed = attended(queries[t], keys, values, t);
                double[] result = times(block + "attn_output.weight", 0, HIDDEN, mixed);
                add(x[t], normed(result, block + "attn_output_norm.weight"), 1);
                double[] b = normed(x[t], block + "ffn_norm.weight");
                double[] y = experts(block, b);
                if (second) {
                    add(
                            y,
                            unit(
                                    block + "ffn_gate.weight",
                                    block + "ffn_up.weight",
                                    block + "ffn_down.weight",
                                    0,
                                    DENSE,
                                    b),
                            1);
                    for (int c = 0; c < HIDDEN; c++) {
                        y[c] *= Math.sqrt(2) / 2;
                    }
                }
                add(x[t], normed(y, block + (second ? "post_ffw_norm.weight" : "layer_output_norm.weight")), 1);
            }
        }
        double[][] logits = new double[n][];
        for (int t = 0; t < n; t++) {
            logits[t] = times("output.weight", 0, VOCABULARY, normed(x[t], "output_norm.weight"));
            for (int v = 0; v < VOCABULARY; v++) {
                logits[t][v] *= second ? 0.5 : 0.5773502691896257;
                logits[t][v] = second ? 1.5 * Math.tanh(logits[t][v] / 1.5) : logits[t][v];
            }
        }
        return logits;
    }

    private static double[] attended(double[] query, double[][] keys, double[][] values, int t) {
        double[] out = new double[HEADS * HEAD];
        for (int h = 0; h < HEADS; h++) {
            int k = h / (HEADS / KEY_HEADS);
            double[] score = new double[t + 1];
            double total = 0;
            for (int p = 0; p <= t; p++) {
                double dot = 0;
                for (int d = 0; d < HEAD; d++) {
                    dot += query[h * HEAD + d] * keys[p][k * HEAD + d];
                }
                score[p] = Math.exp(2.5 * Math.tanh(dot * 0.9 / 2.5));
                total += score[p];
            }
            for (int p = 0; p <= t; p++) {
                for (int d = 0; d < HEAD; d++) {
                    out[h * HEAD + d] += score[p] / total * values[p][k * HEAD + d];
                }
            }
        }
        return out;
    }

    private double[] experts(String block, double[] b) {
        double[] z = times(block + "ffn_gate_inp.weight", 0, EXPERTS, b);
        int first = 0;
        for (int e = 1; e < EXPERTS; e++) {
            first = z[e] > z[first] ? e : first;
        }
        int next = first == 0 ? 1 : 0;
        for (int e = 0; e < EXPERTS; e++) {
            next = e != first && z[e] > z[next] ? e : next;
        }
        double share = 1 / (1 + Math.exp(z[next] - z[first]));
        double[] y = new double[HIDDEN];
        for (int e : new int[] {first, next}) {
            double[] one = unit(
                    block + "ffn_gate_exps.weight",
                    block + "ffn_up_exps.weight",
                    block + "ffn_down_exps.weight",
                    e,
                    WIDTH,
                    b);
            add(y, one, e == first ? share : 1 - share);
        }
        return y;
    }

    private double[] unit(String gate, String up, String down, int expert, int width, double[] b) {
        double[] g = times(gate, expert * width, width, b);
        double[] u = times(up, expert * width, width, b);
        for (int i = 0; i < width; i++) {
            double inner = Math.sqrt(2 / Math.PI) * (g[i] + 0.044715 * g[i] * g[i] * g[i]);
            u[i] *= 0.5 * g[i] * (1 + Math.tanh(inner));
        }
        return times(down, expert * HIDDEN, HIDDEN, u);
    }

    /** The rotation of halves. */
    private static double[] turned(double[] rows, int position) {
        double[] out = rows.clone();
        for (int at = 0; at < rows.length; at += HEAD) {
            for (int i = 0; i < HEAD / 2; i++) {
                double angle = position * Math.pow(10_000, -2.0 * i / HEAD);
                double a = rows[at + i];
                double b = rows[at + i + HEAD / 2];
                out[at + i] = a * Math.cos(angle) - b * Math.sin(angle);
                out[at + i + HEAD / 2] = b * Math.cos(angle) + a * Math.sin(angle);
            }
        }
        return out;
    }

    private double[] normed(double[] x, String name) {
        double squares = 0;
        for (double v : x) {
            squares += v * v;
        }
        double[] out = new double[x.length];
        for (int c = 0; c < x.length; c++) {
            out[c] = x[c] / Math.sqrt(squares / x.length + EPS) * weight(name)[c];
        }
        return out;
    }

    private double[] times(String name, int firstRow, int rows, double[] x) {
        float[] w = weight(name);
        double[] out = new double[rows];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < x.length; c++) {
                out[r] += w[(firstRow + r) * x.length + c] * x[c];
            }
        }
        return out;
    }

    private static void add(double[] to, double[] from, double factor) {
        for (int c = 0; c < to.length; c++) {
            to[c] += factor * from[c];
        }
    }

    private float[] weight(String name) {
        return Objects.requireNonNull(weights.get(name), name);
    }

    private void normal(String name, long... shape) {
        int count = 1;
        for (long size : shape) {
            count *= (int) size;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() / Math.sqrt(shape[shape.length - 1]));
        }
        weights.put(name, values);
        writer.tensor(name, DType.F32, shape, TensorBody.of(values));
    }

    private void norm(String name) {
        float[] values = new float[HIDDEN];
        for (int i = 0; i < HIDDEN; i++) {
            values[i] = (float) (1 + 0.2 * Math.sin(i));
        }
        weights.put(name, values);
        writer.tensor(name, DType.F32, new long[] {HIDDEN}, TensorBody.of(values));
    }
}
