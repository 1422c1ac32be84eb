package dev.jerboa.model.checkpoint;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How a model's publisher wants it to generate; null where nothing is said.
 *
 * @param endTokens ids that end a text, in no particular order
 * @param sample whether tokens are drawn rather than the best taken
 */
public record GenerationDefaults(
        int[] endTokens,
        boolean sample,
        @Nullable Float temperature,
        @Nullable Integer topK,
        @Nullable Float topP,
        @Nullable Float minP,
        @Nullable Float repetitionPenalty) {
    public GenerationDefaults {
        endTokens = Arrays.stream(endTokens).filter(id -> id >= 0).distinct().toArray();
    }

    @Override
    public int[] endTokens() {
        return endTokens.clone();
    }
}
