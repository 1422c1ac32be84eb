package dev.jerboa.engine.eval.perplexity;

import dev.jerboa.engine.eval.statistic.Mean;

/**
 * How well a model predicts a text. Standard errors are those of independent tokens, as is usual; tokens of one text are not quite that.
 *
 * @param options which tokens were scored after which
 * @param windows windows that were read
 * @param tokens tokens that were scored
 * @param bytes bytes of text that they complete
 * @param loss the mean negative log-probability of a token, in nats
 * @param lossStandardError of {@code loss}
 */
public record Perplexity(
        PerplexityOptions options, int windows, long tokens, long bytes, double loss, double lossStandardError) {
    private static final double LN2 = 0.6931471805599453;

    static Perplexity of(PerplexityOptions options, int windows, Mean losses, long bytes) {
        return new Perplexity(options, windows, losses.count(), bytes, losses.value(), losses.standardError());
    }

    public double perplexity() {
        return StrictMath.exp(loss);
    }

    public double standardError() {
        return perplexity() * lossStandardError;
    }

    /** Bits that the model needs for a byte of the text: comparable across tokenizers. */
    public double bitsPerByte() {
        return loss * tokens / (LN2 * bytes);
    }

    public double bitsPerByteStandardError() {
        return lossStandardError * tokens / (LN2 * bytes);
    }
}
