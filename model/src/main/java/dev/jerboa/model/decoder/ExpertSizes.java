package dev.jerboa.model.decoder;

import dev.jerboa.model.tensor.EncodedTensor;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.util.List;

/**
 * What the weights of a mixture of experts are, as its files have them.
 *
 * @param experts experts of all layers
 * @param perLayer experts of the layer that has most
 * @param bytes of all experts
 * @param activeBytes of the experts that a token meets
 * @param otherActiveBytes of the other weights that a token meets: neither embeddings of other tokens nor layers that predict further
 */
public record ExpertSizes(int experts, int perLayer, long bytes, long activeBytes, long otherActiveBytes) {
    /** Of a model; one without experts has none. */
    public static ExpertSizes of(DecoderSpec spec, TensorNames names, TensorSource tensors) {
        int experts = 0;
        int perLayer = 0;
        long bytes = 0;
        long active = 0;
        for (int l = 0; l < spec.layers().size(); l++) {
            if (spec.layers().get(l).feedForward() instanceof FeedForwardSpec.Experts layer) {
                long own = bytes(names, tensors, l, layer.experts());
                experts += layer.experts();
                perLayer = Math.max(perLayer, layer.experts());
                bytes += own;
                active += own / layer.experts() * layer.router().perToken();
            }
        }
        long others = tensors.tensors().stream()
                        .mapToLong(tensor -> tensor.data().byteSize())
                        .sum()
                - bytes;
        if (!spec.tiedHead()) {
            others -= bytes(tensors, names.name(Slot.EMBEDDING, 0));
        }
        for (int i = 0; i < spec.predictions().size(); i++) {
            String layer = names.layerPrefix(spec.layers().size() + i);
            others -= tensors.tensors().stream()
                    .filter(tensor -> tensor.name().startsWith(layer))
                    .mapToLong(tensor -> tensor.data().byteSize())
                    .sum();
        }
        return new ExpertSizes(experts, perLayer, bytes, active, Math.max(0, others));
    }

    private static long bytes(TensorNames names, TensorSource tensors, int layer, int experts) {
        long bytes = 0;
        for (Slot slot :
                List.of(Slot.EXPERT_GATE, Slot.EXPERT_UP, Slot.EXPERT_DOWN, Slot.EXPERT_GATE_UP, Slot.EXPERT_DOWNS)) {
            if (!names.has(slot)) {
                continue;
            }
            if (names.stacked(slot)) {
                bytes += bytes(tensors, names.name(slot, layer));
            } else {
                for (int e = 0; e < experts; e++) {
                    bytes += bytes(tensors, names.name(slot, layer, e));
                }
            }
        }
        return bytes;
    }

    private static long bytes(TensorSource tensors, String name) {
        if (!tensors.has(name)) {
            return 0;
        }
        EncodedTensor encoded = tensors.encoded(name);
        if (encoded != null) {
            return encoded.type().bytes((long) encoded.matrices() * encoded.rows() * encoded.cols());
        }
        StoredTensor tensor = tensors.find(name);
        return tensor == null ? 0 : tensor.data().byteSize();
    }
}
