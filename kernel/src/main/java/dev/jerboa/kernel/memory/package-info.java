/** Views of native memory with a shape: {@link dev.jerboa.kernel.memory.Matrix} (weights) and {@link dev.jerboa.kernel.memory.FloatRows} (activations). */
@NullMarked
package dev.jerboa.kernel.memory;

import org.jspecify.annotations.NullMarked;
