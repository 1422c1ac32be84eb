/** Storing a model in other types: which tensor gets which. */
@NullMarked
package dev.jerboa.model.convert;

import org.jspecify.annotations.NullMarked;
