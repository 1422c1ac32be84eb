/**
 * Operations with their derivatives, recorded once on a static tape and replayed every step.
 *
 * <pre>
 * build:    new Tape → operations add themselves, in order; each names its inputs and makes its outputs → plan
 * forward:  for each operation: forward(pass) → barrier         pass = worker + batch + working memory
 * backward: in reverse: backward(pass) → barrier                gradients of inputs are set by their last reader, then added to
 * </pre>
 *
 * <p>Everything is float32 in native memory and allocated when the tape is planned; a step allocates nothing that grows with
 * it. Every worker runs every operation on its share, as in {@link dev.jerboa.kernel.ops.Ops}; sums over tokens are taken in the
 * order of tokens, whoever takes them, so that results have the same bits with any number of workers.
 *
 * <p>Gradients of activations share memory: that of one is free once the operation that made the activation has used it.
 */
@NullMarked
package dev.jerboa.train.autograd;

import org.jspecify.annotations.NullMarked;
