package dev.jerboa.kernel.ops.scalar;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Panel;

/** Activations in float32 only. */
record ScalarPanel(FloatRows rows) implements Panel {}
