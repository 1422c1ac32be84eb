/**
 * The machine-code tier: kernels written as instruction sequences, encoded for the processor found at start, and called
 * through the foreign-function interface. No native library.
 *
 * <pre>
 * at load    Matrix (published blocks) → repack → row groups: one vector register holds R rows, 4 inputs each
 * step       rows → prepare → blocks of 32 bytes with scale and sums, one record each
 *   few tokens    row group → registers → dot products with each token
 * (or blocks where they are mapped → transposed in registers → dot products)
 *   many tokens   row group → byte panel in the second-level cache → tile of row groups × tokens
 * </pre>
 *
 * <p>Float weights lie in wider row groups, element by element; all tokens meet a few groups while the second-level cache
 * holds them. Where the processor multiplies bfloat16, weights of that type meet activations rounded to it ({@link
 * dev.jerboa.kernel.ops.machine.FloatFormat}).
 *
 * <p>R is the vector's 32-bit lanes: 8 (AVX2) or 16 (AVX-512). Rows lie in lanes in both ways, and a row's blocks are summed
 * one after another, so that both give the same bits.
 *
 * <pre>
 * keys, values → {@link dev.jerboa.kernel.ops.machine.CacheWriter} → pages laid out for reading ({@link
 *   dev.jerboa.kernel.ops.machine.CacheLayout})
 * queries → {@link dev.jerboa.kernel.ops.machine.MachineAttention}: rows of one key head × tiles of positions → {@link
 *   dev.jerboa.kernel.ops.machine.AttentionKernel}: scores → running softmax → sums of values
 * </pre>
 *
 * <p>How an instruction set multiplies bytes is in {@link dev.jerboa.kernel.ops.machine.RowSums} (as codes come) and {@link
 * dev.jerboa.kernel.ops.machine.TileSums} (from a panel, whose layout it decides); the floats that follow are the same in all
 * ({@link dev.jerboa.kernel.ops.machine.ByteDots}).
 *
 * <p>A kernel is a class that emits a {@link dev.jerboa.kernel.ops.machine.asm.MachineCode} for a {@link
 * dev.jerboa.kernel.ops.machine.Target}; {@link dev.jerboa.kernel.ops.machine.Routines} emits each once a process, on first
 * use; arguments go through an {@link dev.jerboa.kernel.ops.machine.Arguments} block.
 */
@NullMarked
package dev.jerboa.kernel.ops.machine;

import org.jspecify.annotations.NullMarked;
