package dev.jerboa.model.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.convert.TypeMix;
import dev.jerboa.model.tensor.StoredTensor;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Synthetic checkpoints have the sizes of the published models and open like any other. */
class SyntheticModelTest {
    @Test
    void theSmallestShapeOpensWithItsTypes(@TempDir Path folder) {
        Path file = folder.resolve("model.gguf");
        new SyntheticModel(SyntheticShape.QWEN3_0_6B, TypeMix.Q4_0).write(file, share -> {});
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            assertThat(checkpoint.parameterCount()).isBetween(590_000_000L, 600_000_000L);
            assertThat(checkpoint.spec().vocabularySize()).isEqualTo(151_936);
            assertThat(checkpoint.tensors().tensor("token_embd.weight").type()).isEqualTo(DType.Q6_K);
            StoredTensor up = checkpoint.tensors().tensor("blk.3.ffn_up.weight");
            assertThat(up.type()).isEqualTo(DType.Q4_0);
            float[] row = new float[1024];
            up.rows(17, 1, row, 0);
            double squares = 0;
            for (float value : row) {
                squares += value * value;
            }
            assertThat(squares).as("variance 1 / inputs").isBetween(0.8, 1.2);
        }
    }

    @ParameterizedTest
    @EnumSource(SyntheticShape.class)
    void everyShapeHasAPlanThatItsFamilyReads(SyntheticShape shape) {
        assertThat(SyntheticShape.named(shape.publicName())).isEqualTo(shape);
        assertThat(shape.plan().tensors).doesNotHaveDuplicates().hasSizeGreaterThan(shape.plan().layers * 9);
    }

    @Test
    void mixesFollowThePresets() {
        TypeMix medium = TypeMix.Q4_K_M;
        assertThat(medium.of("blk.0.ffn_down.weight", new long[] {1024, 3072}, 0, 28, false))
                .isEqualTo(DType.Q6_K);
        assertThat(medium.of("blk.4.ffn_down.weight", new long[] {1024, 3072}, 4, 28, false))
                .isEqualTo(DType.Q4_K);
        assertThat(medium.of("blk.4.ffn_gate_inp.weight", new long[] {64, 2048}, 4, 28, false))
                .isEqualTo(DType.F32);
        assertThat(medium.of("blk.4.attn_k_b.weight", new long[] {16, 512, 128}, 4, 28, false))
                .isEqualTo(DType.Q5_0);
        assertThat(medium.of("output.weight", new long[] {1000, 2048}, -1, 28, true))
                .isEqualTo(DType.Q6_K);
        assertThat(TypeMix.Q8_0.of("output.weight", new long[] {1000, 2048}, -1, 28, true))
                .isEqualTo(DType.Q8_0);
    }

    @Test
    void unknownNamesSayWhatThereIs() {
        assertThatThrownBy(() -> SyntheticShape.named("qwen9"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("qwen3-0.6b");
        assertThatThrownBy(() -> TypeMix.named("q9_0"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("q8_0");
    }
}
