package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.Reply;
import dev.jerboa.model.decoder.ExpertTraffic;
import java.util.Locale;

/** A reply's numbers as one line. */
final class Statistics {
    private Statistics() {}

    static String line(LanguageModel model, Reply reply) {
        String figures = String.format(
                Locale.ROOT,
                "[loaded in %.2f s; prompt %d tokens (%d cached), %.1f tokens/s; reply %d tokens, %.1f tokens/s; %s]",
                model.loadTime().toNanos() / 1e9,
                reply.tokens().prompt(),
                reply.tokens().cached(),
                reply.timings().promptTokensPerSecond(),
                reply.tokens().generated(),
                reply.timings().generationTokensPerSecond(),
                reply.finishReason().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        return model.expertTraffic()
                .map(traffic -> figures + "\n" + line(traffic))
                .orElse(figures);
    }

    /** Says of a model whose experts do not all fit in memory how many do. */
    static void sayWhatFits(Console console, LanguageModel model) {
        model.expertTraffic()
                .ifPresent(traffic -> console.say("jerboa: " + traffic.places() + " of " + traffic.experts()
                        + " experts fit in " + Sizes.of(traffic.bytes())
                        + " (--expert-cache); the others are read from the file as tokens need them"));
    }

    private static String line(ExpertTraffic traffic) {
        return String.format(
                Locale.ROOT,
                "[experts: %d of %d in %s; %.1f %% of %d needed were there, %.1f %% by read-ahead (%d of %d read ahead were"
                        + " needed); %s read, %.2f s waited]",
                traffic.places(),
                traffic.experts(),
                Sizes.of(traffic.bytes()),
                100 * traffic.hitRate(),
                traffic.needed(),
                100.0 * traffic.readAheadHits() / Math.max(1, traffic.needed()),
                traffic.readAheadHits(),
                traffic.readAheads(),
                Sizes.of(traffic.bytesRead()),
                traffic.waitNanos() / 1e9);
    }
}
