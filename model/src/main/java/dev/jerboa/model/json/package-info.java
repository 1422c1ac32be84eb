/** JSON read into plain values. */
@NullMarked
package dev.jerboa.model.json;

import org.jspecify.annotations.NullMarked;
