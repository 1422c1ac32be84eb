/**
 * Native memory: views with a shape, {@link dev.jerboa.kernel.memory.Matrix} (weights) and {@link
 * dev.jerboa.kernel.memory.FloatRows} (activations), and the pages they lie on.
 *
 * <pre>
 * file → FileChannel.map → NativePages.readAhead → Matrix → a tier repacks → NativePages.release
 *                                                     ├→ PageArena (huge pages where the system has them)
 *                                                     └→ Region (a place that is filled again and again)
 * </pre>
 */
@NullMarked
package dev.jerboa.kernel.memory;

import org.jspecify.annotations.NullMarked;
