package dev.jerboa.engine.generate;

import dev.jerboa.model.token.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How a model is asked to fill a gap: {@code first text-before second text-after third}, after which the model writes what is between
 * (Bavarian et al. 2022, "Efficient training of language models to fill in the middle", arXiv 2207.14255).
 */
record FillIn(String first, String second, String third) {
    /** Qwen-Coder, CodeGemma; StarCoder, Granite; DeepSeek. */
    private static final List<FillIn> KNOWN = List.of(
            new FillIn("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
            new FillIn("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
            new FillIn("<\uff5cfim\u2581begin\uff5c>", "<\uff5cfim\u2581hole\uff5c>", "<\uff5cfim\u2581end\uff5c>"));

    /** The form that a tokenizer has tokens for. */
    static Optional<FillIn> of(Tokenizer tokenizer) {
        return KNOWN.stream()
                .filter(form -> tokenizer.id(form.first) >= 0
                        && tokenizer.id(form.second) >= 0
                        && tokenizer.id(form.third) >= 0)
                .findFirst();
    }

    int[] ids(Tokenizer tokenizer, String before, String after) {
        return Stream.of(
                        tokenizer.prefix(),
                        new int[] {tokenizer.id(first)},
                        tokenizer.encode(before, false),
                        new int[] {tokenizer.id(second)},
                        tokenizer.encode(after, false),
                        new int[] {tokenizer.id(third)})
                .flatMapToInt(IntStream::of)
                .toArray();
    }
}
