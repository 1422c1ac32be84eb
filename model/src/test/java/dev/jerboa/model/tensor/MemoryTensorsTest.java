package dev.jerboa.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.ModelException;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class MemoryTensorsTest {
    private final FloatRows table = FloatRows.copyOf(Arena.ofAuto(), new float[] {1, 2, 3, 4, 5, 6}, 3);

    @Test
    void valuesAreSharedAndShapesAreThoseOfCheckpoints() {
        MemoryTensors tensors = MemoryTensors.named("step 7")
                .add("matrix", table, 2, 3)
                .add("vector", table, 6)
                .build();
        assertThat(tensors.tensor("matrix").shape()).containsExactly(2, 3);
        assertThat(tensors.matrix("matrix").cols()).isEqualTo(3);
        table.set(1, 2, 60);
        assertThat(tensors.tensor("vector").floats()).containsExactly(1, 2, 3, 4, 5, 60);
        assertThat(tensors.tensors()).extracting(StoredTensor::name).containsExactly("matrix", "vector");
        assertThat(tensors.has("other")).isFalse();
        assertThatThrownBy(() -> tensors.tensor("other"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("step 7");
    }

    @Test
    void whatDoesNotFitIsRefused() {
        MemoryTensors.Builder builder = MemoryTensors.named("step 7").add("a", table, 2, 3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.add("b", table, 2, 2))
                .withMessageContaining("6 values, expected the 4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.add("a", table, 6))
                .withMessageContaining("two tensors a");
    }
}
