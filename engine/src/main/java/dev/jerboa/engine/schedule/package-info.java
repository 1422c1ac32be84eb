/**
 * Many requests on one decoder: each step carries the next token of every running sequence and pieces of the prompts of new ones.
 *
 * <pre>
 * Scheduler.submit | run (any thread) → queue → the scheduler's thread, which alone owns what follows:
 *
 *   waiting, first come first served ─ admit: a place among maxSequences, and pages for the tokens known
 *        ↑                             │      (same prompt as one before: its pages are held, the last token is computed)
 *        │                             ↓
 *        │        running → StepPlan: a token of every sequence that writes, then prompts in order, promptTokens at most
 *        │                → Decoder.forward ↔ cache pages → log-softmax, sampler, shared out to the team
 *        │                → token to the Listener → stop token, length, cancelled: pages go back at once
 *        └ preempt: where no page is free, the last admitted goes back to the front and is computed again later
 * </pre>
 *
 * <p>What a request is given depends on its prompt, its options and its seed alone: a token's logits have the same bits whatever
 * else is in a step ({@link dev.jerboa.kernel.ops.Ops}, determinism), a draw depends on the seed and the token's place only, and
 * computing a preempted sequence again gives the keys and values that it had. So the log-probabilities of a rollout are those of any
 * other computation with the same decoder.
 *
 * <p>{@link dev.jerboa.engine.schedule.Scheduler} is the door.
 */
@NullMarked
package dev.jerboa.engine.schedule;

import org.jspecify.annotations.NullMarked;
