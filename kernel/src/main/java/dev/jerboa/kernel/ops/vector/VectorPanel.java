package dev.jerboa.kernel.ops.vector;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Panel;

/** Activations in float32 only. */
record VectorPanel(FloatRows rows) implements Panel {}
