package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;
import static dev.jerboa.train.autograd.Rows.get;
import static dev.jerboa.train.autograd.Rows.row;
import static dev.jerboa.train.autograd.Rows.set;

import dev.jerboa.train.data.Batch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Attention over a window of rows that are keys and values at once for all heads, and over entries, with a sink a head: see
 * {@link dev.jerboa.model.decoder.AttentionSpec.Compressed}.
 *
 * <pre>
 * task = (sequence, head), taken by whoever is free; k runs over what a query sees:
 * forward:  e_k = e^(scale · q·k − largest) → o = Σ e_k k / (Σ e_k + e^(sink − largest)); kept: largest, 1 / sum of each query
 * backward: p_k again → s_k = p_k (do·k − do·o) scale → dq = Σ s_k k, dk += s_k q + p_k do, dsink −= p_sink do·o
 * </pre>
 */
public final class CompressedAttention implements Op {
    private final Input queries;
    private final Input keys;
    private final @Nullable Input entries;
    private final Parameter sinks;
    private final int heads;
    private final int dim;
    private final int window;
    private final int every;
    private final @Nullable SeenEntries seen;
    private final float scale;
    private final Tensor out;
    private final Table largest;
    private final Table inverse;
    private final Table sinkSlopes;
    /** Gradients of keys and entries, those of heads beside each other until they are added up. */
    private final Table keySlopes;

    private final Table entrySlopes;
    private final AtomicInteger next = new AtomicInteger();

    /**
     * Adds itself to the tape.
     *
     * @param entries in the rows of the last tokens of {@code every}; null where only the window is seen
     * @param seen which of them; null for all that have ended
     * @param window positions a query sees, itself included
     */
    public CompressedAttention(
            Tape tape,
            Tensor queries,
            Tensor keys,
            @Nullable Tensor entries,
            int every,
            @Nullable SeenEntries seen,
            Parameter sinks,
            int window,
            float scale) {
        this.queries = tape.use(queries);
        this.keys = tape.use(keys);
        this.entries = entries == null ? null : tape.use(entries);
        this.sinks = sinks;
        this.heads = sinks.cols();
        this.dim = keys.cols();
        this.window = window;
        this.every = every;
        this.seen = seen;
        this.scale = scale;
        if (queries.cols() != heads * dim || entries != null && entries.cols() != dim) {
            throw new IllegalArgumentException(heads + " heads of " + dim + " in rows of " + queries.cols());
        }
        this.out = tape.tensor("attended", queries.cols());
        this.largest = tape.table(heads);
        this.inverse = tape.table(heads);
        this.sinkSlopes = tape.table(heads).backwardOnly();
        this.keySlopes = tape.table(heads * dim).backwardOnly();
        this.entrySlopes = tape.table(entries == null ? 0 : heads * dim).backwardOnly();
        tape.scratch(4L * tape.maxTokens());
        tape.add(this);
    }

    public Tensor out() {
        return out;
    }

    private interface Task {
        void run(int sequence, int head);
    }

