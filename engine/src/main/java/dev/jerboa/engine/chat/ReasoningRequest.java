package dev.jerboa.engine.chat;

import org.jspecify.annotations.Nullable;

/**
 * What a caller wishes of a model's thinking; what is null is left to the model.
 *
 * @param thinking whether it should think
 * @param effort how much
 * @param budgetTokens the most tokens of thinking
 */
public record ReasoningRequest(
        @Nullable Boolean thinking,
        @Nullable ReasoningEffort effort,
        @Nullable Integer budgetTokens) {
    /** Everything is left to the model. */
    public static ReasoningRequest unspecified() {
        return new ReasoningRequest(null, null, null);
    }
}
