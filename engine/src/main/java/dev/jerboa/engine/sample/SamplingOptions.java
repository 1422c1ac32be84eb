package dev.jerboa.engine.sample;

import java.util.Collections;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * How the next token is chosen. Immutable; made from {@link #greedy} or {@link #plain} by the {@code with} methods.
 *
 * @param temperature divides the logits; 0 takes the most likely token and draws nothing
 * @param topK keeps the k most likely tokens; 0 keeps all
 * @param topP keeps the most likely tokens until their probabilities sum to at least this, in (0, 1]; 1 keeps all
 *     (Holtzman et al. 2019, arXiv:1904.09751)
 * @param minP drops tokens less likely than this times the most likely one, in [0, 1); 0 keeps all (arXiv:2407.01082)
 * @param typicalP keeps the tokens whose surprise is nearest to the expected surprise until their probabilities sum to at
 *     least this, in (0, 1]; 1 keeps all (Meister et al. 2022, arXiv:2202.00666)
 * @param repetitionPenalty positive logits of tokens seen in prompt or reply are divided by it, negative ones multiplied;
 *     1 does nothing (Keskar et al. 2019, arXiv:1909.05858)
 * @param frequencyPenalty is subtracted from a token's logit for each time the reply already has it
 * @param presencePenalty is subtracted from a token's logit if the reply already has it
 * @param penaltyWindow how many of the latest tokens the penalties look at; {@link #WHOLE_CONTEXT} for all
 * @param logitBias added to the logits of these token ids; negative infinity forbids a token
 * @param seed of the random draws: the same seed, options and logits choose the same tokens; empty for a fresh seed
 */
public record SamplingOptions(
        float temperature,
        int topK,
        float topP,
        float minP,
        float typicalP,
        float repetitionPenalty,
        float frequencyPenalty,
        float presencePenalty,
        int penaltyWindow,
        Map<Integer, Float> logitBias,
        OptionalLong seed) {

    /** A {@link #penaltyWindow} that reaches back to the first token. */
    public static final int WHOLE_CONTEXT = Integer.MAX_VALUE;

    private static final SamplingOptions PLAIN =
            new SamplingOptions(1, 0, 1, 0, 1, 1, 0, 0, WHOLE_CONTEXT, Map.of(), OptionalLong.empty());

    public SamplingOptions {
        require(temperature >= 0 && Float.isFinite(temperature), "temperature", temperature, "a number from 0");
        require(topK >= 0, "top-k", topK, "a whole number from 0 (0 keeps all)");
        require(topP > 0 && topP <= 1, "top-p", topP, "a number above 0, up to 1");
        require(minP >= 0 && minP < 1, "min-p", minP, "a number from 0, below 1");
        require(typicalP > 0 && typicalP <= 1, "typical-p", typicalP, "a number above 0, up to 1");
        require(
                repetitionPenalty > 0 && Float.isFinite(repetitionPenalty),
                "repetition penalty",
                repetitionPenalty,
                "a number above 0");
        require(Float.isFinite(frequencyPenalty), "frequency penalty", frequencyPenalty, "a number");
        require(Float.isFinite(presencePenalty), "presence penalty", presencePenalty, "a number");
        require(penaltyWindow >= 0, "penalty window", penaltyWindow, "a whole number from 0");
        for (Map.Entry<Integer, Float> bias : logitBias.entrySet()) {
            float value = bias.getValue();
            require(
                    bias.getKey() >= 0 && value < Float.POSITIVE_INFINITY,
                    "logit bias of token " + bias.getKey(),
                    value,
                    "a token id from 0 with a number or negative infinity");
        }
        logitBias =
                Collections.unmodifiableMap(new TreeMap<>(logitBias)); // not copyOf, which strangers' ids can make slow
    }

    /** The most likely token, always. */
    public static SamplingOptions greedy() {
        return PLAIN.withTemperature(0);
    }

    /** Draws from the model's own distribution: temperature 1, no filter, no penalty. */
    public static SamplingOptions plain() {
        return PLAIN;
    }

    /** Whether a penalty is in force. */
    boolean penalises() {
        return penaltyWindow > 0 && (repetitionPenalty != 1 || frequencyPenalty != 0 || presencePenalty != 0);
    }

    private static void require(boolean right, String name, Number found, String expected) {
        if (!right) {
            throw new IllegalArgumentException(name + " is " + found + ", expected " + expected);
        }
    }

    public SamplingOptions withTemperature(float temperature) {
        return new SamplingOptions(
                temperature,
                topK,
                topP,
                minP,
                typicalP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty,
                penaltyWindow,
                logitBias,
                seed);
    }

    public SamplingOptions withTopK(int topK) {
        return new SamplingOptions(
                temperature,
                topK,
                topP,
                minP,
                typicalP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty,
                penaltyWindow,
                logitBias,
                seed);
    }

    public SamplingOptions withTopP(float topP) {
        return new SamplingOptions(
                temperature,
                topK,
                topP,
                minP,
                typicalP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty,
                penaltyWindow,
                logitBias,
                seed);
    }

    public SamplingOptions withMinP(float minP) {
        return new SamplingOptions(
                temperature,
                topK,
                topP,
                minP,
                typicalP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty,
                penaltyWindow,
                logitBias,
                seed);
    }

    public SamplingOptions withTypicalP(float typicalP) {
        return new SamplingOptions(
                temperature,
                topK,
                topP,
                minP,
                typicalP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty,
                penaltyWindow,
                logitBias,
                seed);
    }

    public SamplingOptions withRepetitionPenalty(float repetitionPenalty) {
        return new SamplingOptions(
                temperature,
                topK,
                topP,
                minP,
                typicalP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty,
                penaltyWindow,
                logitBias,
                seed);
    }

    public SamplingOptions withFrequencyPenalty(float frequencyPenalty) {
        return new SamplingOptions(
                temperature,
                topK,
                topP,
                minP,
                typicalP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty,
                penaltyWindow,
                logitBias,
                seed);
    }

    public SamplingOptions withPresencePenalty(float presencePenalty) {
        return new SamplingOptions(
                temperature,
                topK,
                topP,
                minP,
                typicalP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty,
                penaltyWindow,
                logitBias,
                seed);
    }

    public SamplingOptions withPenaltyWindow(int penaltyWindow) {
        return new SamplingOptions(
                temperature,
                topK,
                topP,
                minP,
                typicalP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty,
                penaltyWindow,
                logitBias,
                seed);
    }

    public SamplingOptions withLogitBias(Map<Integer, Float> logitBias) {
        return new SamplingOptions(
                temperature,
                topK,
                topP,
                minP,
                typicalP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty,
                penaltyWindow,
                logitBias,
                seed);
    }

    public SamplingOptions withSeed(long seed) {
        return new SamplingOptions(
                temperature,
                topK,
                topP,
                minP,
                typicalP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty,
                penaltyWindow,
                logitBias,
                OptionalLong.of(seed));
    }
}
