package dev.jerboa.train.loop;

import dev.jerboa.train.network.StreamGain;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One step in numbers.
 *
 * @param step the first is 1
 * @param tokens of all steps so far
 * @param loss mean cross entropy of the targets that count, nats; the policy's loss where rewards are learned from
 * @param aheadLoss the same of the tokens after the next; NaN where they are not predicted
 * @param balance the experts' loss of balance
 * @param gradientNorm before clipping
 * @param rate the learning rate
 * @param tokensPerSecond of this step
 * @param utilisation multiply-adds of the network (6 operations a weight and token) over the machine's peak; NaN where that is unknown
 * @param load the largest over the mean number of an expert's tokens, the worst layer's; NaN without experts
 * @param gain of the streams over depth, at every 25th step of networks with hyper-connections
 * @param policy what learning from rewards has besides
 * @param distil what following a teacher has besides
 */
public record StepReport(
        long step,
        long tokens,
        double loss,
        double aheadLoss,
        double balance,
        double gradientNorm,
        double rate,
        double tokensPerSecond,
        double utilisation,
        double load,
        Optional<StreamGain> gain,
        Optional<PolicyReport> policy,
        Optional<DistilReport> distil) {
    /** As a line of metrics.jsonl has it. Numbers that depend on the clock come last. */
    Map<String, @Nullable Object> fields() {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("step", step);
        fields.put("tokens", tokens);
        fields.put("loss", loss);
        if (!Double.isNaN(aheadLoss)) {
            fields.put("ahead_loss", aheadLoss);
        }
        if (balance != 0) {
            fields.put("balance_loss", balance);
        }
        fields.put("gradient_norm", gradientNorm);
        fields.put("learning_rate", rate);
        if (!Double.isNaN(load)) {
            fields.put("expert_load", load);
        }
        gain.ifPresent(gains -> {
            fields.put("gain_forward", gains.forward());
            fields.put("gain_backward", gains.backward());
            fields.put("least_column", gains.leastColumn());
            fields.put("gain_site", gains.siteForward());
        });
        distil.ifPresent(report -> report.addTo(fields));
        policy.ifPresent(report -> {
            report.addTo(fields);
            report.addSecondsTo(fields);
        });
        fields.put("tokens_per_second", tokensPerSecond);
        if (!Double.isNaN(utilisation)) {
            fields.put("utilisation", utilisation);
        }
        return fields;
    }
}
