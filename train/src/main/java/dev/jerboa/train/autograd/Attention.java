package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;
import static dev.jerboa.train.autograd.Rows.row;
import static dev.jerboa.train.autograd.Rows.stride;

import dev.jerboa.kernel.ops.Gemm.Form;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.Value;
import dev.jerboa.train.data.Batch;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Causal softmax attention within each sequence, of query heads over as many or fewer key heads. Keys may have a part that all
 * heads share, as in latent attention.
 *
 * <pre>
 * task = (sequence, key head), taken by whoever is free; its queries in tiles of {@value #TILE}:
 * forward:  S = scale · Q Kᵀ → mask → E = e^(S − largest) → O = E V / Σ E; kept: largest, 1 / Σ E of each query
 * backward: S again → P = e^(S − largest) / Σ E → dP = dO Vᵀ → dS = P · (dP − dO·O) · scale → dQ = dS K, dK += dSᵀ Q, dV += Pᵀ dO
 * </pre>
 */
public final class Attention implements Op {
    private static final int TILE = 64;

    private static final int S = 0;
    private static final int REST = 1;
    private static final int LARGEST = 2;
    private static final int INVERSE = 3;
    private static final int O = 4;
    private static final int D_O = 5;
    private static final int DS = 6;
    private static final int D_REST = 7;

    /** Rows of scores become powers; what is kept. Count 0 is seen, count 1 not. */
    private static final Loop POWERS = OpsProvider.loop("attention's powers", l -> {
        l.each(0, 4);
        Value max = l.max(l.load(S));
        l.row();
        Value offset = max.mul(l.scalar(0)).neg();
        l.store(LARGEST, 0, offset);
        l.each(0, 2);
        Value power = l.load(S).fma(l.scalar(0), offset).exp();
        l.store(S, power);
        Value sum = l.sum(power);
        l.row();
        l.store(INVERSE, 0, l.constant(1).div(sum));
        l.each(1);
        l.store(REST, l.constant(0));
    });

    private static final Loop SHARES = OpsProvider.loop("attention's shares", l -> {
        Value inverse = l.rowLoad(INVERSE, 0);
        l.each(0);
        l.store(O, l.load(O).mul(inverse));
    });

    /** Rows of scores become weights, those of the weights' gradients the scores'. Count 2 is of values. */
    private static final Loop SLOPES = OpsProvider.loop("attention back", l -> {
        l.each(2, 2);
        Value along = l.sum(l.load(O), l.load(D_O));
        l.row();
        Value offset = l.rowLoad(LARGEST, 0);
        Value inverse = l.rowLoad(INVERSE, 0);
        l.each(0, 2);
        Value weight = l.load(S).fma(l.scalar(0), offset).exp().mul(inverse);
        l.store(S, weight);
        l.store(DS, weight.mul(l.load(DS).sub(along)).mul(l.scalar(0)));
        l.each(1);
        l.store(REST, l.constant(0));
        l.store(D_REST, l.constant(0));
    });

    /**
     * Where heads' keys or values lie.
     *
     * @param tensor the table
     * @param first column of head 0
     * @param stride columns from head to head; 0 where all heads share one
     * @param width columns of a head
     */
    public record Heads(Tensor tensor, int first, int stride, int width) {}

    /**
     * Values, or a part of the keys.
     *
     * @param queryColumn where a query head has what it is multiplied with
     * @param apart rows in which the gradients of heads that share one lie apart, until they are added up; null where each head's
     *     belongs to it alone
     */
    private record Part(
            Input input,
            Heads heads,
            int queryColumn,
            @Nullable Table apart) {
        long address(int token, int head) {
            return at(input.address(token), heads.first + head * heads.stride);
        }

        /** Where tiles add to. */
        long gradient(int token, int head) {
            return apart == null
                    ? at(input.gradientAddress(token), heads.first + head * heads.stride)
                    : at(apart.data().address() + apart.offset(token), head * heads.width);
        }

        int gradientCols() {
            return apart == null ? input.cols() : apart.cols();
        }

        /** Makes ready what tiles add to. */
        void clear(int start, int length, int head) {
            if (apart != null || !input.adds()) {
                for (int t = start; t < start + length; t++) {
                    Rows.zero(gradient(t, head), heads.width);
                }
            }
        }

        /** Gives the input what its heads have apart. */
        void join(Pass pass, int keyHeads) {
            if (apart == null) {
                return;
            }
            for (int t = pass.from(); t < pass.to(); t++) {
                long to = at(input.gradientAddress(t), heads.first);
                Rows.give(gradient(t, 0), to, heads.width, input.adds());
                for (int h = 1; h < keyHeads; h++) {
                    Rows.addTo(gradient(t, h), to, heads.width);
                }
            }
        }

        int width() {
            return heads.width;
        }
    }

    private final Input queries;
    private final List<Part> keys;
    private final Part values;
    private final int heads;
    private final int keyHeads;
    private final int queryWidth;
    private final float scale;
    private final int window;
    private final Tensor out;
    private final Table largest;
    private final Table inverse;
    private final AtomicInteger next = new AtomicInteger();

    /**
     * Adds itself to the tape.
     *
     * @param queries heads of [part for {@code keys} | part for {@code sharedKeys}]
     * @param keyHeads heads of {@code keys} and {@code values}, which divide {@code heads}
     * @param window positions a query sees, itself included; 0 for all
     */
    public Attention(
            Tape tape,
            Tensor queries,
            Heads keys,
            @Nullable Heads sharedKeys,
            Heads values,
            int heads,
            int keyHeads,
            float scale,
            int window) {
        this.queryWidth = keys.width + (sharedKeys == null ? 0 : sharedKeys.width);
        if (queries.cols() != heads * queryWidth || heads % keyHeads != 0) {
            throw new IllegalArgumentException(heads + " heads of " + queryWidth + " in rows of " + queries.cols()
                    + ", " + keyHeads + " key heads");
        }
        if (keyHeads > 1 && (keys.stride < keys.width || values.stride < values.width)) {
            throw new IllegalArgumentException(keyHeads + " heads of keys or values that overlap: " + keys.stride
                    + " and " + values.stride + " columns apart");
        }
        this.queries = tape.use(queries);
        Input ofKeys = tape.use(keys.tensor);
        Part own = new Part(ofKeys, keys, 0, null);
        this.values = new Part(values.tensor == keys.tensor ? ofKeys : tape.use(values.tensor), values, 0, null);
        this.keys = sharedKeys == null
                ? List.of(own)
                : List.of(
                        own,
                        new Part(
                                tape.use(sharedKeys.tensor),
                                sharedKeys,
                                keys.width,
                                tape.table(keyHeads * sharedKeys.width).backwardOnly()));
        this.heads = heads;
        this.keyHeads = keyHeads;
        this.scale = scale;
        this.window = window;
        this.out = tape.tensor("attended", heads * values.width).recall();
        this.largest = tape.table(heads);
        this.inverse = tape.table(heads);
        tape.scratch(2L * TILE * tape.maxTokens());
        tape.add(this);
    }

    public Tensor out() {
        return out;
    }

    @Override
    public void forward(Pass pass) {
        tasks(pass, (sequence, head) -> forward(pass, sequence, head));
    }

    @Override
    public void backward(Pass pass) {
        tasks(pass, (sequence, head) -> backward(pass, sequence, head));
        pass.barrier();
        for (Part part : keys) {
            part.join(pass, keyHeads);
        }
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
        int tasks = pass.batch().sequences() * keyHeads;
        for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
            task.run(i / keyHeads, i % keyHeads);
        }
    }

    private long query(int token, int head, Part part) {
        return at(queries.address(token), head * queryWidth + part.queryColumn);
    }

    private long queryGradient(int token, int head, Part part) {
        return at(queries.gradientAddress(token), head * queryWidth + part.queryColumn);
    }

    private long outAt(int token, int head) {
        return at(out.address(token), head * values.width());
    }

    private long outGradient(int token, int head) {
        return at(out.gradientAddress(token), head * values.width());
    }

    private long kept(Table table, int token, int head) {
        return at(row(table, token), head);
    }

    /** The first position that a query tile sees. */
    private int firstKey(int query) {
        return window == 0 ? 0 : Math.max(0, query - window + 1);
    }

    /** {@code S = Q Kᵀ} of a tile: rows {@code first} and after of the sequence, keys {@code low} to {@code high − 1}. */
    private void scores(Pass pass, int start, int first, int rows, int low, int high, int head, int keyHead, long s) {
        int columns = high - low;
        for (Part part : keys) {
            pass.multiplyAlone(
                    Form.NT,
                    rows,
                    columns,
                    part.width(),
                    query(start + first, head, part),
                    queries.cols(),
                    part.address(start + low, keyHead),
                    part.input.cols(),
                    s,
                    columns,
                    part != keys.getFirst());
        }
    }

    private void forward(Pass pass, int sequence, int keyHead) {
        Batch batch = pass.batch();
        int start = batch.start(sequence);
        int length = batch.start(sequence + 1) - start;
        int group = heads / keyHeads;
        long s = pass.scratch().address();
        for (int h = keyHead * group; h < (keyHead + 1) * group; h++) {
            int head = h;
            for (int f = 0; f < length; f += TILE) {
                int first = f;
                int rows = Math.min(TILE, length - first);
                int low = firstKey(first);
                int high = first + rows;
                int columns = high - low;
                scores(pass, start, first, rows, low, high, head, keyHead, s);
                seen(first, rows, low, columns, (row, count, from, to) -> {
                    int query = start + first + row;
                    long scores = at(s, row * columns);
                    Rows.zero(scores, from);
                    POWERS.call()
                            .at(S, at(scores, from), stride(columns))
                            .at(REST, at(scores, to), stride(columns + 1))
                            .at(LARGEST, kept(largest, query, head), stride(heads))
                            .at(INVERSE, kept(inverse, query, head), stride(heads))
                            .scalar(0, scale)
                            .count(0, to - from, 1)
                            .count(1, columns - to, -1)
                            .run(count);
                });
                pass.multiplyAlone(
                        Form.NN,
                        rows,
                        values.width(),
                        columns,
                        s,
                        columns,
                        values.address(start + low, keyHead),
                        values.input.cols(),
                        outAt(start + first, head),
                        out.cols(),
                        false);
                SHARES.call()
                        .at(O, outAt(start + first, head), stride(out.cols()))
                        .at(INVERSE, kept(inverse, start + first, head), stride(heads))
                        .count(0, values.width())
                        .run(rows);
            }
        }
    }

    private interface Queries {
        void run(int row, int count, int from, int to);
    }

    /**
     * The queries of a tile with the columns {@code from} to {@code to − 1} of its scores that the first of them sees: all at once,
     * each with one column more than the one before, or one by one where a window moves with them.
     */
    private void seen(int first, int rows, int low, int columns, Queries queries) {
        if (window == 0) {
            queries.run(0, rows, 0, first + 1);
            return;
        }
        for (int i = 0; i < rows; i++) {
            queries.run(i, 1, firstKey(first + i) - low, first + i + 1 - low);
        }
    }

    private void backward(Pass pass, int sequence, int keyHead) {
        Batch batch = pass.batch();
        int start = batch.start(sequence);
        int length = batch.start(sequence + 1) - start;
        int group = heads / keyHeads;
        long s = pass.scratch().address();
        long d = at(s, TILE * length);
        values.clear(start, length, keyHead);
        for (Part part : keys) {
            part.clear(start, length, keyHead);
        }
        for (int h = keyHead * group; h < (keyHead + 1) * group; h++) {
            int head = h;
            for (int f = 0; f < length; f += TILE) {
                int first = f;
                int rows = Math.min(TILE, length - first);
                int low = firstKey(first);
                int high = first + rows;
                int columns = high - low;
                scores(pass, start, first, rows, low, high, head, keyHead, s);
                pass.multiplyAlone(
                        Form.NT,
                        rows,
                        columns,
                        values.width(),
                        outGradient(start + first, head),
                        out.cols(),
                        values.address(start + low, keyHead),
                        values.input.cols(),
                        d,
                        columns,
                        false);
                seen(first, rows, low, columns, (row, count, from, to) -> {
                    int query = start + first + row;
                    long scores = at(s, row * columns);
                    long slopes = at(d, row * columns);
                    Rows.zero(scores, from);
                    Rows.zero(slopes, from);
                    SLOPES.call()
                            .at(S, at(scores, from), stride(columns))
                            .at(REST, at(scores, to), stride(columns + 1))
                            .at(DS, at(slopes, from), stride(columns))
                            .at(D_REST, at(slopes, to), stride(columns + 1))
                            .at(LARGEST, kept(largest, query, head), stride(heads))
                            .at(INVERSE, kept(inverse, query, head), stride(heads))
                            .at(O, outAt(query, head), stride(out.cols()))
                            .at(D_O, outGradient(query, head), stride(out.cols()))
                            .scalar(0, scale)
                            .count(0, to - from, 1)
                            .count(1, columns - to, -1)
                            .count(2, values.width())
                            .run(count);
                });
                pass.multiplyAlone(
                        Form.TN,
                        columns,
                        values.width(),
                        rows,
                        s,
                        columns,
                        outGradient(start + first, head),
                        out.cols(),
                        values.gradient(start + low, keyHead),
                        values.input.cols(),
                        true);
                for (Part part : keys) {
                    back(pass, part, start, first, rows, low, columns, head, keyHead, d);
                }
            }
        }
    }

    /** The gradients of a tile's queries, and what it adds to those of its keys, for one part of them. */
    private void back(
            Pass pass, Part part, int start, int first, int rows, int low, int columns, int head, int keyHead, long d) {
        pass.multiplyAlone(
                Form.NN,
                rows,
                part.width(),
                columns,
                d,
                columns,
                part.address(start + low, keyHead),
                part.input.cols(),
                queryGradient(start + first, head, part),
                queries.cols(),
                queries.adds());
        pass.multiplyAlone(
                Form.TN,
                columns,
                part.width(),
                rows,
                d,
                columns,
                query(start + first, head, part),
                queries.cols(),
                part.gradient(start + low, keyHead),
                part.gradientCols(),
                true);
    }
}
