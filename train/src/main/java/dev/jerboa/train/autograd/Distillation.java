package dev.jerboa.train.autograd;

import dev.jerboa.kernel.memory.FloatRows;

/**
 * What a head's distribution is to come close to (Hinton, Vinyals, Dean, arXiv 1503.02531): a teacher's over the same vocabulary,
 * given by its last states, to which its head is applied a chunk of tokens at a time. With p the student's and q the teacher's
 * probabilities at temperature T, and a the share,
 *
 * <pre>
 * loss = (1 − a) · token loss + a · counts · T² · KL     KL = Σ q ln(q/p) forward, Σ p ln(p/q) reverse
 * </pre>
 *
 * @param temperature T, which divides both logits; more than 0
 * @param share a, from 0 to 1
 * @param states the teacher's, a row a token of the batch at hand: to be computed before the student's pass. Not copied
 * @param head [vocabulary, states' columns]
 */
public record Distillation(Direction direction, double temperature, double share, FloatRows states, FloatRows head) {
    /** From whose side the divergence is taken. */
    public enum Direction {
        /** KL(teacher ‖ student): the student covers all that the teacher might say. */
        FORWARD,
        /** KL(student ‖ teacher): the student says nothing that the teacher would not. */
        REVERSE
    }

    public Distillation {
        if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY && share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("distillation at temperature " + temperature + " with a share of "
                    + share + ", expected a temperature above 0 and a share from 0 to 1");
        }
        if (states.cols() != head.cols()) {
            throw new IllegalArgumentException(
                    "a teacher's states of " + states.cols() + " values with a head of " + head.cols());
        }
    }
}
