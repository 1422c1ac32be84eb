package dev.jerboa.cli.command;

import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Reply;
import java.util.Locale;

/** A reply's numbers as one line. */
final class Statistics {
    private Statistics() {}

    static String line(LanguageModel model, Reply reply) {
        return String.format(
                Locale.ROOT,
                "[loaded in %.2f s; prompt %d tokens (%d cached), %.1f tokens/s; reply %d tokens, %.1f tokens/s; %s]",
                model.loadTime().toNanos() / 1e9,
                reply.tokens().prompt(),
                reply.tokens().cached(),
                reply.timings().promptTokensPerSecond(),
                reply.tokens().generated(),
                reply.timings().generationTokensPerSecond(),
                reply.finishReason().name().toLowerCase(Locale.ROOT).replace('_', ' '));
    }
}
