package dev.jerboa.engine.chat;

/** How much a model should think before it answers, from nothing to all it can. */
public enum ReasoningEffort {
    NONE,
    MINIMAL,
    LOW,
    MEDIUM,
    HIGH,
    MAX
}
