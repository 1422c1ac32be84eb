package dev.jerboa.engine.schedule;

/**
 * Whether tokens are guessed ahead and several places computed in one step (Leviathan, Kalman, Matias 2023, arXiv 2211.17192). It
 * changes the speed only: a guess is confirmed by the pick that would have been made without it.
 */
public enum Speculation {
    /** One token a step. */
    OFF,
    /** What followed the last few tokens where they came up before (prompt look-up): texts that quote, code that is edited. */
    PROMPT_LOOKUP
}
