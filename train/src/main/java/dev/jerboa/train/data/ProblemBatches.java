package dev.jerboa.train.data;

import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Split;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Turns;

/**
 * Worked problems of a task or mixture, never a held-out one: step s packs the examples (seed, s, 0), (seed, s, 1) … until one
 * does not fit. An example is one sequence: prompt, reply, end of turn.
 */
public final class ProblemBatches implements BatchSource {
    /** Which tokens count. */
    public enum Loss {
        /** The reply and its end; the prompt is only read. */
        REPLY,
        /** Every token. */
        ALL
    }

    private final Tokenizer tokenizer;
    private final Task task;
    private final long seed;
    private final Loss loss;
    private final int assistant;

    /** @param tokenizer one that knows the marks of {@link Turns} as single tokens, as {@link TaskTokenizer} makes it */
    public ProblemBatches(Tokenizer tokenizer, Task task, long seed, Loss loss) {
        this.tokenizer = tokenizer;
        this.task = task;
        this.seed = seed;
        this.loss = loss;
        this.assistant = assistant(tokenizer);
    }

    @Override
    public void fill(long step, Batch batch) {
        batch.clear();
        for (long index = 0; ; index++) {
            int[] ids = encode(Split.training(task, seed, step, index));
            if (ids.length > batch.room()) {
                if (index == 0) {
                    throw new IllegalArgumentException("a problem of " + ids.length + " tokens does not fit a batch of "
                            + batch.room() + "; make the batch larger");
                }
                return;
            }
            add(ids, assistant, loss, batch);
        }
    }

    /** The tokens of prompt, reply and end of turn. */
    public int[] encode(Example example) {
        return tokenizer.encode(example.text(), true);
    }

    /**
     * The token that ends prompts.
     *
     * @throws IllegalArgumentException where the tokenizer has none
     */
    public static int assistant(Tokenizer tokenizer) {
        int id = tokenizer.id(Turns.ASSISTANT);
        if (id < 0) {
            throw new IllegalArgumentException(
                    "the tokenizer has no token " + Turns.ASSISTANT + ", which ends prompts");
        }
        return id;
    }

    /** Adds a prompt with its reply as a sequence. */
    public static void add(int[] ids, int assistant, Loss loss, Batch batch) {
        float weight = loss == Loss.ALL ? 1 : 0;
        for (int i = 0; i < ids.length - 1; i++) {
            if (ids[i] == assistant) {
                weight = 1;
            }
            batch.add(ids[i], ids[i + 1], weight);
        }
        batch.add(ids[ids.length - 1], Batch.NONE, 0);
        batch.endSequence();
    }
}
