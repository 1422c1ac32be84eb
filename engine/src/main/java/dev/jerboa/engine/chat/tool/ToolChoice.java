package dev.jerboa.engine.chat.tool;

/** Whether a reply calls tools. */
public sealed interface ToolChoice {
    /** No call: the tools are not offered to the model. */
    record None() implements ToolChoice {}

    /** The model decides. */
    record Auto() implements ToolChoice {}

    /** At least one call. */
    record Required() implements ToolChoice {}

    /** A call of this tool. */
    record Named(String name) implements ToolChoice {}
}
