/**
 * The notion of a tensor that every container shares: name, type, shape, bytes where they lie.
 *
 * <pre>
 * GgufFile | SafetensorsFolder | MemoryTensors → TensorSource.tensor(name) → StoredTensor → Matrix (kernels) | float32
 * </pre>
 */
@NullMarked
package dev.jerboa.model.tensor;

import org.jspecify.annotations.NullMarked;
