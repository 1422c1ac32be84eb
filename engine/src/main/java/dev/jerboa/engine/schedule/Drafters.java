package dev.jerboa.engine.schedule;

import dev.jerboa.engine.constrain.Matcher;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the drafters of sequences: by a draft model where there is one, otherwise as the options say; of text that a constraint forces
 * in any case. One thread.
 *
 * @param most the most tokens that are guessed ahead; 0 where nothing may be guessed
 * @param layer of {@link Speculation#MULTI_TOKEN_PREDICTION}
 */
record Drafters(
        Speculation speculation,
        int most,
        @Nullable DraftModel draft,
        @Nullable PredictionLayer layer) implements AutoCloseable {
    /**
     * For {@code model}.
     *
     * @throws IllegalArgumentException where the options want a layer of the model that it does not have
     */
    static Drafters of(ScheduleOptions options, StepModel model, @Nullable StepModel draft, Counters counters) {
        if (Scheduler.whyNoGuesses(model.cacheShape()).isPresent()) {
            return new Drafters(Speculation.OFF, 0, null, null);
        }
        Speculation speculation = options.speculation();
        int vocabularySize = model.vocabularySize();
        if (draft != null) {
            DraftModel own = new DraftModel(draft, options, vocabularySize, counters);
            return new Drafters(speculation, options.guesses(), own, null);
        }
        if (speculation != Speculation.MULTI_TOKEN_PREDICTION) {
            return ofTexts(options);
        }
        FurtherSteps further = model.further();
        if (further == null) {
            throw new IllegalArgumentException(
                    "speculation mtp, but the decoder was loaded without the layer that predicts"
                            + " further tokens; load it with that layer, or choose lookup or a draft model");
        }
        PredictionLayer layer = new PredictionLayer(further, options, vocabularySize, counters);
        return new Drafters(speculation, options.guesses(), null, layer);
    }

    /** Without a model or a layer. */
    static Drafters ofTexts(ScheduleOptions options) {
        return new Drafters(options.speculation(), options.guesses(), null, null);
    }

    /** A drafter for a request whose constraint has this matcher; null where nothing is guessed. */
    @Nullable
    Drafter of(Request request, @Nullable Matcher matcher) {
        Drafter free = free(request);
        return matcher == null || most == 0 ? free : new ForcedText(matcher, most, free);
    }

    private @Nullable Drafter free(Request request) {
        if (draft != null) {
            return draft.drafter(request.positions() + most, most);
        }
        if (layer != null) {
            return layer.drafter(request, most);
        }
        return speculation == Speculation.PROMPT_LOOKUP ? new PromptLookup(most) : null;
    }

    /** Whether more is guessed than what constraints force. */
    boolean guesses() {
        return draft != null || speculation != Speculation.OFF;
    }

    /** A step is planned, in which drafters may read about {@code tokens} known tokens. */
    void begin(int tokens) {
        if (draft != null) {
            draft.begin(tokens);
        }
    }

    /** A step of the model has been run and its picks are known: see {@link PredictionLayer#take}. */
    void take(List<Track> tracks, boolean guessing) {
        if (layer != null) {
            layer.take(tracks, guessing);
        }
    }

    /** Bytes of the caches of guesses when all of them have been written. */
    long bytes() {
        return (draft == null ? 0 : draft.bytes()) + (layer == null ? 0 : layer.bytes());
    }

    @Override
    public void close() {
        if (draft != null) {
            draft.close();
        }
        if (layer != null) {
            layer.close();
        }
    }
}
