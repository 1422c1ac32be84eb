/**
 * The operations of a decoder step: one contract ({@link dev.jerboa.kernel.ops.Ops}), several tiers, one provider that chooses.
 *
 * <pre>
 * Matrix (file bytes) → Ops.weights → Weights        once, at load: a tier may repack
 * x → rmsNorm → Panel (float32 + the tier's form) → product → rows → … → attention → prepare → product → …
 * </pre>
 */
@NullMarked
package dev.jerboa.kernel.ops;

import org.jspecify.annotations.NullMarked;
