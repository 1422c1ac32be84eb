/** Storing a model in other types and containers: which tensor gets which, and a folder in one file. */
@NullMarked
package dev.jerboa.model.convert;

import org.jspecify.annotations.NullMarked;
