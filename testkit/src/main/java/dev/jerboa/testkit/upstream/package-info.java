/**
 * A stand-in for providers: it speaks their dialects, fails in their ways, and remembers what it served.
 *
 * <pre>
 * request → Script (what the test wants of it) → dialect's bytes, cut, late or wrong as the script says → Served
 * </pre>
 */
@NullMarked
package dev.jerboa.testkit.upstream;

import org.jspecify.annotations.NullMarked;
