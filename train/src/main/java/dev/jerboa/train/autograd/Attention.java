package dev.jerboa.train.autograd;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.FLOATS;
import static dev.jerboa.kernel.ops.vector.Lanes.get;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.set;
import static dev.jerboa.kernel.ops.vector.Lanes.store;
import static dev.jerboa.train.autograd.Rows.at;

import dev.jerboa.kernel.ops.Gemm.Form;
import dev.jerboa.kernel.ops.vector.Exponential;
import dev.jerboa.kernel.ops.vector.Lanes;
import dev.jerboa.train.data.Batch;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * Causal softmax attention within each sequence, of query heads over as many or fewer key heads. Keys may have a part that all
 * heads share, as in latent attention.
 *
 * <pre>
 * task = (sequence, key head), taken by whoever is free; its queries in tiles of {@value #TILE}:
 * forward:  S = scale · Q Kᵀ → mask → P = softmax → O = P V; kept: ln Σ eˢ of each query
 * backward: S again → P = e^(S − kept) → dP = dO Vᵀ → dS = P · (dP − dO·O) · scale → dQ = dS K, dK += dSᵀ Q, dV += Pᵀ dO
 * </pre>
 */
public final class Attention implements Op {
    private static final int TILE = 64;

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
    private final Table logSums;
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
        this.logSums = tape.table(heads);
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

    private long logSum(int token, int head) {
        return at(logSums.data().address() + logSums.offset(token), head);
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
        for (int head = keyHead * group; head < (keyHead + 1) * group; head++) {
            for (int first = 0; first < length; first += TILE) {
                int rows = Math.min(TILE, length - first);
                int low = firstKey(first);
                int high = first + rows;
                int columns = high - low;
                scores(pass, start, first, rows, low, high, head, keyHead, s);
                for (int i = 0; i < rows; i++) {
                    int query = first + i;
                    int from = firstKey(query) - low;
                    float logSum = softmax(at(s, i * columns), columns, from, query + 1 - low, scale);
                    set(logSum(start + query, head), logSum);
                }
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
            }
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
        for (int head = keyHead * group; head < (keyHead + 1) * group; head++) {
            for (int first = 0; first < length; first += TILE) {
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
                for (int i = 0; i < rows; i++) {
                    int query = start + first + i;
                    float along = Rows.dot(outGradient(query, head), outAt(query, head), values.width());
                    int from = firstKey(first + i) - low;
                    int to = first + i + 1 - low;
                    slopes(
                            at(s, i * columns),
                            at(d, i * columns),
                            columns,
                            from,
                            to,
                            scale,
                            get(logSum(query, head)),
                            along);
                }
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

    /** Softmax in place of the scaled elements {@code from} to {@code to − 1}, zero elsewhere; the log of the sum of exponentials. */
    private static float softmax(long row, int columns, int from, int to, float scale) {
        float max = Float.NEGATIVE_INFINITY;
        int i = from;
        FloatVector best = FloatVector.broadcast(FLOATS, max);
        for (; i + COUNT <= to; i += COUNT) {
            best = best.max(load(at(row, i)));
        }
        for (; i < to; i++) {
            max = Math.max(max, get(at(row, i)));
        }
        max = Math.max(max, best.reduceLanes(VectorOperators.MAX)) * scale;
        FloatVector scales = FloatVector.broadcast(FLOATS, scale);
        FloatVector offset = FloatVector.broadcast(FLOATS, -max);
        FloatVector sums = FloatVector.zero(FLOATS);
        for (i = from; i + COUNT <= to; i += COUNT) {
            FloatVector e = Exponential.of(load(at(row, i)).fma(scales, offset));
            store(e, at(row, i));
            sums = sums.add(e);
        }
        float sum = Lanes.sum(sums);
        for (; i < to; i++) {
            float e = Exponential.of(Math.fma(get(at(row, i)), scale, -max));
            set(at(row, i), e);
            sum += e;
        }
        Rows.setScaled(1 / sum, at(row, from), at(row, from), to - from);
        Rows.zero(row, from);
        Rows.zero(at(row, to), columns - to);
        return (float) Math.log(sum) + max;
    }

    /** {@code s ← P = e^(scale · s − logSum)} and {@code d ← P · (d − along) · scale}, zero where nothing is seen. */
    private static void slopes(long s, long d, int columns, int from, int to, float scale, float logSum, float along) {
        FloatVector scales = FloatVector.broadcast(FLOATS, scale);
        FloatVector offset = FloatVector.broadcast(FLOATS, -logSum);
        FloatVector back = FloatVector.broadcast(FLOATS, along);
        int i = from;
        for (; i + COUNT <= to; i += COUNT) {
            FloatVector p = Exponential.of(load(at(s, i)).fma(scales, offset));
            store(p, at(s, i));
            store(p.mul(load(at(d, i)).sub(back)).mul(scales), at(d, i));
        }
        for (; i < to; i++) {
            float p = Exponential.of(Math.fma(get(at(s, i)), scale, -logSum));
            set(at(s, i), p);
            set(at(d, i), p * (get(at(d, i)) - along) * scale);
        }
        Rows.zero(s, from);
        Rows.zero(at(s, to), columns - to);
        Rows.zero(d, from);
        Rows.zero(at(d, to), columns - to);
    }
}
