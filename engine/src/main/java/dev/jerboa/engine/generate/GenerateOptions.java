package dev.jerboa.engine.generate;

import dev.jerboa.engine.sample.SamplingOptions;
import java.util.List;
import java.util.Optional;

/**
 * How a text is generated. Immutable; made from {@link #defaults} by the {@code with} methods.
 *
 * @param maxTokens the most tokens to generate; 0 goes on until the model ends or the context is full
 * @param sampling how tokens are chosen; empty for {@link LanguageModel#defaultSampling}
 * @param stops texts that end the answer and are not part of it
 * @param ignoreEnd whether generation goes on past the model's own end, to measure or to fill
 * @param cancellation ends the request from another thread
 * @param progress told how far the prompt is read, on the calling thread
 */
public record GenerateOptions(
        int maxTokens,
        Optional<SamplingOptions> sampling,
        List<String> stops,
        boolean ignoreEnd,
        Cancellation cancellation,
        PromptProgress progress) {

    public GenerateOptions {
        if (maxTokens < 0) {
            throw new IllegalArgumentException("max tokens is " + maxTokens + ", expected a whole number from 0");
        }
        stops = List.copyOf(stops);
        if (stops.contains("")) {
            throw new IllegalArgumentException("a stop string is empty; it would end every text at once");
        }
    }

    /** Until the model ends, with the model's own sampling. */
    public static GenerateOptions defaults() {
        return new GenerateOptions(0, Optional.empty(), List.of(), false, new Cancellation(), PromptProgress.NONE);
    }

    public GenerateOptions withMaxTokens(int maxTokens) {
        return new GenerateOptions(maxTokens, sampling, stops, ignoreEnd, cancellation, progress);
    }

    public GenerateOptions withSampling(SamplingOptions sampling) {
        return new GenerateOptions(maxTokens, Optional.of(sampling), stops, ignoreEnd, cancellation, progress);
    }

    public GenerateOptions withStops(List<String> stops) {
        return new GenerateOptions(maxTokens, sampling, stops, ignoreEnd, cancellation, progress);
    }

    public GenerateOptions withIgnoreEnd(boolean ignoreEnd) {
        return new GenerateOptions(maxTokens, sampling, stops, ignoreEnd, cancellation, progress);
    }

    public GenerateOptions withCancellation(Cancellation cancellation) {
        return new GenerateOptions(maxTokens, sampling, stops, ignoreEnd, cancellation, progress);
    }

    public GenerateOptions withProgress(PromptProgress progress) {
        return new GenerateOptions(maxTokens, sampling, stops, ignoreEnd, cancellation, progress);
    }
}
