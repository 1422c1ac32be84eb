package dev.jerboa.model.checkpoint;

import static dev.jerboa.model.checkpoint.TinyFolder.HIDDEN;
import static dev.jerboa.model.checkpoint.TinyFolder.LAYERS;
import static dev.jerboa.model.checkpoint.TinyFolder.layer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import dev.jerboa.kernel.ops.vector.VectorOps;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.ResidualSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders with hyper-connections of every kind, with every attention and feed-forward unit that our own models have. */
class HyperConnectionsTest {
    private static final int[] PROMPT =
            IntStream.range(0, 13).map(i -> i * i * 7 % TinyFolder.VOCABULARY).toArray();

    @TempDir
    private Path folder;

    static Stream<Arguments> subjects() {
        List<Ops> tiers = List.of(OpsProvider.ops(), VectorOps.create(), new ScalarOps());
        return tiers.stream()
                .flatMap(ops -> Stream.of("mhc", "mhc-lite", "hc")
                        .flatMap(kind -> Stream.of(false, true)
                                .map(singlePass -> Arguments.of(ops.tier(), kind, singlePass, ops))));
    }

    /** The bits of logits, whatever the number of workers and however the prompt is cut into steps. */
    @ParameterizedTest(name = "{0} {1} single pass {2}")
    @MethodSource("subjects")
    void everyCutGivesTheSameBits(String tier, String kind, boolean singlePass, Ops ops) {
        TinyFolder tiny = tiny(kind, singlePass).with("hc_single_pass", singlePass);
        try (Checkpoint checkpoint = Checkpoint.open(tiny.write(folder))) {
            float[][] whole = logits(checkpoint, ops, 1, PROMPT.length);
            assertThat(spread(whole)).isGreaterThan(0.1);
            for (int workers = 1; workers <= 3; workers++) {
                for (int chunk : new int[] {PROMPT.length, 7, 4, 1}) {
                    assertThat(logits(checkpoint, ops, workers, chunk))
                            .as("%d workers, steps of %d", workers, chunk)
                            .isDeepEqualTo(whole);
                }
            }
        }
    }

    /** Each kind with other parts: latent or grouped attention, gated units or experts, each head. */
    private static TinyFolder tiny(String kind, boolean singlePass) {
        TinyFolder tiny = new TinyFolder().with("hc_kind", kind);
        return switch (kind) {
            case "mhc" ->
                (singlePass
                                ? tiny.grouped().dense().with("hc_head", "mean")
                                : tiny.latent().experts(1, true))
                        .with("hc_mult", 4)
                        .streams(24, 4 * HIDDEN, 24, singlePass ? 0 : 4);
            case "mhc-lite" ->
                (singlePass
                                ? tiny.latent().experts(0, false).with("scoring_func", "softmax")
                                : tiny.grouped().experts(0, true).with("scoring_func", "sqrtsoftplus"))
                        .with("hc_mult", 3)
                        .streams(12, 3 * HIDDEN, 12, 3);
            default ->
                (singlePass ? tiny.latent().dense() : tiny.grouped().experts(2, false))
                        .with("hc_mult", 2)
                        .streams(4, HIDDEN, 8, 0);
        };
    }

    @Test
    void singlePassReadsOtherwise() {
        Path one = tiny("mhc", false).write(folder);
        float[][] apart = logits(one, 1);
        float[][] single =
                logits(tiny("mhc", false).with("hc_single_pass", true).write(folder), 1);
        assertThat(distance(apart, single)).isGreaterThan(0.01);
    }

    /** Streams that stay equal, read as their mean: the plain residual. */
    @ParameterizedTest
    @ValueSource(strings = {"mhc", "mhc-lite"})
    void aMeanOfEqualStreamsIsThePlainResidual(String kind) {
        int combs = kind.equals("mhc") ? 16 : 24;
        TinyFolder tiny = new TinyFolder()
                .latent()
                .experts(1, true)
                .with("hc_kind", kind)
                .with("hc_mult", 4)
                .with("hc_eps", 0)
                .streams(8 + combs, 4 * HIDDEN, 8 + combs, 4)
                .fill("model.hc_head_scale", i -> 0, 1)
                .fill("model.hc_head_base", i -> -Math.log(3), 4);
        for (int l = 0; l < LAYERS; l++) {
            for (String site : new String[] {"hc_attn_", "hc_ffn_"}) {
                tiny.fill(layer(l) + site + "scale", i -> 0, 3);
                tiny.fill(layer(l) + site + "base", i -> i < 4 ? -Math.log(3) : i < 8 ? 0 : Math.sin(i), 8 + combs);
            }
        }
        assertThat(distance(logits(tiny.write(folder), 2), plain())).isLessThan(1e-5);
    }

