package dev.jerboa.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import dev.jerboa.kernel.ops.vector.VectorOps;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.convert.TypeMix;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.Step;
import dev.jerboa.model.synthetic.SyntheticModel;
import dev.jerboa.model.synthetic.SyntheticShape;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The bits of a token's logits, whatever the number of workers and however the prompt is cut into steps: steps of few tokens
 * share heads among workers, longer ones tokens.
 */
class StepsAgreeTest {
    private static final int[] PROMPT =
            Stream.iterate(7, id -> id * 31 % 509).limit(70).mapToInt(id -> id).toArray();

    static Stream<Arguments> subjects() {
        List<Ops> tiers = Stream.of(OpsProvider.ops(), VectorOps.create(), new ScalarOps())
                .toList();
        return tiers.stream()
                .flatMap(ops -> Stream.of(SyntheticShape.values())
                        .filter(s -> s.publicName().startsWith("tiny"))
                        .flatMap(shape -> Stream.of(TypeMix.Q8_0, TypeMix.F16)
                                .map(mix -> Arguments.of(ops.tier(), shape, mix, ops))));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("subjects")
    void everyCutGivesTheSameBits(String tier, SyntheticShape shape, TypeMix mix, Ops ops, @TempDir Path folder) {
        Path file = folder.resolve("model.gguf");
        new SyntheticModel(shape, mix).write(file, share -> {});
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            float[][] whole;
            try (Team team = Team.ofSize(1);
                    Decoder decoder = checkpoint.load(ops, Ops.Precision.FAST, team, PROMPT.length)) {
                whole = logits(decoder, ops, PROMPT.length);
            }
            int stride = ops instanceof ScalarOps ? 2 : 1; // each product takes long
            for (int workers = 1; workers <= 3; workers += stride) {
                try (Team team = Team.ofSize(workers);
                        Decoder decoder = checkpoint.load(ops, Ops.Precision.FAST, team, PROMPT.length)) {
                    for (int chunk : new int[] {PROMPT.length, 4, 1}) {
                        assertThat(logits(decoder, ops, chunk))
                                .as("%d workers, steps of %d", workers, chunk)
                                .isDeepEqualTo(whole);
                    }
                }
            }
        }
    }

    private static float[][] logits(Decoder decoder, Ops ops, int chunk) {
        try (KvCache cache = KvCache.open(decoder.cacheShape(), PROMPT.length, ops.cacheType(Ops.Precision.FAST))) {
            Sequence sequence = cache.sequence(PROMPT.length);
            sequence.reserve(PROMPT.length);
            Step step = decoder.step();
            float[][] rows = new float[PROMPT.length][];
            for (int from = 0; from < PROMPT.length; from += chunk) {
                int to = Math.min(PROMPT.length, from + chunk);
                step.clear();
                step.state(sequence.state());
                for (int p = from; p < to; p++) {
                    step.add(PROMPT[p], p, sequence.pages(), true);
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
}
