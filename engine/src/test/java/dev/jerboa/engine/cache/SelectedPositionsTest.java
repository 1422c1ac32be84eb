package dev.jerboa.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import dev.jerboa.kernel.ops.vector.VectorOps;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.Step;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.testkit.SharedFolder;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Attention to selected positions, or to entries that stand for several, in every tier, over real caches: the reference's logits, and
 * the same bits for any number of workers, however a prompt is cut, in company, and with what others have computed.
 */
class SelectedPositionsTest {
    private static final List<String> MODELS =
            List.of("deepseek_v32", "glm_moe_dsa_shared", "minimax_m3", "deepseek_v4_hfcfg");

    static Stream<Arguments> subjects() {
        return Stream.of(OpsProvider.ops(), VectorOps.create(), new ScalarOps())
                .flatMap(ops -> MODELS.stream().map(model -> Arguments.of(ops.tier(), model, ops)));
    }

    /** Those, and selection by pools beside layers with running states, which is not taken over inside pages. */
    static Stream<Arguments> cuts() {
        return Stream.of(OpsProvider.ops(), VectorOps.create(), new ScalarOps())
                .flatMap(ops -> Stream.concat(MODELS.stream(), Stream.of("glm5_next"))
                        .map(model -> Arguments.of(ops.tier(), model, ops)));
    }

    static Stream<Arguments> references() {
        return Stream.concat(
                subjects(),
                Stream.of(VectorOps.create(), new ScalarOps())
                        .map(ops -> Arguments.of(ops.tier(), "deepseek_v4", ops)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("references")
    void agreesWithTheReference(String tier, String model, Ops ops) {
        Path folder = SharedFolder.require("oracle/hf/" + model);
        try (Arena arena = Arena.ofShared();
                Checkpoint checkpoint = Checkpoint.open(folder)) {
            TensorSource expected = SafetensorsFolder.open(folder.resolve("expect.safetensors"), arena);
            float[] logits = expected.tensor("logits.2").floats();
            float[][] found = logits(checkpoint, ops, Ops.Precision.EXACT, CacheType.F32, 2, prompt(expected), 100);
            double squares = 0;
            double worst = 0;
            for (int i = 0; i < logits.length; i++) {
                squares += (double) logits[i] * logits[i];
                double off = Math.abs(logits[i] - found[i / found[0].length][i % found[0].length]);
                worst = off <= worst ? worst : off;
            }
            double distance = worst / Math.sqrt(squares / logits.length);
            System.out.printf("%s %s: largest difference over the standard deviation %.1e%n", tier, model, distance);
            assertThat(distance).isLessThan(1e-3);
        }
    }

    private static int[] prompt(TensorSource expected) {
        float[] ids = expected.tensor("prompt.2").floats();
        return IntStream.range(0, ids.length).map(i -> (int) ids[i]).toArray();
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("cuts")
    void everyCutGivesTheSameBits(String tier, String model, Ops ops) {
        Path folder = SharedFolder.require("oracle/hf/" + model);
        try (Arena arena = Arena.ofShared();
                Checkpoint checkpoint = Checkpoint.open(folder)) {
            int[] prompt = prompt(SafetensorsFolder.open(folder.resolve("expect.safetensors"), arena));
            for (CacheType type : EnumSet.of(CacheType.F32, ops.cacheType(Ops.Precision.FAST))) {
                float[][] whole = logits(checkpoint, ops, Ops.Precision.FAST, type, 1, prompt, prompt.length);
                for (int chunk : new int[] {9, 3, 1}) {
                    int workers = chunk == 9 ? 2 : 3;
                    assertThat(logits(checkpoint, ops, Ops.Precision.FAST, type, workers, prompt, chunk))
                            .as("%s, %d workers, steps of %d", type, workers, chunk)
                            .isDeepEqualTo(whole);
                }
            }
        }
    }

    private static float[][] logits(
            Checkpoint checkpoint,
            Ops ops,
            Ops.Precision precision,
            CacheType type,
            int workers,
            int[] prompt,
            int chunk) {
        try (Team team = Team.ofSize(workers);
                Decoder decoder = checkpoint.load(ops, precision, team, prompt.length);
                KvCache cache = KvCache.open(decoder.cacheShape(), prompt.length, type)) {
            Sequence sequence = cache.sequence(prompt.length);
            sequence.reserve(prompt.length);
            Step step = decoder.step();
            float[][] rows = new float[prompt.length][];
            for (int from = 0; from < prompt.length; from += chunk) {
                int to = Math.min(prompt.length, from + chunk);
                step.clear();
                step.state(sequence.state());
                for (int p = from; p < to; p++) {
                    step.add(prompt[p], p, sequence.pages(), true);
                }
                decoder.forward(step, cache.layers());
                sequence.advance(to - from);
                for (int p = from; p < to; p++) {
                    rows[p] = step.logits().row(p - from);
                }
            }
            return rows;
        }
    }

    /** One sequence begins with another's positions, index keys among them; then both are in one step, one of them short. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("subjects")
    void companyAndWhatIsTakenOverChangeNothing(String tier, String model, Ops ops) {
        Path folder = SharedFolder.require("oracle/hf/" + model);
        try (Arena arena = Arena.ofShared();
                Checkpoint checkpoint = Checkpoint.open(folder);
                Team team = Team.ofSize(2);
                Decoder decoder = checkpoint.load(ops, Ops.Precision.FAST, team, 16);
                KvCache cache = KvCache.open(decoder.cacheShape(), 4 * 128, ops.cacheType(Ops.Precision.FAST))) {
            int[] prompt = prompt(SafetensorsFolder.open(folder.resolve("expect.safetensors"), arena));
            int last = prompt.length - 1;
            Sequence first = cache.sequence(128, Scope.SHARED);
            assertThat(first.begin(prompt, 0, prompt.length)).isTrue();
            Step step = decoder.step();
            float[] alone = {};
            for (int p = 0; p < prompt.length; p++) {
                step.clear();
                step.add(prompt[p], p, first.pages(), p == last);
                decoder.forward(step, cache.layers());
                first.advance(prompt, p, 1);
                alone = p == last ? step.logits().row(0) : alone;
            }
            Sequence second = cache.sequence(128, Scope.SHARED);
            assertThat(second.begin(prompt, last, prompt.length)).isTrue();
            assertThat(second.length()).isEqualTo(last);
            Sequence third = cache.sequence(128);
            third.reserve(5);
            step.clear();
            for (int p = 0; p < 5; p++) {
                step.add(prompt[p], p, third.pages(), false);
            }
            step.add(prompt[last], last, second.pages(), true);
            decoder.forward(step, cache.layers());
            assertThat(step.logits().row(0)).isEqualTo(alone);
        }
    }
}
