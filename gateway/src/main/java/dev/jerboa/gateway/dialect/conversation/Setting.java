package dev.jerboa.gateway.dialect.conversation;

import java.util.Locale;

/** Numbers and names that a request sets, as far as several dialects know them. */
public enum Setting {
    MAX_TOKENS,
    TEMPERATURE,
    TOP_P,
    TOP_K,
    MIN_P,
    SEED,
    /** Texts that end the reply: a list. */
    STOP,
    PRESENCE_PENALTY,
    FREQUENCY_PENALTY,
    REPETITION_PENALTY,
    LOGIT_BIAS,
    /** Who the client's own user is. */
    USER,
    /** How much is said: low, medium, high. */
    VERBOSITY,
    PARALLEL_TOOL_CALLS,
    /** How many replies; only where it is more than one. */
    CHOICES,
    /** The likeliest tokens are asked for; only where they are. */
    LOGPROBS,
    /** At which tier it is processed, in OpenAI's word. */
    SERVICE_TIER;

    /** As OpenAI's chat calls it. */
    public String text() {
        return this == CHOICES ? "n" : name().toLowerCase(Locale.ROOT);
    }
}
