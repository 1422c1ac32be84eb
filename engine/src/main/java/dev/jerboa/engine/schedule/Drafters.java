package dev.jerboa.engine.schedule;

import org.jspecify.annotations.Nullable;

/**
 * Makes the drafters of sequences: by a draft model where there is one, otherwise as the options say. One thread.
 *
 * @param most the most tokens that are guessed ahead
 */
record Drafters(Speculation speculation, int most, @Nullable DraftModel draft) implements AutoCloseable {
    static Drafters of(ScheduleOptions options, @Nullable DraftModel draft) {
        return new Drafters(options.speculation(), options.guesses(), draft);
    }

    /** A drafter for a request; null where nothing is guessed. */
    @Nullable
    Drafter of(Request request) {
        if (draft != null) {
            return draft.drafter(request.positions() + most, most);
        }
        return speculation == Speculation.PROMPT_LOOKUP ? new PromptLookup(most) : null;
    }

    @Override
    public void close() {
        if (draft != null) {
            draft.close();
        }
    }
}
