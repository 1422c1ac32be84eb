package dev.jerboa.model.decoder;

/**
 * A layer after the last that predicts one token further (multi-token prediction, DeepSeek-V3, arXiv 2412.19437):
 *
 * <pre>
 * state of position i, normed as for the head ─ norm ┐
 * token at i + 1 → embedding ─ norm ─────────────────┴ [embedding | state] → projection → layer → norm → head: the token at i + 2
 * </pre>
 *
 * What the layer's norm gives is the state for predicting further still, with the same layer and the predicted token.
 *
 * @param layer its attention, which has a cache of its own, and its feed-forward unit
 * @param ownEmbedding whether it has an embedding of its own rather than the decoder's
 * @param ownHead whether it has a head of its own rather than the decoder's
 */
public record PredictionSpec(LayerSpec layer, boolean ownEmbedding, boolean ownHead) {}
