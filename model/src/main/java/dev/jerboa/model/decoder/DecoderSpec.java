package dev.jerboa.model.decoder;

import java.util.List;

/**
 * A decoder in numbers: everything but the weights.
 *
 * @param family the family's name, such as {@code qwen3}
 * @param contextLength positions the model was made for
 * @param normEps epsilon of the norms before the sub-layers and the head
 * @param tiedHead whether the head's matrix is the embedding's
 * @param residual how sub-layers read the hidden state and add to it
 * @param predictions layers after the last that predict further tokens; empty where the checkpoint has none
 * @param scales what is multiplied and bounded at both ends
 */
public record DecoderSpec(
        String family,
        int vocabularySize,
        int hiddenSize,
        int contextLength,
        float normEps,
        boolean tiedHead,
        ResidualSpec residual,
        List<LayerSpec> layers,
        List<PredictionSpec> predictions,
        Scales scales) {
    /**
     * What is multiplied and bounded at both ends of a decoder (Grok).
     *
     * @param embedding multiplies embeddings
     * @param logits multiplies logits
     * @param logitCap a logit x then becomes {@code logitCap · tanh(x / logitCap)}; 0 for none
     */
    public record Scales(float embedding, float logits, float logitCap) {
        /** Nothing. */
        public static final Scales NONE = new Scales(1, 1, 0);
    }

    public DecoderSpec {
        layers = List.copyOf(layers);
        predictions = List.copyOf(predictions);
    }

    /** A decoder that predicts the next token only, without scales; the {@code with} methods say what else. */
    public DecoderSpec(
            String family,
            int vocabularySize,
            int hiddenSize,
            int contextLength,
            float normEps,
            boolean tiedHead,
            ResidualSpec residual,
            List<LayerSpec> layers) {
        this(
                family,
                vocabularySize,
                hiddenSize,
                contextLength,
                normEps,
                tiedHead,
                residual,
                layers,
                List.of(),
                Scales.NONE);
    }

    /** The same with another residual and scales. */
    public DecoderSpec with(ResidualSpec otherResidual, Scales otherScales) {
        return new DecoderSpec(
                family,
                vocabularySize,
                hiddenSize,
                contextLength,
                normEps,
                tiedHead,
                otherResidual,
                layers,
                predictions,
                otherScales);
    }

    /** This with another residual. */
    public DecoderSpec with(ResidualSpec other) {
        return with(other, scales);
    }

    /** This with other layers. */
    public DecoderSpec withLayers(List<LayerSpec> others) {
        return new DecoderSpec(
                family,
                vocabularySize,
                hiddenSize,
                contextLength,
                normEps,
                tiedHead,
                residual,
                others,
                predictions,
                scales);
    }

    /** This decoder with layers that predict further tokens. */
    public DecoderSpec withPredictions(List<PredictionSpec> others) {
        return new DecoderSpec(
                family, vocabularySize, hiddenSize, contextLength, normEps, tiedHead, residual, layers, others, scales);
    }

    /** This with a head of its own, or with the embedding's matrix. */
    public DecoderSpec withHead(boolean tied) {
        return new DecoderSpec(
                family,
                vocabularySize,
                hiddenSize,
                contextLength,
                normEps,
                tied,
                residual,
                layers,
                predictions,
                scales);
    }

    /** What each layer keeps in the cache: see {@link KvShape}; those of {@link #predictions} are apart. */
    public List<KvShape> cacheShape() {
        return layers.stream().map(layer -> layer.attention().cacheShape()).toList();
    }

    /** Whether layers keep running states of sequences, beside or instead of positions. */
    public boolean keepsStates() {
        return cacheShape().stream().anyMatch(shape -> shape.state() > 0);
    }
}
