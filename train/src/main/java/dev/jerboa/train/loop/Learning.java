package dev.jerboa.train.loop;

import dev.jerboa.train.data.Batch;
import java.util.Optional;

/** What a step of a run does to the network: a function of the step and of the weights before it. */
sealed interface Learning permits Supervised, PolicyLearning {
    /**
     * Changes the weights.
     *
     * @param step how many came before
     */
    Outcome step(long step);

    /**
     * A step in numbers, as {@link StepReport} has them.
     *
     * @param tokens that the network was trained on
     * @param norm of the gradients, before clipping, at the last update; 0 where there was none
     * @param last the batch of the last pass, where there was one
     */
    record Outcome(
            long tokens,
            double loss,
            double aheadLoss,
            double balance,
            double norm,
            double load,
            Optional<Batch> last,
            Optional<PolicyReport> policy,
            Optional<DistilReport> distil) {}
}
