package dev.jerboa.server.reply;

import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.HttpError;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How tokens are chosen, from the fields that most dialects share. */
public final class SamplingFields {
    private SamplingFields() {}

    /**
     * The sampling that a request asks for.
     *
     * @param usual the model's own, for what the request does not say
     */
    public static SamplingOptions of(Fields fields, SamplingOptions usual, int vocabularySize) {
        SamplingOptions options = usual;
        Double temperature = fields.number("temperature", 0, 2);
        if (temperature != null) {
            options = options.withTemperature(temperature.floatValue());
        }
        Double topP = fields.number("top_p", 0, 1);
        if (topP != null) {
            options = options.withTopP(Math.max(topP.floatValue(), Float.MIN_NORMAL));
        }
        Long topK = fields.whole("top_k", -1, Integer.MAX_VALUE);
        if (topK != null) {
            options = options.withTopK((int) Math.max(0, topK));
        }
        Double minP = fields.number("min_p", 0, 1);
        if (minP != null) {
            options = options.withMinP(minP.floatValue());
        }
        Double typicalP = fields.number("typical_p", 0, 1);
        if (typicalP != null) {
            options = options.withTypicalP(typicalP.floatValue());
        }
        Double frequency = fields.number("frequency_penalty", -2, 2);
        if (frequency != null) {
            options = options.withFrequencyPenalty(frequency.floatValue());
        }
        Double presence = fields.number("presence_penalty", -2, 2);
        if (presence != null) {
            options = options.withPresencePenalty(presence.floatValue());
        }
        String repetitionName = fields.has("repeat_penalty") ? "repeat_penalty" : "repetition_penalty";
        Double repetition = fields.number(repetitionName, 0.1, 10);
        if (repetition != null) {
            options = options.withRepetitionPenalty(repetition.floatValue());
        }
        Long window = fields.whole("repeat_last_n", -1, Integer.MAX_VALUE);
        if (window != null) {
            options = options.withPenaltyWindow(window < 0 ? SamplingOptions.WHOLE_CONTEXT : window.intValue());
        }
        Map<Integer, Float> bias = bias(fields.object("logit_bias"), vocabularySize);
        if (!bias.isEmpty()) {
            options = options.withLogitBias(bias);
        }
        Long seed = fields.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        fields.refuse("mirostat", "dry_multiplier", "xtc_probability", "dynatemp_range", "tfs_z", "top_n_sigma");
        return seed == null || seed == -1 ? options : options.withSeed(seed);
    }

    private static Map<Integer, Float> bias(@Nullable Fields fields, int vocabularySize) {
        Map<Integer, Float> bias = new HashMap<>();
        if (fields == null) {
            return bias;
        }
        for (String name : fields.all().keySet()) {
            int id;
            try {
                id = Integer.parseInt(name);
            } catch (NumberFormatException e) {
                throw HttpError.field("logit_bias", "expected token ids as names, found '" + name + "'");
            }
            if (id < 0 || id >= vocabularySize) {
                throw HttpError.field("logit_bias", "token " + id + " is outside the vocabulary of " + vocabularySize);
            }
            Double value = fields.number(name, -100, 100);
            if (value != null) {
                // −100 forbids, as OpenAI documents it
                bias.put(id, value <= -100 ? Float.NEGATIVE_INFINITY : value.floatValue());
            }
        }
        return bias;
    }
}
