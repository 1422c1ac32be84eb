/**
 * Many requests on one decoder: each step carries the next token of every running sequence and pieces of the prompts of new ones.
 *
 * <pre>
 * Scheduler.submit | run (any thread) → commands → the scheduler's thread, which alone owns what follows:
 *
 *   Queue: by priority, then the client served least ─ Admission: a place among maxSequences, and pages for the tokens known;
 *        ↑                                 │            known beginnings are taken over (engine.cache); who would compute what
 *        │                                 │            another is computing right now waits for it
 *        │                                 ↓
 *        │        running → plan: a token of every sequence that writes, with guesses after it (Drafter: text that a constraint
 *        │                            forces, prompt look-up, the model's prediction layer, or a draft model, which reads as many
 *        │                            tokens as Pace allows); then prompts in order, as many tokens as Pace allows
 *        │                → StepModel.run ↔ cache pages → Track.pick: log-softmax, sampler, guess by guess, shared out to the team
 *        │                → token to the Listener → stop token, length, deadline, enough, cancelled: pages go back at once
 *        │                → Drafters.take: the prediction layer reads the states of the step and the tokens after them ↔ its own cache
 *        │   texts whose tokens are scored (Scorings) have steps of their own between these
 *        └ preempt: where no page is to be had, the last admitted of the lowest priority waits again; what it computed is kept
 *                   while there is room
 * </pre>
 *
 * <p>What a request is given depends on its prompt, its options and its seed alone: a token's logits have the same bits whatever
 * else is in a step ({@link dev.jerboa.kernel.ops.Ops}, determinism), a draw depends on the seed and the token's place only, and
 * positions taken over or computed again are those that it would have computed. A guess is only ever confirmed by the pick that
 * would have been made without it; of a model with running states nothing is guessed. So the log-probabilities of a rollout are those of any other computation with the same decoder.
 *
 * <p>{@link dev.jerboa.engine.schedule.Scheduler} is the door.
 */
@NullMarked
package dev.jerboa.engine.schedule;

import org.jspecify.annotations.NullMarked;
