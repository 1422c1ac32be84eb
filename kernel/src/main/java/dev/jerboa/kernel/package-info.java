/** Numbers and memory; no model words. */
@NullMarked
package dev.jerboa.kernel;

import org.jspecify.annotations.NullMarked;
