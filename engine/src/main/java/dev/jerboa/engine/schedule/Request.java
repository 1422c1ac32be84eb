package dev.jerboa.engine.schedule;

import dev.jerboa.engine.sample.SamplingOptions;
import java.util.Set;

/**
 * A prompt to be continued. Immutable; made by {@link #of} and the {@code with} methods.
 *
 * <p>Requests with equal prompts that wait together are computed from one copy of it.
 *
 * @param prompt token ids, at least one; not to be changed after
 * @param sampling how tokens are chosen, with the seed
 * @param maxTokens the most tokens of the completion, from 1
 * @param stopTokens tokens that end the completion, as its last
 * @param logProbabilities whether {@link Completion#logProbabilities} are wanted
 */
public record Request(
        int[] prompt, SamplingOptions sampling, int maxTokens, Set<Integer> stopTokens, boolean logProbabilities) {
    public Request {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("the prompt has no tokens");
        }
        if (maxTokens < 1 || maxTokens > Integer.MAX_VALUE - prompt.length) {
            throw new IllegalArgumentException(
                    "max tokens is " + maxTokens + ", expected a whole number from 1, and less than" + " 2^31 with the "
                            + prompt.length + " of the prompt");
        }
        stopTokens = Set.copyOf(stopTokens);
    }

    /** At most {@code maxTokens} tokens after {@code prompt}, without stop tokens and log-probabilities. */
    public static Request of(int[] prompt, SamplingOptions sampling, int maxTokens) {
        return new Request(prompt, sampling, maxTokens, Set.of(), false);
    }

    public Request withSampling(SamplingOptions sampling) {
        return new Request(prompt, sampling, maxTokens, stopTokens, logProbabilities);
    }

    public Request withStopTokens(Set<Integer> stopTokens) {
        return new Request(prompt, sampling, maxTokens, stopTokens, logProbabilities);
    }

    public Request withLogProbabilities(boolean logProbabilities) {
        return new Request(prompt, sampling, maxTokens, stopTokens, logProbabilities);
    }

    /** Tokens of prompt and completion together, at most. */
    int totalTokens() {
        return prompt.length + maxTokens;
    }
}