    /** Runs every task once; the results do not depend on who takes which. */
    private void tasks(Pass pass, Task task) {
        pass.barrier();
        if (pass.worker().id() == 0) {
            next.set(0);
        }
        pass.barrier();
        int tasks = pass.batch().sequences() * heads;
        for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
            task.run(i / heads, i % heads);
        }
        pass.barrier();
    }

    /** Positions of the window. */
    private int near(Batch batch, int token) {
        return Math.min(window, batch.position(token) + 1);
    }

    private int far(Batch batch, int token) {
        if (entries == null) {
            return 0;
        }
        return seen == null ? (batch.position(token) + 1) / every : seen.count(token);
    }

    /** The row of the i-th that is seen: of keys below {@code near}, then of entries. */
    private int seenRow(Batch batch, int token, int near, int i) {
        if (i < near) {
            return token - near + 1 + i;
        }
        int entry = seen == null ? i - near : seen.entry(token, i - near);
        return token - batch.position(token) + (entry + 1) * every - 1;
    }

    private long key(int near, int i, int row) {
        return i < near || entries == null ? keys.address(row) : entries.address(row);
    }

    private long slope(int near, int i, int row, int head) {
        return at(i < near ? row(keySlopes, row) : row(entrySlopes, row), head * dim);
    }

    @Override
    public void forward(Pass pass) {
        tasks(pass, (sequence, head) -> {
            Batch batch = pass.batch();
            for (int t = batch.start(sequence); t < batch.start(sequence + 1); t++) {
                forward(pass, t, head);
            }
        });
    }

    private void forward(Pass pass, int t, int head) {
        Batch batch = pass.batch();
        int near = near(batch, t);
        int count = near + far(batch, t);
        long q = at(queries.address(t), head * dim);
        long o = at(out.address(t), head * dim);
        long powers = pass.scratch().address();
        float sink = sinks.value().get(0, head);
        float max = sink;
        for (int i = 0; i < count; i++) {
            float score = scale * Rows.dot(q, key(near, i, seenRow(batch, t, near, i)), dim);
            set(at(powers, i), score);
            max = Math.max(max, score);
        }
        float total = (float) Math.exp(sink - max);
        Rows.zero(o, dim);
        for (int i = 0; i < count; i++) {
            float power = (float) Math.exp(get(at(powers, i)) - max);
            total += power;
            Rows.addScaled(power, key(near, i, seenRow(batch, t, near, i)), o, dim);
        }
        Rows.setScaled(1 / total, o, o, dim);
        largest.set(t, head, max);
        inverse.set(t, head, 1 / total);
    }

    @Override
    public void backward(Pass pass) {
        tasks(pass, (sequence, head) -> {
            Batch batch = pass.batch();
            int from = batch.start(sequence);
            int to = batch.start(sequence + 1);
            for (int t = from; t < to; t++) {
                Rows.zero(at(row(keySlopes, t), head * dim), dim);
                if (entries != null) {
                    Rows.zero(at(row(entrySlopes, t), head * dim), dim);
                }
            }
            for (int t = from; t < to; t++) {
                backward(pass, t, head);
            }
        });
        join(pass, keySlopes, keys);
        if (entries != null) {
            join(pass, entrySlopes, entries);
        }
        if (sinks.trained()) {
            for (int h = pass.worker().from(heads, 1); h < pass.worker().to(heads, 1); h++) {
                float sum = sinks.gradient().get(0, h);
                for (int t = 0; t < pass.tokens(); t++) {
                    sum += sinkSlopes.get(t, h);
                }
                sinks.gradient().set(0, h, sum);
            }
        }
    }

    private void backward(Pass pass, int t, int head) {
        Batch batch = pass.batch();
        int near = near(batch, t);
        int count = near + far(batch, t);
        long q = at(queries.address(t), head * dim);
        long dq = at(queries.gradientAddress(t), head * dim);
        long d = at(out.gradientAddress(t), head * dim);
        long shares = pass.scratch().address();
        long alongs = at(shares, count);
        float max = largest.get(t, head);
        float share = inverse.get(t, head);
        float along = 0;
        for (int i = 0; i < count; i++) {
            long key = key(near, i, seenRow(batch, t, near, i));
            float p = (float) Math.exp(scale * Rows.dot(q, key, dim) - max) * share;
            float dp = Rows.dot(d, key, dim);
            set(at(shares, i), p);
            set(at(alongs, i), dp);
            along += p * dp;
        }
        if (!queries.adds()) {
            Rows.zero(dq, dim);
        }
        for (int i = 0; i < count; i++) {
            int row = seenRow(batch, t, near, i);
            float p = get(at(shares, i));
            float s = p * (get(at(alongs, i)) - along) * scale;
            Rows.addScaled(s, key(near, i, row), dq, dim);
            long slope = slope(near, i, row, head);
            Rows.addScaled(s, q, slope, dim);
            Rows.addScaled(p, d, slope, dim);
        }
        float ofSink = (float) Math.exp(sinks.value().get(0, head) - max) * share;
        sinkSlopes.set(t, head, -ofSink * along);
    }

    /** Gives an input what its heads have apart. */
    private void join(Pass pass, Table apart, Input to) {
        for (int t = pass.from(); t < pass.to(); t++) {
            Rows.give(row(apart, t), to.gradientAddress(t), dim, to.adds());
            for (int h = 1; h < heads; h++) {
                Rows.addTo(at(row(apart, t), h * dim), to.gradientAddress(t), dim);
            }
        }
    }
}
