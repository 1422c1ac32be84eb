package dev.jerboa.engine.schedule;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the drafters of sequences: by a draft model where there is one, otherwise as the options say. One thread.
 *
 * @param most the most tokens that are guessed ahead
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

    /** A drafter for a request; null where nothing is guessed. */
    @Nullable
    Drafter of(Request request) {
        if (draft != null) {
            return draft.drafter(request.positions() + most, most);
        }
        if (layer != null) {
            return layer.drafter(request, most);
        }
        return speculation == Speculation.PROMPT_LOOKUP ? new PromptLookup(most) : null;
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
