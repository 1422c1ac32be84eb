/**
 * Fused loops over rows of floats in native memory: described once, carried out by every tier.
 *
 * <pre>
 * describe: LoopBuilder → values, stores, sums → LoopSpec             a value with equality; no memory, no machine
 * compile:  Ops.loop(spec) → Loop                                     emitted for the processor, or interpreted by chunks
 * run:      loop.call().at(pointer, address, stride) … .run(rows)     by every worker on its share
 * </pre>
 *
 * <p>Every operation is rounded to float32 on its own, fused multiply-adds are fused, and sums have one order ({@link
 * dev.jerboa.kernel.ops.loop.LoopBuilder#sum}): a loop gives the same bits in every tier.
 */
@NullMarked
package dev.jerboa.kernel.ops.loop;

import org.jspecify.annotations.NullMarked;