    /** Reading one stream, adding to all, and keeping each: the plain residual, n times. */
    @ParameterizedTest
    @ValueSource(strings = {"sum", "mean"})
    void connectionsThatKeepEachStreamAreThePlainResidual(String head) {
        TinyFolder tiny = new TinyFolder()
                .latent()
                .experts(1, true)
                .with("hc_kind", "hc")
                .with("hc_mult", 3)
                .with("hc_head", head)
                .streams(5, HIDDEN, 15, 0);
        for (int s = 0; s < 2 * LAYERS; s++) {
            String site = layer(s / 2) + (s % 2 == 0 ? "hc_attn_" : "hc_ffn_");
            int read = s % 3;
            tiny.fill(site + "scale", i -> 0, 3);
            tiny.fill(site + "base", i -> i < 3 ? (i == read ? 1 : 0) : i < 6 || (i - 6) % 4 == 0 ? 1 : 0, 15);
        }
        assertThat(distance(logits(tiny.write(folder), 2), plain())).isLessThan(1e-5);
    }

    private float[][] plain() {
        return logits(new TinyFolder().latent().experts(1, true).write(folder), 2);
    }

    @Test
    void theConfigurationSaysTheResidual() {
        assertThat(residual(new TinyFolder().latent().dense())).isEqualTo(ResidualSpec.PLAIN);
        assertThat(residual(new TinyFolder().latent().dense().with("hc_mult", 4)))
                .isEqualTo(new ResidualSpec.Hyper(
                        ResidualSpec.Kind.MANIFOLD, 4, 20, 1e-6f, false, ResidualSpec.Head.LEARNED));
        assertThat(residual(new TinyFolder()
                        .latent()
                        .dense()
                        .with("hc_mult", 2)
                        .with("hc_kind", "hc")
                        .with("hc_sinkhorn_iters", 3)
                        .with("hc_eps", 0.5)
                        .with("hc_single_pass", true)))
                .isEqualTo(
                        new ResidualSpec.Hyper(ResidualSpec.Kind.CONNECTIONS, 2, 3, 0.5f, true, ResidualSpec.Head.SUM));
    }

    private ResidualSpec residual(TinyFolder tiny) {
        try (Checkpoint checkpoint = Checkpoint.open(tiny.write(folder))) {
            return checkpoint.description().spec().residual();
        }
    }

    @Test
    void wrongConfigurationsAreRefusedByKey() {
        refused(new TinyFolder().latent().with("hc_mult", 4).with("hc_kind", "mhd"), "hc_kind 'mhd'");
        refused(new TinyFolder().latent().with("hc_mult", 4).with("hc_head", "max"), "hc_head 'max'");
        refused(new TinyFolder().latent().with("hc_mult", 5).with("hc_kind", "mhc-lite"), "5 streams, expected 1 to 4");
        refused(new TinyFolder().latent().with("hc_mult", -1), "-1 streams");
        refused(new TinyFolder().latent().experts(1, true).with("scoring_func", "tanh"), "scoring_func 'tanh'");
        refused(new TinyFolder().latent().experts(1, true).with("topk_method", "best"), "topk_method 'best'");
        refused(new TinyFolder().grouped().without("model_type"), "model_type is missing");
    }

    private void refused(TinyFolder tiny, String message) {
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> Checkpoint.open(tiny.write(folder)).close())
                .withMessageContaining("config.json")
                .withMessageContaining(message);
    }

    @Test
    void aTensorOfAnotherShapeIsNamed() {
        TinyFolder tiny = tiny("mhc", false).fill(layer(1) + "hc_ffn_fn", i -> 0, 23, 4 * HIDDEN);
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> logits(tiny.write(folder), 1))
                .withMessageContaining("tensor model.layers.1.hc_ffn_fn is 23 × 768, expected 24 × 768");
    }

    @Test
    void aFolderWithoutATypeIsReadByItsKeys() {
        float[][] named = logits(tiny("mhc", false).write(folder), 1);
        float[][] unnamed = logits(tiny("mhc", false).without("model_type").write(folder), 1);
        assertThat(unnamed).isDeepEqualTo(named);
    }

    private static float[][] logits(Path folder, int workers) {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            return logits(checkpoint, OpsProvider.ops(), workers, PROMPT.length);
        }
    }

    private static float[][] logits(Checkpoint checkpoint, Ops ops, int workers, int chunk) {
        try (Team team = Team.ofSize(workers);
                Decoder decoder = checkpoint.load(ops, Ops.Precision.EXACT, team, PROMPT.length)) {
            return new OneSequence(decoder).logits(PROMPT, chunk);
        }
    }

    private static double distance(float[][] a, float[][] b) {
        double worst = 0;
        for (int t = 0; t < a.length; t++) {
            for (int v = 0; v < a[t].length; v++) {
                worst = Math.max(worst, Math.abs(a[t][v] - b[t][v]));
            }
        }
        return worst / spread(b);
    }

    /** The standard deviation, about zero; not a number where a logit is not. */
    private static double spread(float[][] rows) {
        double squares = 0;
        int count = 0;
        for (float[] row : rows) {
            for (float value : row) {
                squares += (double) value * value;
                count++;
            }
        }
        return Math.sqrt(squares / count);
    }
}
