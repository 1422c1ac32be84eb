package dev.jerboa.engine.calibrate;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.convert.ConversionPlan;
import dev.jerboa.model.convert.ImportanceMatrix;
import dev.jerboa.model.convert.InputObserver;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.Step;
import dev.jerboa.model.token.Tokenizer;
import java.util.List;

/** Computes the {@link ImportanceMatrix} of a model by letting it read a text. */
public final class Calibration {
    /** A last chunk of fewer tokens is left out. */
    private static final int LEAST_TOKENS = 16;

    private static final int STEP_TOKENS = 256;

    private Calibration() {}

    /** Told how many tokens were read, of how many. */
    @FunctionalInterface
    public interface Progress {
        void at(int done, int total);
    }

    /**
     * Reads a text in chunks that each begin as a text does.
     *
     * @param name of the text, for people
     * @param chunkTokens tokens of a chunk, at most the model's context
     * @param maxChunks how many are read at most
     * @throws ModelException where the model has no tokenizer, or the text is too short
     */
    public static ImportanceMatrix of(
            Checkpoint checkpoint,
            Team team,
            String text,
            String name,
            int chunkTokens,
            int maxChunks,
            Progress progress) {
        Tokenizer tokenizer = checkpoint
                .tokenizer()
                .orElseThrow(() -> new ModelException(
                        checkpoint.path() + ": the model has no tokenizer, which reading a text takes"));
        int[] prefix = tokenizer.prefix();
        int[] tokens = tokenizer.encode(text, false);
        int length = Math.min(chunkTokens, checkpoint.spec().contextLength());
        int room = length - prefix.length;
        if (tokens.length < LEAST_TOKENS || room < LEAST_TOKENS) {
            throw new ModelException(name + ": " + tokens.length + " tokens in chunks of " + length
                    + ", expected at least " + LEAST_TOKENS + "; some tens of thousands tell how the model is used");
        }
        int total = (int) Math.min(tokens.length, (long) room * maxChunks);
        InputObserver observer = InputObserver.of(OpsProvider.ops(), ConversionPlan.of(checkpoint));
        try (Decoder decoder =
                        checkpoint.load(observer.ops(), Ops.Precision.EXACT, team, Math.min(STEP_TOKENS, length));
                KvCache cache = KvCache.open(decoder.cacheShape(), length, CacheType.F32)) {
            Sequence sequence = cache.sequence(length);
            for (int from = 0; from < total; from += room) {
                int count = Math.min(room, total - from);
                if (count >= LEAST_TOKENS) {
                    int[] chunk = new int[prefix.length + count];
                    System.arraycopy(prefix, 0, chunk, 0, prefix.length);
                    System.arraycopy(tokens, from, chunk, prefix.length, count);
                    read(decoder, cache, sequence, chunk);
                }
                progress.at(from + count, total);
            }
        }
        return observer.matrix(List.of(name), length);
    }

    /** Reads tokens in steps of nearly one size, none so small that workers would not wait for each other's rows. */
    private static void read(Decoder decoder, KvCache cache, Sequence sequence, int[] tokens) {
        Step step = decoder.step();
        sequence.truncate(0);
        sequence.reserve(tokens.length);
        int steps = (tokens.length + step.capacity() - 1) / step.capacity();
        for (int s = 0; s < steps; s++) {
            int from = (int) ((long) tokens.length * s / steps);
            int to = (int) ((long) tokens.length * (s + 1) / steps);
            step.clear();
            step.state(sequence.state());
            for (int i = from; i < to; i++) {
                step.add(tokens[i], i, sequence.pages(), false);
            }
            decoder.forward(step, cache.layers());
            sequence.advance(to - from);
        }
    }
}
