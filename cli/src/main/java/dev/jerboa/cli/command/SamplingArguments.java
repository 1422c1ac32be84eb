package dev.jerboa.cli.command;

import dev.jerboa.engine.sample.SamplingOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How tokens are chosen: options over the model's defaults. */
final class SamplingArguments {
    @Option(
            names = "--temperature",
            paramLabel = "X",
            description =
                    "0 takes the most likely token, 1 draws as trained (default: the publisher's; else 0, or 1 where"
                            + " another option is about drawing)")
    @Nullable
    Float temperature;

    @Option(names = "--top-k", paramLabel = "N", description = "draw from the N most likely tokens (0: all)")
    @Nullable
    Integer topK;

    @Option(
            names = "--top-p",
            paramLabel = "X",
            description = "draw from the most likely tokens that together have this share")
    @Nullable
    Float topP;

    @Option(names = "--min-p", paramLabel = "X", description = "drop tokens less likely than X times the most likely")
    @Nullable
    Float minP;

    @Option(names = "--typical-p", paramLabel = "X", description = "draw from tokens of nearly expected surprise")
    @Nullable
    Float typicalP;

    @Option(names = "--repeat-penalty", paramLabel = "X", description = "make seen tokens less likely (1: not)")
    @Nullable
    Float repeatPenalty;

    @Option(names = "--frequency-penalty", paramLabel = "X", description = "subtract X for each use in the reply")
    @Nullable
    Float frequencyPenalty;

    @Option(names = "--presence-penalty", paramLabel = "X", description = "subtract X for tokens used in the reply")
    @Nullable
    Float presencePenalty;

    @Option(
            names = "--penalty-window",
            paramLabel = "N",
            description = "tokens that penalties look back (default: all)")
    @Nullable
    Integer penaltyWindow;

    @Option(names = "--seed", paramLabel = "N", description = "the same seed gives the same text")
    @Nullable
    Long seed;

    /** Whether an option was given that means something only where tokens are drawn. */
    private boolean drawing() {
        return topK != null || topP != null || minP != null || typicalP != null || seed != null;
    }

    SamplingOptions over(SamplingOptions defaults) {
        return Arguments.checked(() -> {
            SamplingOptions options = defaults.temperature() == 0 && drawing() ? defaults.withTemperature(1) : defaults;
            options = temperature == null ? options : options.withTemperature(temperature);
            options = topK == null ? options : options.withTopK(topK);
            options = topP == null ? options : options.withTopP(topP);
            options = minP == null ? options : options.withMinP(minP);
            options = typicalP == null ? options : options.withTypicalP(typicalP);
            options = repeatPenalty == null ? options : options.withRepetitionPenalty(repeatPenalty);
            options = frequencyPenalty == null ? options : options.withFrequencyPenalty(frequencyPenalty);
            options = presencePenalty == null ? options : options.withPresencePenalty(presencePenalty);
            options = penaltyWindow == null ? options : options.withPenaltyWindow(penaltyWindow);
            return seed == null ? options : options.withSeed(seed);
        });
    }
}
