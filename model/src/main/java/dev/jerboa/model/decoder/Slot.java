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
    GATE,
    UP,
    DOWN,
    ROUTER,
    ROUTER_BIAS,
    EXPERT_GATE,
    EXPERT_UP,
    EXPERT_DOWN,
    SHARED_GATE,
    SHARED_UP,
    SHARED_DOWN
}
