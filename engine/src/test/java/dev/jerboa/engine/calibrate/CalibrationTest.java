package dev.jerboa.engine.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.convert.ImportanceMatrix;
import dev.jerboa.model.convert.TypeMix;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.synthetic.SyntheticModel;
import dev.jerboa.model.synthetic.SyntheticShape;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.testkit.SharedFolder;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CalibrationTest {
    private static final String STORY =
            "Once upon a time, there was a little girl named Lily. She loved to play outside in the"
                    + " park. One day, she saw a big, red ball. She wanted to play with it, but it was too high. "
                            .repeat(4);

    @TempDir
    private Path folder;

    /** The first projections are given normed embeddings: the mean squares of those, computed from the file's tensors. */
    @ParameterizedTest
    @ValueSource(strings = {"stories260K-f32.gguf", ""})
    void firstInputsAreNormedEmbeddings(String file) {
        Path path = SharedFolder.require("models/stories260K").resolve(file).normalize();
        try (Team team = Team.ofSize(2);
                Checkpoint checkpoint = Checkpoint.open(path)) {
            ImportanceMatrix matrix =
                    Calibration.of(checkpoint, team, STORY, "story", 64, Integer.MAX_VALUE, (done, total) -> {});
            assertThat(matrix.entries())
                    .hasSize(5 * 7)
                    .containsKeys("blk.4.ffn_down.weight", "blk.2.attn_output.weight");
            float[] found = Objects.requireNonNull(matrix.of("blk.0.attn_q.weight", 1, 64));
            assertThat(found).isEqualTo(matrix.of("blk.0.attn_v.weight", 1, 64));
            double[] expected = expected(checkpoint, 64);
            for (int c = 0; c < 64; c++) {
                assertThat((double) found[c]).isCloseTo(expected[c], within(1e-4 * expected[c]));
            }
        }
    }

    private static double[] expected(Checkpoint checkpoint, int chunk) {
        StoredTensor embedding =
                checkpoint.tensors().tensor(checkpoint.description().names().name(Slot.EMBEDDING, 0));
        float[] weight = checkpoint
                .tensors()
                .tensor(checkpoint.description().names().name(Slot.ATTENTION_NORM, 0))
                .floats();
        int[] ids = checkpoint.tokenizer().orElseThrow().encode(STORY, false);
        double[] sums = new double[64];
        long count = 0;
        for (int from = 0; from < ids.length; from += chunk - 1) {
            int size = Math.min(chunk - 1, ids.length - from);
            for (int i = -1; i < size && size >= 16; i++) {
                float[] row = new float[64];
                embedding.rows(i < 0 ? 1 : ids[from + i], 1, row, 0);
                double squares = 0;
                for (float x : row) {
                    squares += (double) x * x;
                }
                double scale = 1 / (squares / 64 + checkpoint.spec().normEps());
                for (int c = 0; c < 64; c++) {
                    sums[c] += (double) row[c] * row[c] * scale * weight[c] * weight[c];
                }
                count++;
            }
        }
        for (int c = 0; c < 64; c++) {
            sums[c] /= count;
        }
        return sums;
    }

    /** Each token is given to as many experts as the router takes. */
    @Test
    void expertsAreCountedEach() {
        Path file = folder.resolve("experts.gguf");
        new SyntheticModel(SyntheticShape.TINY_EXPERTS, TypeMix.F16).write(file, share -> {});
        try (Team team = Team.ofSize(2);
                Checkpoint checkpoint = Checkpoint.open(file)) {
            ImportanceMatrix matrix = Calibration.of(checkpoint, team, STORY, "story", 128, 2, (done, total) -> {});
            for (String name : new String[] {"blk.0.ffn_up_exps.weight", "blk.1.ffn_down_exps.weight"}) {
                ImportanceMatrix.Entry entry =
                        Objects.requireNonNull(matrix.entries().get(name), name);
                float tokens = 0;
                for (float count : entry.counts()) {
                    tokens += count;
                }
                assertThat(entry.counts()).hasSize(8);
                assertThat(tokens).isEqualTo(2 * 256);
            }
        }
    }

    /** Of latent attention the halves of the up-projection are watched head by head. */
    @Test
    void headsOfLatentsAreWatched() {
        Path file = folder.resolve("latent.gguf");
        new SyntheticModel(SyntheticShape.TINY_LATENT, TypeMix.F16).write(file, share -> {});
        try (Team team = Team.ofSize(2);
                Checkpoint checkpoint = Checkpoint.open(file)) {
            ImportanceMatrix matrix = Calibration.of(checkpoint, team, STORY, "story", 128, 1, (done, total) -> {});
            assertThat(matrix.of("blk.1.attn_k_b.weight", 4, 32)).isNotNull().doesNotContain(0f);
            assertThat(matrix.of("blk.1.attn_v_b.weight", 4, 128)).isNotNull().doesNotContain(0f);
        }
    }

    /** A chunk is no longer than the model's context, and takes no more memory: a thousand million tokens are no cache. */
    @Test
    void longChunksAreTheModelsContext() {
        try (Team team = Team.ofSize(1);
                Checkpoint checkpoint = Checkpoint.open(SharedFolder.require("models/stories260K"))) {
            int most = checkpoint.spec().contextLength();
            ImportanceMatrix of = Calibration.of(checkpoint, team, STORY, "story", most, 1, (done, total) -> {});
            ImportanceMatrix longer = Calibration.of(checkpoint, team, STORY, "story", 1 << 30, 1, (done, total) -> {});
            assertThat(longer.of("blk.4.ffn_down.weight", 1, 172))
                    .isEqualTo(of.of("blk.4.ffn_down.weight", 1, 172))
                    .isNotNull();
        }
    }

    @Test
    void shortTextsAreRefused() {
        try (Team team = Team.ofSize(1);
                Checkpoint checkpoint = Checkpoint.open(SharedFolder.require("models/stories260K"))) {
            assertThatThrownBy(() -> Calibration.of(checkpoint, team, "Once", "short.txt", 64, 1, (done, total) -> {}))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("short.txt");
        }
    }
}
