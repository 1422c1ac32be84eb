package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.memory.FloatRows;

/**
 * Cosines and sines of a rotary position embedding: row p holds, for each of the {@code dims / 2} frequencies, the cosine
 * and then (second half of the row) the sine of its angle at position p, times the scaling's magnitude factor.
 *
 * @param layout which two values turn together
 */
public record RotaryTable(FloatRows values, int dims, Layout layout) {
    /** Which values of a head turn together. */
    public enum Layout {
        /** (x[i], x[i + dims/2]): Llama of Hugging Face, Qwen; "NeoX" in GGUF terms. */
        HALF_SPLIT,
        /** (x[2i], x[2i + 1]): DeepSeek, Llama in GGUF. */
        INTERLEAVED
    }
}
