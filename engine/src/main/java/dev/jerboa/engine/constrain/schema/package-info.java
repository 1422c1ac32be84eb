/**
 * JSON schemas as expressions.
 *
 * <pre>
 * plain values → Source (limits, pointers, anchors) → Alternatives: $ref, allOf, anyOf, oneOf (Exclusion: its alternatives exclude
 *     each other), dependencies → sets of keywords that hold together
 *     → Facts of each → StringForm | NumberForm | ArrayForm | ObjectForm | values of enum → Expression, a rule a place
 * </pre>
 *
 * <p>Keywords that cannot be kept to are refused by name; annotations and unknown keywords are ignored. What is written is always
 * valid, but it is not all that is valid: objects have their declared properties in the schema's order, numbers with bounds have
 * no exponent, strings with a pattern have only the escapes that they need.
 */
@NullMarked
package dev.jerboa.engine.constrain.schema;

import org.jspecify.annotations.NullMarked;
