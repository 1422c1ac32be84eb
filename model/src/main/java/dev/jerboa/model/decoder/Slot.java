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
    /** Running states: by key head [queries | keys | values | gates], one matrix; lightning attention has no gates there. */
    STATE_INPUTS_BY_HEAD,
    /** Running states: [queries | keys | values], one matrix. */
    STATE_INPUTS,
    /** Running states: what the result is gated by. */
    STATE_GATE,
    /** The same in a low-rank form: hidden → rank, and rank → gate. */
    STATE_GATE_DOWN,
    STATE_GATE_UP,
    /** The delta rule: by key head [strengths | decays], one matrix. */
    STATE_RATES_BY_HEAD,
    /** The delta rule: how far a state is corrected. */
    STATE_STRENGTH,
    /** The delta rule: how fast a state decays. */
    STATE_DECAY,
    /** The same in a low-rank form. */
    STATE_DECAY_DOWN,
    STATE_DECAY_UP,
    /** What is added to {@link #STATE_DECAY}. */
    STATE_DECAY_BIAS,
    /** The logarithm of the decay's rate, by head (Hugging Face). */
    STATE_LOG_RATE,
    /** The decay's rate, negative (GGUF). */
    STATE_NEGATIVE_RATE,
    /** The kernels of the convolutions of queries, keys and values, one tensor, or one each. */
    STATE_KERNELS,
    STATE_QUERY_KERNELS,
    STATE_KEY_KERNELS,
    STATE_VALUE_KERNELS,
    /** The norm of what a state gives. */
    STATE_NORM,
    /** What a state gives → hidden. */
    STATE_OUTPUT,
    /** Indexers: hidden, or query latent, → heads of index queries. */
    INDEX_QUERY,
    INDEX_QUERY_NORM,
    /** Indexers: hidden → index key. */
    INDEX_KEY,
    INDEX_KEY_NORM,
    /** Indexers: hidden → weights of heads. */
    INDEX_WEIGHTS,
    /** Compressed attention: hidden → the row that is key and value. */
    KEY_VALUE,
    KEY_VALUE_NORM,
    /** Heads → hidden in two steps, the first one by groups of heads; the second is {@link #ATTENTION_OUTPUT}. */
    GROUPED_OUTPUT,
    /** Compressed attention: hidden → values of entries. */
    COMPRESSOR_VALUE,
    COMPRESSOR_GATE,
    /** What is added to the gates, by place within a stretch. */
    COMPRESSOR_BIAS,
    COMPRESSOR_NORM,
    /** Selection of entries: query latent → query heads. */
    SELECTION_QUERY,
    /** Selection of entries: hidden → weights of heads. */
    SELECTION_WEIGHTS,
    SELECTION_VALUE,
    SELECTION_GATE,
    SELECTION_BIAS,
    SELECTION_NORM,
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
    /** The experts of each token of the vocabulary, where these are fixed. */
    ROUTER_TABLE,
    EXPERT_GATE,
    EXPERT_UP,
    /** {@link #EXPERT_GATE} and {@link #EXPERT_UP} of all experts in one stack: see {@link ExpertLayout}. */
    EXPERT_GATE_UP,
    EXPERT_DOWN,
    /** {@link #EXPERT_DOWN} of all experts in one stack, beside {@link #EXPERT_GATE_UP}. */
    EXPERT_DOWNS,
    SHARED_GATE,
    SHARED_UP,
    SHARED_DOWN,
    /** Hidden → the logit of what the shared expert's result is scaled by. */
    SHARED_SCALE,
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
    STREAM_HEAD_SCALE,
    /** Tokens predicted further: the embedding of the prediction layer, where it has one of its own. See {@link PredictionSpec}. */
    PREDICTION_EMBEDDING,
    PREDICTION_EMBEDDING_NORM,
    PREDICTION_STATE_NORM,
    /** [normed embedding | normed state] → hidden. */
    PREDICTION_INPUT,
    PREDICTION_OUTPUT_NORM,
    /** The head of the prediction layer, where it has one of its own. */
    PREDICTION_HEAD
}
