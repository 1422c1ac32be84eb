package dev.jerboa.inside;

import dev.jerboa.engine.generate.Jerboa;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.model.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * The model that comes with Jerboa. It works out sums, products, comparisons, sortings, units, dates, short word problems and
 * Countdown step by step, asked in English or Arabic, and knows nothing else; what lies outside it answers wrongly.
 *
 * <pre>{@code
 * try (LanguageModel model = InsideModel.open();
 *         ChatSession chat = model.chat(ChatOptions.defaults())) {
 *     System.out.println(chat.send("What is 348 + 275?").text());
 * }
 * }</pre>
 */
public final class InsideModel {
    /** What it is, in one line. */
    public static final String ABOUT =
            "a 12-million-parameter model that Jerboa trained itself: it reckons (sums, products,"
                    + " units, dates, word problems, Countdown) in English and Arabic and knows nothing else";

    private static final String RESOURCE = "model.gguf";

    private InsideModel() {}

    /** Opens it with {@link OpenOptions#defaults}. */
    public static LanguageModel open() {
        return open(OpenOptions.defaults());
    }

    /**
     * Opens it.
     *
     * @throws IllegalArgumentException where the options do not fit it
     */
    public static LanguageModel open(OpenOptions options) {
        return Jerboa.open(checkpoint(), options);
    }

    /** Its files, in memory; to be closed by the caller. */
    public static Checkpoint checkpoint() {
        try (InputStream in = InsideModel.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the jar of jerboa-inside lacks " + RESOURCE + "; build it anew");
            }
            return Checkpoint.of("inside", in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the model in the jar of jerboa-inside is not readable: " + e.getMessage(), e);
        }
    }
}
