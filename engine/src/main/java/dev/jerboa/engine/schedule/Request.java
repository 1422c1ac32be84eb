package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.Scope;
import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.sample.SamplingOptions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A prompt to be continued. Immutable; made by {@link #of} and the {@code with} methods.
 *
 * @param prompt token ids, at least one; not to be changed after
 * @param sampling how tokens are chosen, with the seed
 * @param maxTokens the most tokens of the completion, from 1
 * @param stopTokens tokens that end the completion, as its last
 * @param likeliest how many of the most probable tokens are told at each place; 0 for the picked one's log-probability only, {@link
 *     #NO_LOG_PROBABILITIES} for none
 * @param scope whose computed positions it takes over and leaves its own to, and the decoder's adaptation
 * @param service when it is served
 * @param constraint what the completion has to be, or null for anything; where nothing more may come, it ends
 */
public record Request(
        int[] prompt,
        SamplingOptions sampling,
        int maxTokens,
        Set<Integer> stopTokens,
        int likeliest,
        Scope scope,
        Service service,
        @Nullable Constraint constraint) {
    /** {@link #likeliest} where log-probabilities are not wanted. */
    public static final int NO_LOG_PROBABILITIES = -1;

    /** The most that {@link #likeliest} can be. */
    public static final int MOST_LIKELIEST = 64;

    public Request {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("the prompt has no tokens");
        }
        if (maxTokens < 1 || maxTokens > Integer.MAX_VALUE - prompt.length) {
            throw new IllegalArgumentException(
                    "max tokens is " + maxTokens + ", expected a whole number from 1, and less than" + " 2^31 with the "
                            + prompt.length + " of the prompt");
        }
        if (likeliest < NO_LOG_PROBABILITIES || likeliest > MOST_LIKELIEST) {
            throw new IllegalArgumentException("log-probabilities of the " + likeliest
                    + " most probable tokens, expected at most " + MOST_LIKELIEST);
        }
        stopTokens = Set.copyOf(stopTokens);
    }

    /** At most {@code maxTokens} tokens after {@code prompt}, without stop tokens and log-probabilities. */
    public static Request of(int[] prompt, SamplingOptions sampling, int maxTokens) {
        return new Request(
                prompt, sampling, maxTokens, Set.of(), NO_LOG_PROBABILITIES, Scope.SHARED, Service.USUAL, null);
    }

    public Request withSampling(SamplingOptions sampling) {
        return new Request(prompt, sampling, maxTokens, stopTokens, likeliest, scope, service, constraint);
    }

    public Request withStopTokens(Set<Integer> stopTokens) {
        return new Request(prompt, sampling, maxTokens, stopTokens, likeliest, scope, service, constraint);
    }

    /** With the log-probabilities of picked tokens, or with none. */
    public Request withLogProbabilities(boolean wanted) {
        return withLikeliest(wanted ? 0 : NO_LOG_PROBABILITIES);
    }

    /** With the log-probabilities of picked tokens and of the {@code count} most probable ones at their places. */
    public Request withLikeliest(int count) {
        return new Request(prompt, sampling, maxTokens, stopTokens, count, scope, service, constraint);
    }

    public Request withScope(Scope scope) {
        return new Request(prompt, sampling, maxTokens, stopTokens, likeliest, scope, service, constraint);
    }

    public Request withService(Service service) {
        return new Request(prompt, sampling, maxTokens, stopTokens, likeliest, scope, service, constraint);
    }

    public Request withConstraint(@Nullable Constraint constraint) {
        return new Request(prompt, sampling, maxTokens, stopTokens, likeliest, scope, service, constraint);
    }

    /** Whether log-probabilities are wanted. */
    public boolean logProbabilities() {
        return likeliest >= 0;
    }

    /** Tokens of prompt and completion together, at most. */
    int totalTokens() {
        return prompt.length + maxTokens;
    }

    /** Positions that are computed at most: nothing is predicted after the last token. */
    int positions() {
        return totalTokens() - 1;
    }
}
