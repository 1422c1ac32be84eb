package dev.jerboa.train.loop;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a step's network was from its teacher, over the tokens that count, before the update.
 *
 * @param divergence mean KL of the recipe's direction and temperature, nats a token
 * @param crossEntropy mean −ln p of the targets, at the temperature that a policy draws replies at, otherwise 1: with replies of the student's own, an estimate of its entropy
 */
public record DistilReport(double divergence, double crossEntropy) {
    void addTo(Map<String, @Nullable Object> fields) {
        fields.put("teacher_divergence", divergence);
        fields.put("cross_entropy", crossEntropy);
    }
}
