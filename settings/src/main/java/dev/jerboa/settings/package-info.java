/**
 * Files that people write in YAML: recipes of training, configurations of the gateway, catalogues.
 *
 * <pre>
 * text → Section: key by key, each with its line → records of whoever reads → end(): what nobody asked for is an error with its line
 * </pre>
 */
@NullMarked
package dev.jerboa.settings;

import org.jspecify.annotations.NullMarked;
