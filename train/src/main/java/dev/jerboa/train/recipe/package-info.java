/**
 * Recipes: everything that a run is a function of, in one YAML file.
 *
 * <pre>
 * file → YAML nodes with their lines → Section (typed, an unknown key is an error with its line) → Recipe
 * </pre>
 */
@NullMarked
package dev.jerboa.train.recipe;

import org.jspecify.annotations.NullMarked;
