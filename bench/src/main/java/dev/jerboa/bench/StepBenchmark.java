package dev.jerboa.bench;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.decoder.Step;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * How long one step of a decoder takes by what is in it, without a scheduler, a sampler or a server: a token of each of several
 * sequences that write, and pieces of a prompt beside four of them.
 *
 * <pre>
 * StepBenchmark MODEL [ROUNDS]
 * </pre>
 *
 * <p>Prints median and least of the rounds (15), in milliseconds; the numbers of tokens come in turns.
 */
public final class StepBenchmark implements AutoCloseable {
    private static final int[] WRITERS = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32};
    private static final int[] PIECES = {0, 4, 8, 16, 32, 64, 128};
    private static final int BESIDE = 4;
    private static final int MOST = 256;
    /** Where sequences write, and where a prompt's piece begins. */
    private static final int POSITION = 128;

    private final Checkpoint checkpoint;
    private final Team team = Team.ofCores();
    private final Decoder decoder;
    private final KvCache cache;
    private final Step step;
    private final List<Sequence> writers = new ArrayList<>();
    private final Sequence prompt;
    private final Random random = new Random(1);

    private StepBenchmark(Path path) {
        checkpoint = Checkpoint.open(path);
        Ops ops = OpsProvider.ops();
        decoder = checkpoint.load(ops, team, DecoderOptions.of(Ops.Precision.FAST, MOST));
        int room = POSITION + MOST;
        cache = KvCache.open(decoder.cacheShape(), (WRITERS.length + 33) * room, ops.cacheType(Ops.Precision.FAST), 33);
        step = decoder.step();
        for (int i = 0; i < 32; i++) {
            writers.add(sequence(POSITION + 1));
        }
        prompt = sequence(room);
    }

    private Sequence sequence(int tokens) {
        Sequence sequence = cache.sequence(tokens);
        sequence.reserve(tokens);
        return sequence;
    }

    /** Measures the model at {@code args[0]}. */
    public static void main(String[] args) {
        if (args.length == 0) {
            System.err.println("usage: StepBenchmark MODEL [ROUNDS]");
            System.exit(2);
        }
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 15;
        try (StepBenchmark benchmark = new StepBenchmark(Path.of(args[0]))) {
            System.out.println("writers   ms  least   of one's tokens a second");
            long[][] times = benchmark.times(WRITERS, rounds, true);
            for (int i = 0; i < WRITERS.length; i++) {
                double one = median(times[0]);
                System.out.printf(
                        "%7d %6.1f %6.1f   %.2f%n",
                        WRITERS[i], median(times[i]), times[i][0] / 1e6, WRITERS[i] * one / median(times[i]));
            }
            System.out.println("prompt tokens beside " + BESIDE + " writers   ms  least");
            long[][] pieces = benchmark.times(PIECES, rounds, false);
            for (int i = 0; i < PIECES.length; i++) {
                System.out.printf("%31d %6.1f %6.1f%n", PIECES[i], median(pieces[i]), pieces[i][0] / 1e6);
            }
        }
    }

    /** Sorted times of each count, which come in turns; the first round of all is for warming up. */
    private long[][] times(int[] counts, int rounds, boolean writing) {
        long[][] times = new long[counts.length][rounds];
        for (int round = -1; round < rounds; round++) {
            for (int i = 0; i < counts.length; i++) {
                long nanos = writing ? run(counts[i], 0) : run(BESIDE, counts[i]);
                if (round >= 0) {
                    times[i][round] = nanos;
                }
            }
        }
        Arrays.stream(times).forEach(Arrays::sort);
        return times;
    }

    private long run(int writing, int reading) {
        step.clear();
        for (int i = 0; i < writing; i++) {
            step.state(writers.get(i).state());
            step.add(token(), POSITION, writers.get(i).pages(), true);
        }
        step.state(prompt.state());
        for (int i = 0; i < reading; i++) {
            step.add(token(), POSITION + i, prompt.pages(), false);
        }
        long start = System.nanoTime();
        decoder.forward(step, cache.layers());
        return System.nanoTime() - start;
    }

    private int token() {
        return random.nextInt(Math.min(1000, decoder.spec().vocabularySize()));
    }

    private static double median(long[] sorted) {
        return sorted[sorted.length / 2] / 1e6;
    }

    @Override
    public void close() {
        cache.close();
        decoder.close();
        team.close();
        checkpoint.close();
    }
}
