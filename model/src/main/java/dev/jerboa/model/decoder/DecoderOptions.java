package dev.jerboa.model.decoder;

import dev.jerboa.kernel.ops.Ops;
import java.util.List;

/**
 * How a decoder is loaded. Immutable; made from {@link #of} by the {@code with} methods.
 *
 * @param precision what products compute with
 * @param maxTokens the most tokens a {@link Step} of the decoder takes
 * @param adaptations what is beside the weights: each token of a {@link Step} has one of them, the first one if nothing else is said
 * @param further whether the first of {@link DecoderSpec#predictions} is loaded too, for {@link Decoder#predictFurther}
 * @param experts the memory that experts may take; of those that do not fit, the files are read as they are needed, for as long as the
 *     decoder is open
 */
public record DecoderOptions(
        Ops.Precision precision, int maxTokens, List<Adaptation> adaptations, boolean further, ExpertMemory experts) {
    public DecoderOptions {
        adaptations = List.copyOf(adaptations);
        if (maxTokens < 1) {
            throw new IllegalArgumentException("steps of " + maxTokens + " tokens at most, expected 1 or more");
        }
    }

    /** A decoder of the weights as they are, all in memory or mapped. */
    public static DecoderOptions of(Ops.Precision precision, int maxTokens) {
        return new DecoderOptions(precision, maxTokens, List.of(), false, ExpertMemory.ALL);
    }

    public DecoderOptions withAdaptations(List<? extends Adaptation> others) {
        return new DecoderOptions(precision, maxTokens, List.<Adaptation>copyOf(others), further, experts);
    }

    public DecoderOptions withFurther(boolean wanted) {
        return new DecoderOptions(precision, maxTokens, adaptations, wanted, experts);
    }

    public DecoderOptions withExperts(ExpertMemory memory) {
        return new DecoderOptions(precision, maxTokens, adaptations, further, memory);
    }
}
