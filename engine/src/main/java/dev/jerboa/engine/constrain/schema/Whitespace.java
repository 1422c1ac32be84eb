package dev.jerboa.engine.constrain.schema;

/** What may stand between the parts of a JSON text. */
public enum Whitespace {
    /** Nothing. */
    COMPACT,
    /**
     * After a bracket, comma or colon and before a closing bracket: nothing, a space, or a line end with an indentation of at most
     * 40 spaces or 10 tabs. There are no runs without an end, which weak models fall into.
     */
    FLEXIBLE
}
