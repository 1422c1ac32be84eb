/**
 * The portable fast tier: the Vector API at the width the JVM prefers, over raw addresses.
 *
 * <pre>
 * Product:   stored rows → Decoders, a tile once → float32 tile → Dots (rows × tokens in registers) → out
 * Attention: tiles of positions → Dots → Exponential → running softmax → values
 * </pre>
 *
 * <p>Every sum has one order: {@link dev.jerboa.kernel.ops.vector.VectorOps} states it.
 */
@NullMarked
package dev.jerboa.kernel.ops.vector;

import org.jspecify.annotations.NullMarked;
