package dev.jerboa.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.tensor.MemoryTensors;
import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a token meets of a mixture's weights, from the tensors' sizes. */
class ExpertSizesTest {
    private static final int HIDDEN = 8;
    private static final int WIDTH = 4;

    /** An expert may have the number of the layer that predicts further: its tensors are not that layer's. */
    @Test
    void layersThatPredictFurtherAreToldByTheBeginningOfTheirNames() {
        Map<Slot, String> patterns = new EnumMap<>(Slot.class);
        patterns.put(Slot.EMBEDDING, "embed.weight");
        patterns.put(Slot.ATTENTION_NORM, "model.layers.{l}.norm.weight");
        patterns.put(Slot.EXPERT_GATE, "model.layers.{l}.experts.{e}.gate.weight");
        patterns.put(Slot.EXPERT_UP, "model.layers.{l}.experts.{e}.up.weight");
        patterns.put(Slot.EXPERT_DOWN, "model.layers.{l}.experts.{e}.down.weight");
        TensorNames names = new TensorNames(patterns);
        LayerSpec layer = new LayerSpec(
                AttentionSpec.GroupedQuery.of(1, 1, 2),
                new FeedForwardSpec.Experts(4, WIDTH, 0, Activation.SILU, RouterSpec.softmax(2, true)));
        DecoderSpec spec = new DecoderSpec(
                        "test", 3, HIDDEN, 16, 1e-6f, false, ResidualSpec.PLAIN, List.of(layer, layer))
                .withPredictions(List.of(new PredictionSpec(layer, false, false)));
        MemoryTensors.Builder tensors = MemoryTensors.named("test");
        try (Arena arena = Arena.ofConfined()) {
            add(tensors, arena, "embed.weight", 3, HIDDEN);
            for (int l = 0; l < 3; l++) {
                add(tensors, arena, names.name(Slot.ATTENTION_NORM, l), 1, HIDDEN);
                for (int e = 0; e < 4; e++) {
                    add(tensors, arena, names.name(Slot.EXPERT_GATE, l, e), WIDTH, HIDDEN);
                    add(tensors, arena, names.name(Slot.EXPERT_UP, l, e), WIDTH, HIDDEN);
                    add(tensors, arena, names.name(Slot.EXPERT_DOWN, l, e), HIDDEN, WIDTH);
                }
            }
            long expert = 3L * WIDTH * HIDDEN * Float.BYTES;
            long norm = HIDDEN * Float.BYTES;
            assertThat(ExpertSizes.of(spec, names, tensors.build()))
                    .isEqualTo(new ExpertSizes(8, 4, 8 * expert, 4 * expert, 2 * norm));
        }
    }

    private static void add(MemoryTensors.Builder tensors, Arena arena, String name, int rows, int cols) {
        tensors.add(name, FloatRows.allocate(arena, rows, cols), rows, cols);
    }
}
