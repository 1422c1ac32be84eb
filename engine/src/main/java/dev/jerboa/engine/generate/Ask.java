package dev.jerboa.engine.generate;

import dev.jerboa.engine.cache.Scope;
import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.engine.schedule.Request;
import dev.jerboa.engine.schedule.Service;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A reply that is asked for, with all that it depends on and when it is served. Immutable; made by {@link #of} and the {@code with}
 * methods.
 *
 * @param prompt what is to be continued
 * @param sampling how tokens are chosen
 * @param maxTokens the most tokens; 0 for as many as the context has room for
 * @param stops texts that end the answer and are not part of it
 * @param ignoreEnd whether it goes on past the model's own end
 * @param likeliest as {@link Request#likeliest}
 * @param constraint what the reply has to be, from {@link LanguageModel#constraint}; null for anything
 * @param scope the model's adaptation, and with whom computed positions are shared
 * @param service when it is served
 */
public record Ask(
        Prompt prompt,
        SamplingOptions sampling,
        int maxTokens,
        List<String> stops,
        boolean ignoreEnd,
        int likeliest,
        @Nullable Constraint constraint,
        Scope scope,
        Service service) {
    public Ask {
        if (maxTokens < 0) {
            throw new IllegalArgumentException("max tokens is " + maxTokens + ", expected a whole number from 0");
        }
        stops = List.copyOf(stops);
        if (stops.contains("")) {
            throw new IllegalArgumentException("a stop string is empty; it would end every text at once");
        }
    }

    /** As many tokens as there is room for, without anything special. */
    public static Ask of(Prompt prompt, SamplingOptions sampling) {
        return new Ask(
                prompt, sampling, 0, List.of(), false, Request.NO_LOG_PROBABILITIES, null, Scope.SHARED, Service.USUAL);
    }

    public Ask withPrompt(Prompt prompt) {
        return new Ask(prompt, sampling, maxTokens, stops, ignoreEnd, likeliest, constraint, scope, service);
    }

    public Ask withSampling(SamplingOptions sampling) {
        return new Ask(prompt, sampling, maxTokens, stops, ignoreEnd, likeliest, constraint, scope, service);
    }

    public Ask withMaxTokens(int maxTokens) {
        return new Ask(prompt, sampling, maxTokens, stops, ignoreEnd, likeliest, constraint, scope, service);
    }

    public Ask withStops(List<String> stops) {
        return new Ask(prompt, sampling, maxTokens, stops, ignoreEnd, likeliest, constraint, scope, service);
    }

    public Ask withIgnoreEnd(boolean ignoreEnd) {
        return new Ask(prompt, sampling, maxTokens, stops, ignoreEnd, likeliest, constraint, scope, service);
    }

    public Ask withLikeliest(int likeliest) {
        return new Ask(prompt, sampling, maxTokens, stops, ignoreEnd, likeliest, constraint, scope, service);
    }

    public Ask withConstraint(@Nullable Constraint constraint) {
        return new Ask(prompt, sampling, maxTokens, stops, ignoreEnd, likeliest, constraint, scope, service);
    }

    public Ask withScope(Scope scope) {
        return new Ask(prompt, sampling, maxTokens, stops, ignoreEnd, likeliest, constraint, scope, service);
    }

    public Ask withService(Service service) {
        return new Ask(prompt, sampling, maxTokens, stops, ignoreEnd, likeliest, constraint, scope, service);
    }
}
