package dev.jerboa.engine.eval.perplexity;

/**
 * What is read and scored.
 *
 * @param context tokens of a window, from 4
 * @param stride tokens that a sliding window moves on, from 1 to {@code context}; nothing to {@link Method#CHUNKS}
 * @param chunks the most windows; 0 for all
 */
public record PerplexityOptions(Method method, int context, int stride, int chunks) {
    /** The context of {@link Method#CHUNKS} that published figures have where nothing else is said. */
    public static final int USUAL_CONTEXT = 512;

    private static final int LEAST_CONTEXT = 4;

    public PerplexityOptions {
        if (context < LEAST_CONTEXT) {
            throw new IllegalArgumentException(
                    "the context is " + context + " tokens, expected at least " + LEAST_CONTEXT);
        }
        if (method == Method.CHUNKS) {
            stride = context;
        }
        if (stride < 1 || stride > context) {
            throw new IllegalArgumentException(
                    "the stride is " + stride + " tokens, expected 1 to the context of " + context);
        }
        if (chunks < 0) {
            throw new IllegalArgumentException("chunks is " + chunks + ", expected a whole number from 0");
        }
    }

    /** Such as {@code chunks, context 512, second half scored}. */
    public String words() {
        return switch (method) {
            case CHUNKS -> "chunks of " + context + " tokens, second half scored";
            case SLIDING -> "sliding window of " + context + " tokens, stride " + stride;
        };
    }
}
