package dev.jerboa.train.rl;

import dev.jerboa.train.data.Batch;
import dev.jerboa.train.rl.Rollouts.Reply;
import java.util.ArrayList;
import java.util.List;

/**
 * Replies with their prompts as batches, each with its loss: {@link #clear}, {@link #add} for every group, {@link #fill}. A reply is
 * one sequence in one batch, in the order in which they were added; its last token is predicted and not read. One thread.
 */
public final class PolicyBatches {
    private final PolicyOptions options;
    private final int batchTokens;
    private final int maxTokens;
    private final List<Batch> batches = new ArrayList<>();
    private final List<PolicyLoss> losses = new ArrayList<>();
    private final List<Reply> replies = new ArrayList<>();
    private final List<Double> advantages = new ArrayList<>();
    private int used;

    /**
     * @param batchTokens the most tokens of a batch
     * @param maxTokens the most tokens of a reply
     */
    public PolicyBatches(PolicyOptions options, int batchTokens, int maxTokens) {
        this.options = options;
        this.batchTokens = batchTokens;
        this.maxTokens = maxTokens;
    }

    /** Forgets all replies. */
    public void clear() {
        replies.clear();
        advantages.clear();
        used = 0;
    }

    /** Adds the replies to a question. */
    public void add(List<Reply> group, double[] groupAdvantages) {
        for (int i = 0; i < groupAdvantages.length; i++) {
            replies.add(group.get(i));
            advantages.add(groupAdvantages[i]);
        }
    }

    /**
     * Packs what was added.
     *
     * @throws IllegalArgumentException where a prompt with its reply does not fit a batch
     */
    public void fill() {
        long all = replies.stream().mapToLong(reply -> reply.ids().length).sum();
        for (int i = 0; i < replies.size(); i++) {
            Reply reply = replies.get(i);
            int length = reply.ids().length;
            double weight = switch (options.weighting()) {
                case REPLY -> 1.0 / ((double) replies.size() * length);
                case TOKEN -> 1.0 / all;
                case CONSTANT -> 1.0 / ((double) replies.size() * maxTokens);
            };
            put(reply, advantages.get(i), (float) weight);
        }
    }

    private void put(Reply reply, double advantage, float weight) {
        int prompt = reply.prompt().length;
        int tokens = prompt + reply.ids().length - 1;
        if (tokens > batchTokens) {
            throw new IllegalArgumentException("a prompt of " + prompt + " tokens with a reply of " + reply.ids().length
                    + " does not fit a batch of " + batchTokens);
        }
        if (used == 0 || batches.get(used - 1).room() < tokens) {
            if (used == batches.size()) {
                batches.add(new Batch(batchTokens));
                losses.add(new PolicyLoss(options, batchTokens));
            }
            batches.get(used).clear();
            losses.get(used).clear();
            used++;
        }
        Batch batch = batches.get(used - 1);
        PolicyLoss loss = losses.get(used - 1);
        for (int i = 0; i < tokens; i++) {
            int next = i + 1 - prompt; // of the reply
            int id = i < prompt ? reply.prompt()[i] : reply.ids()[i - prompt];
            boolean counts = next >= 0;
            batch.add(id, counts ? reply.ids()[next] : reply.prompt()[i + 1], counts ? weight : 0);
            loss.add(counts ? advantage : 0, counts ? reply.logProbabilities()[next] : 0);
        }
        batch.endSequence();
    }

    /** How many batches there are. */
    public int size() {
        return used;
    }

    public Batch batch(int index) {
        return batches.get(index);
    }

    public PolicyLoss loss(int index) {
        return losses.get(index);
    }
}
