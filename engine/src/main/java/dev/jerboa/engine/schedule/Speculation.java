package dev.jerboa.engine.schedule;

/**
 * Whether tokens are guessed ahead and several places computed in one step (Leviathan, Kalman, Matias 2023, arXiv 2211.17192). It
 * changes the speed only: a guess is confirmed by the pick that would have been made without it.
 */
public enum Speculation {
    /** One token a step. */
    OFF("off"),
    /** What followed the last few tokens where they came up before (prompt look-up): texts that quote, code that is edited. */
    PROMPT_LOOKUP("lookup"),
    /** What the model's own layer for it predicts (multi-token prediction, DeepSeek-V3): of checkpoints that have one. */
    MULTI_TOKEN_PREDICTION("mtp");

    private final String key;

    Speculation(String key) {
        this.key = key;
    }

    /** Its name in options. */
    public String key() {
        return key;
    }

    /**
     * The one with this key.
     *
     * @throws IllegalArgumentException where there is none
     */
    public static Speculation named(String key) {
        for (Speculation one : values()) {
            if (one.key.equals(key)) {
                return one;
            }
        }
        throw new IllegalArgumentException("speculation '" + key + "', expected off, lookup or mtp");
    }
}
