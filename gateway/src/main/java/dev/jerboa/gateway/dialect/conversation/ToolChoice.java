package dev.jerboa.gateway.dialect.conversation;

/** Which tools are called. */
public sealed interface ToolChoice {
    /** Nothing is said. */
    record Unsaid() implements ToolChoice {}

    record Auto() implements ToolChoice {}

    record None() implements ToolChoice {}

    /** At least one. */
    record Required() implements ToolChoice {}

    /** This one. */
    record Named(String name) implements ToolChoice {}
}
