package dev.jerboa.server.reply;

import dev.jerboa.engine.generate.Ask;
import dev.jerboa.server.model.Models;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a request orders, whatever its dialect.
 *
 * @param target the model and its adaptation
 * @param asks the replies: {@code samples} to each prompt, prompt by prompt
 * @param samples how many replies there are to a prompt
 * @param warnings what was ignored, in sentences
 */
public record ReplyOrder(Models.Target target, List<Ask> asks, int samples, List<String> warnings) {
    public ReplyOrder {
        asks = List.copyOf(asks);
        warnings = List.copyOf(warnings);
    }

    /** One reply. */
    public static ReplyOrder of(Models.Target target, Ask ask, List<String> warnings) {
        return new ReplyOrder(target, List.of(ask), 1, warnings);
    }

    /** Several replies to each of several prompts; where a seed is given, the others of a prompt have the seeds after it. */
    public static ReplyOrder of(Models.Target target, List<Ask> prompts, int samples, List<String> warnings) {
        List<Ask> asks = new ArrayList<>();
        for (Ask ask : prompts) {
            OptionalLong seed = ask.sampling().seed();
            for (int i = 0; i < samples; i++) {
                asks.add(
                        i == 0 || seed.isEmpty()
                                ? ask
                                : ask.withSampling(ask.sampling().withSeed(seed.getAsLong() + i)));
            }
        }
        return new ReplyOrder(target, asks, samples, warnings);
    }

    /** The first reply that is asked for. */
    public Ask ask() {
        return asks.getFirst();
    }

    /** How many replies there are in all. */
    public int choices() {
        return asks.size();
    }
}
