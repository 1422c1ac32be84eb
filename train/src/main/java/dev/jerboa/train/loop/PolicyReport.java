package dev.jerboa.train.loop;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One step of learning from rewards in numbers. Means are over all replies of the step, those left out of the update included;
 * what is measured by tokens is over those of the update.
 *
 * @param reward mean
 * @param accuracy share of right replies
 * @param mixed share of questions whose replies earned different rewards
 * @param questions that were asked, those in place of others included
 * @param unparseable share of replies without an answer of the asked form
 * @param unended share of replies that were cut at the most tokens
 * @param length mean tokens of a reply
 * @param entropy mean of −ln p of the tokens drawn, nats, before the update
 * @param divergence mean estimate from the reference, in the last pass; 0 where there is none
 * @param clipped share of tokens that the clip held in the last pass
 * @param gap the largest difference between a token's log-probability in training and when it was drawn, before the update; at
 *     another temperature than 1 both are training's
 * @param rolloutSeconds for drawing replies
 * @param updateSeconds for the rest
 */
public record PolicyReport(
        double reward,
        double accuracy,
        double mixed,
        int questions,
        double unparseable,
        double unended,
        double length,
        double entropy,
        double divergence,
        double clipped,
        double gap,
        double rolloutSeconds,
        double updateSeconds) {
    /** Adds what does not depend on the clock. */
    void addTo(Map<String, @Nullable Object> fields) {
        fields.put("reward", reward);
        fields.put("accuracy", accuracy);
        fields.put("mixed_groups", mixed);
        fields.put("questions", questions);
        fields.put("unparseable", unparseable);
        fields.put("cut", unended);
        fields.put("reply_tokens", length);
        fields.put("entropy", entropy);
        fields.put("divergence", divergence);
        fields.put("clipped", clipped);
        fields.put("log_probability_gap", gap);
    }

    /** Adds what does. */
    void addSecondsTo(Map<String, @Nullable Object> fields) {
        fields.put("rollout_seconds", rolloutSeconds);
        fields.put("update_seconds", updateSeconds);
    }
}
