package dev.jerboa.model.family;

import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.PredictionSpec;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.TensorSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** The layers that predict further tokens, which containers number after the last: those that a checkpoint really holds. */
final class Predictions {
    private Predictions() {}

    /**
     * A decoder with its prediction layers.
     *
     * @param count how many the configuration speaks of; copies of checkpoints are often without them
     * @param layer the parts of a layer by its number
     */
    static DecoderSpec of(
            DecoderSpec spec, int count, TensorNames names, TensorSource tensors, IntFunction<LayerSpec> layer) {
        List<PredictionSpec> found = new ArrayList<>();
        boolean plain = spec.residual() instanceof ResidualSpec.Plain;
        for (int i = 0; plain && i < count; i++) {
            int l = spec.layers().size() + i;
            if (!tensors.has(names.name(Slot.PREDICTION_INPUT, l))) {
                break;
            }
            found.add(new PredictionSpec(
                    layer.apply(l),
                    tensors.has(names.name(Slot.PREDICTION_EMBEDDING, l)),
                    tensors.has(names.name(Slot.PREDICTION_HEAD, l))));
        }
        return spec.withPredictions(found);
    }
}
