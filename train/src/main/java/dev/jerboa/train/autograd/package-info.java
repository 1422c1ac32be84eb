/**
 * Operations with their derivatives, recorded once on a static tape and replayed every step.
 *
 * <pre>
 * build:    new Tape → operations add themselves, in order; each names its inputs, makes its outputs, asks for tables → plan
 * plan:     which operations are computed again → steps of a pass → when each table is needed (Plan) → where it lies (Layout)
 * forward:  for each operation: forward(pass) → barrier         pass = worker + batch + working memory
 * backward: in reverse: backward(pass) → barrier                gradients of inputs are set by their last reader, then added to
 *           before a block's: forward(pass) again of what was not kept of it
 * </pre>
 *
 * <p>Everything is float32 in native memory and allocated when the tape is planned; a step allocates nothing that grows with
 * it. Every worker runs every operation on its share, as in {@link dev.jerboa.kernel.ops.Ops}; sums over tokens are taken in the
 * order of tokens, whoever takes them, so that results have the same bits with any number of workers.
 *
 * <p>Values, gradients and what operations keep beside them share one stretch of memory by their lifetimes: what a constructor does not
 * say to need is lost. See {@link dev.jerboa.train.autograd.Tape#beginBlock} for what is kept of blocks.
 */
@NullMarked
package dev.jerboa.train.autograd;

import org.jspecify.annotations.NullMarked;
