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
    void unknownNamesSayWhatThereIs() {
        assertThatThrownBy(() -> SyntheticShape.named("qwen9"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("qwen3-0.6b");
        assertThatThrownBy(() -> TypeMix.named("q9_0"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("q8_0");
    }
}
