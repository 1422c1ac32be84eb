package dev.jerboa.model.decoder;

/** The places in a decoder that hold weights; {@link TensorNames} says what a container calls each. */
public enum Slot {
    EMBEDDING,
    OUTPUT_NORM,
    HEAD,
    ATTENTION_NORM,
    QUERY,
    KEY,
    VALUE,
    ATTENTION_OUTPUT,
    QUERY_NORM,
    KEY_NORM,
    /** A score for each query head that takes part in the softmax without a value. */
    ATTENTION_SINKS,
    /** Query, key and value in one matrix, one after another. */
    QUERY_KEY_VALUE,
    /** What attention gives is normed with this before it is added ({@link ResidualSpec.Sandwich}). */
    ATTENTION_RESULT_NORM,
    /** Latent attention: hidden → query latent. */
    QUERY_DOWN,
    QUERY_DOWN_NORM,
    /** Latent attention: query latent → heads of [plain | rotary]. */
    QUERY_UP,
    /** Latent attention: hidden → [latent | rotary key]. */
    LATENT_DOWN,
    LATENT_NORM,
    /** Latent → heads of [plain key | value], one matrix (Hugging Face). */
    LATENT_UP,
    /** Per head, plain key → latent: the key half of {@link #LATENT_UP}, transposed (GGUF). */
    LATENT_KEY_UP,
    /** Per head, latent → value: the value half of {@link #LATENT_UP} (GGUF). */
    LATENT_VALUE_UP,
    FEED_FORWARD_NORM,
    /** What the feed-forward unit gives is normed with this before it is added ({@link ResidualSpec.Sandwich}). */
    FEED_FORWARD_RESULT_NORM,
    GATE,
    UP,
    /** {@link #GATE} and {@link #UP} in one matrix, one after the other. */
    GATE_UP,
    DOWN,
    ROUTER,
    ROUTER_BIAS,
    EXPERT_GATE,
    EXPERT_UP,
    /** {@link #EXPERT_GATE} and {@link #EXPERT_UP} of all experts in one stack: see {@link ExpertLayout}. */
    EXPERT_GATE_UP,
    EXPERT_DOWN,
    /** {@link #EXPERT_DOWN} of all experts in one stack, beside {@link #EXPERT_GATE_UP}. */
    EXPERT_DOWNS,
    /** A row that says how much of the shared expert a position takes. */
    SHARED_SHARE,
    SHARED_GATE,
    SHARED_UP,
    SHARED_DOWN,
    /** Hyper-connections: what maps streams to the coefficients of attention's site. See {@link ResidualSpec.Hyper}. */
    STREAM_ATTENTION_FUNCTION,
    STREAM_ATTENTION_BASE,
    STREAM_ATTENTION_SCALE,
    STREAM_FEED_FORWARD_FUNCTION,
    STREAM_FEED_FORWARD_BASE,
    STREAM_FEED_FORWARD_SCALE,
    /** Hyper-connections: what maps streams to the scales by which they are summed at the end. */
    STREAM_HEAD_FUNCTION,
    STREAM_HEAD_BASE,
    STREAM_HEAD_SCALE
}
