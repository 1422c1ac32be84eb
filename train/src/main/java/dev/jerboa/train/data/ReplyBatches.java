package dev.jerboa.train.data;

import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Turns;
import java.util.Arrays;
import java.util.List;

/**
 * Replies from a file, each once before any comes again: one endless row of them, every round in an order that (seed, round) draws,
 * cut into batches where the next does not fit. Which batch is whose follows from the sizes of all before it, which are gone through
 * once.
 */
public final class ReplyBatches implements BatchSource {
    private static final long ROUNDS = -3;

    private final int[][] sequences;
    private final long seed;
    private final ProblemBatches.Loss loss;
    private final int assistant;
    private final int longest;
    /** Where batches of {@link #room} tokens begin in the row: {@link #known} of them. Guarded by this, as all below. */
    private long[] starts = new long[1024];

    private int known;
    private int room;
    private final int[] order;
    private long round = -1;

    /** @param tokenizer one that knows the marks of {@link Turns} as single tokens */
    public ReplyBatches(Tokenizer tokenizer, List<WrittenReply> replies, long seed, ProblemBatches.Loss loss) {
        this.seed = seed;
        this.loss = loss;
        this.assistant = ProblemBatches.assistant(tokenizer);
        this.sequences = replies.stream()
                .map(reply -> tokenizer.encode(reply.text(), true))
                .toArray(int[][]::new);
        this.longest =
                Arrays.stream(sequences).mapToInt(ids -> ids.length).max().orElse(0);
        this.order = new int[sequences.length];
    }

    @Override
    public synchronized void fill(long step, Batch batch) {
        batch.clear();
        if (longest > batch.room()) {
            throw new IllegalArgumentException("a reply of " + longest
                    + " tokens with its question does not fit a batch of " + batch.room() + "; make the batch larger");
        }
        if (batch.room() != room) {
            room = batch.room();
            known = 1;
        }
        while (known <= step) {
            long end = end(starts[known - 1]);
            if (known == starts.length) {
                starts = Arrays.copyOf(starts, 2 * known);
            }
            starts[known++] = end;
        }
        long at = starts[Math.toIntExact(step)];
        for (int[] ids = sequence(at); ids.length <= batch.room(); ids = sequence(++at)) {
            ProblemBatches.add(ids, assistant, loss, batch);
        }
    }

    /** Where the batch ends that begins at a place of the row. */
    private long end(long start) {
        long at = start;
        int left = room;
        for (int size = sequence(at).length; size <= left; size = sequence(++at).length) {
            left -= size;
        }
        return at;
    }

    /** What is at a place of the row. */
    private int[] sequence(long at) {
        long of = at / sequences.length;
        if (of != round) {
            round = of;
            for (int i = 0; i < order.length; i++) {
                order[i] = i;
            }
            Draws.of(seed, ROUNDS, of).shuffle(order);
        }
        return sequences[order[(int) (at % sequences.length)]];
    }
}
