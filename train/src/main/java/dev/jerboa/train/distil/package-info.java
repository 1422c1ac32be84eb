/**
 * Learning from another model: its distributions, or its replies.
 *
 * <pre>
 * forward   data(seed, step) → Batch → Teacher.read → states ┐
 * reverse   replies of the student (rl.Rollouts) → Batch → Teacher.read → states ┴→ HeadLoss.distil: teacher's head by chunk, KL
 * sequence  problems → replies of the teacher → ReplySampling → replies.jsonl → data.ReplyBatches → cross entropy
 * how far   held-out problems → TeacherDistance
 * </pre>
 *
 * <p>Distributions are compared token by token, so both models need the same vocabulary; replies go through text and need not.
 */
@NullMarked
package dev.jerboa.train.distil;

import org.jspecify.annotations.NullMarked;
