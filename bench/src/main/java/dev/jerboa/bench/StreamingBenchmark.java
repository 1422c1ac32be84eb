package dev.jerboa.bench;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.decoder.ExpertMemory;
import dev.jerboa.model.decoder.ExpertTraffic;
import dev.jerboa.model.decoder.Step;
import java.nio.file.Path;
import java.util.Random;

/**
 * What it costs that a mixture's experts do not all fit in memory, by the share that does.
 *
 * <pre>
 * StreamingBenchmark MODEL [tokens=48] [words=0] [SHARE …]
 * </pre>
 *
 * <p>A text's tokens are drawn by chance, of {@code words} different ones (0 for the whole vocabulary): the fewer, the more unevenly
 * experts are used. Each share (1, 0.5, 0.25 and 0.125) is measured with a decoder of its own, after half as many tokens that are not
 * measured; then a prompt of 128 tokens.
 */
public final class StreamingBenchmark {
    private static final int PROMPT = 128;

    private StreamingBenchmark() {}

    /** Measures the model at {@code args[0]}. */
    public static void main(String[] args) {
        if (args.length == 0) {
            System.err.println("usage: StreamingBenchmark MODEL [tokens=48] [words=0] [SHARE ...]");
            System.exit(2);
        }
        int tokens = 48;
        int words = 0;
        double[] shares = new double[args.length];
        int count = 0;
        for (int i = 1; i < args.length; i++) {
            if (args[i].startsWith("tokens=")) {
                tokens = Integer.parseInt(args[i].substring("tokens=".length()));
            } else if (args[i].startsWith("words=")) {
                words = Integer.parseInt(args[i].substring("words=".length()));
            } else {
                shares[count++] = Double.parseDouble(args[i]);
            }
        }
        if (count == 0) {
            shares = new double[] {1, 0.5, 0.25, 0.125};
            count = shares.length;
        }
        System.out.println(
                "share places    MiB | tokens/s   hits ahead  right MiB/token waited | prompt tokens/s MiB/token waited");
        try (Checkpoint checkpoint = Checkpoint.open(Path.of(args[0]));
                Team team = Team.ofCores()) {
            for (int i = 0; i < count; i++) {
                row(checkpoint, team, shares[i], tokens, words);
            }
        }
    }

    private static void row(Checkpoint checkpoint, Team team, double share, int tokens, int words) {
        Ops ops = OpsProvider.ops();
        ExpertMemory memory = share >= 1
                ? ExpertMemory.ALL
                : ExpertMemory.of((long) (share * checkpoint.expertSizes().bytes()));
        int all = tokens + tokens / 2 + 2 * PROMPT;
        try (Decoder decoder = checkpoint.load(
                        ops, team, DecoderOptions.of(Ops.Precision.FAST, PROMPT).withExperts(memory));
                KvCache cache = KvCache.open(decoder.cacheShape(), all, ops.cacheType(Ops.Precision.FAST))) {
            Random random = new Random(1);
            int vocabulary = decoder.spec().vocabularySize();
            int choice = words == 0 ? vocabulary : Math.min(words, vocabulary);
            Sequence sequence = cache.sequence(all);
            sequence.reserve(all);
            Step step = decoder.step();
            for (int i = 0; i < tokens / 2; i++) {
                run(decoder, cache, sequence, step, random, choice, 1);
            }
            ExpertTraffic before = traffic(decoder);
            long start = System.nanoTime();
            for (int i = 0; i < tokens; i++) {
                run(decoder, cache, sequence, step, random, choice, 1);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            ExpertTraffic text = traffic(decoder);
            run(decoder, cache, sequence, step, random, choice, PROMPT);
            ExpertTraffic between = traffic(decoder);
            long prompt = System.nanoTime();
            run(decoder, cache, sequence, step, random, choice, PROMPT);
            double promptSeconds = (System.nanoTime() - prompt) / 1e9;
            ExpertTraffic after = traffic(decoder);
            long needed = Math.max(1, text.needed() - before.needed());
            long ahead = text.readAheadHits() - before.readAheadHits();
            System.out.printf(
                    "%5.3f %6d %6d | %8.2f %5.1f%% %4.1f%% %5.1f%% %9.1f %5.1f%% | %15.1f %9.1f %5.1f%%%n",
                    share,
                    text.places(),
                    text.bytes() >> 20,
                    tokens / seconds,
                    100.0 * (text.hits() - before.hits() + ahead) / needed,
                    100.0 * ahead / needed,
                    100.0 * ahead / Math.max(1, text.readAheads() - before.readAheads()),
                    (text.bytesRead() - before.bytesRead()) / 1048576.0 / tokens,
                    (text.waitNanos() - before.waitNanos()) / 1e7 / seconds,
                    PROMPT / promptSeconds,
                    (after.bytesRead() - between.bytesRead()) / 1048576.0 / PROMPT,
                    (after.waitNanos() - between.waitNanos()) / 1e7 / promptSeconds);
        }
    }

    private static ExpertTraffic traffic(Decoder decoder) {
        return decoder.expertTraffic().orElse(new ExpertTraffic(0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    }

    private static void run(
            Decoder decoder, KvCache cache, Sequence sequence, Step step, Random random, int choice, int count) {
        step.clear();
        step.state(sequence.state());
        int first = sequence.length();
        for (int i = 0; i < count; i++) {
            step.add(random.nextInt(choice), first + i, sequence.pages(), i == count - 1);
        }
        decoder.forward(step, cache.layers());
        sequence.advance(count);
    }
}
