package dev.jerboa.engine.constrain.schema;

/**
 * How a JSON schema is read.
 *
 * @param whitespace what may stand between the parts of the text
 * @param openObjects whether an object that declares properties and does not speak of {@code additionalProperties} may have others,
 *     as the standard says; otherwise it may not, as those who declare properties mostly mean
 */
public record SchemaOptions(Whitespace whitespace, boolean openObjects) {
    /** Flexible white space, closed objects. */
    public static final SchemaOptions DEFAULT = new SchemaOptions(Whitespace.FLEXIBLE, false);
}
