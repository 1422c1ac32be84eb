package dev.jerboa.kernel.ops.scalar;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.AttentionShape;
import dev.jerboa.kernel.ops.CacheRows;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.kernel.ops.HeadShare;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.kernel.ops.Shapes;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.StoredRow;
import dev.jerboa.kernel.ops.Weights;
import dev.jerboa.kernel.ops.loop.InterpretedLoop;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.LoopSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The reference tier.
 *
 * <p><b>Order of summation.</b> Every sum (products, squares, attention) runs over its index from 0 upwards in a double and
 * is rounded to float32 once, at the end; products of two float32 are exact in a double. Elementwise operations are float32
 * throughout, in the order their formula is written. With {@link Precision#FAST}, weights that lie on a grid are multiplied by
 * activations rounded to 8 bits ({@link ByteRows}): sums of whole numbers are exact within a group, groups go as above.
 *
 * <p>Thread-safe: no state but scratch of the calling thread.
 */
public final class ScalarOps implements Ops {
    private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);

    @Override
    public String tier() {
        return "scalar";
    }

    @Override
    public Weights weights(Matrix matrix, Precision precision, Arena arena) {
        return new ScalarWeights(
                matrix, precision == Precision.FAST && matrix.scales() == null && GridRow.has(matrix.type()));
    }

    @Override
    public Panel panel(FloatRows rows, MemorySegment forms, List<Weights> consumers) {
        Shapes.panel(rows.rows(), rows.cols(), consumers);
        boolean onGrid = false;
        for (Weights w : consumers) {
            onGrid |= held("panel", w).onGrid();
        }
        return new ScalarPanel(rows, onGrid ? new ByteRows(rows.rows(), rows.cols()) : null);
    }

    @Override
    public void prepare(Worker worker, Panel panel, int count) {
        Shapes.rows("prepare", panel.rows(), count);
        ScalarPanel held = held("prepare", panel);
        int to = worker.to(count, 1);
        for (int t = worker.from(count, 1); t < to; t++) {
            held.prepare(t);
        }
    }

    @Override
    public void prepareColumns(Worker worker, Panel panel, int count) {
        Shapes.rows("prepareColumns", panel.rows(), count);
        ScalarPanel held = held("prepareColumns", panel);
        int from = worker.from(panel.rows().cols(), GRAIN);
        int to = worker.to(panel.rows().cols(), GRAIN);
        for (int t = 0; t < count; t++) {
            held.prepare(t, from, to);
        }
    }

    @Override
    public void product(
            Worker worker,
            Weights w,
            Panel x,
            int[] index,
            int indexFrom,
            int count,
            FloatRows out,
            int outFrom,
            boolean accumulate) {
        Shapes.product(w, x.rows(), index, indexFrom, count, out, outFrom);
        ScalarWeights weights = held("product", w);
        ByteRows bytes = held("product", x).bytes();
        if (weights.onGrid() && bytes == null) {
            throw new IllegalArgumentException("product: the panel was not made for these weights");
        }
        float[] row = scratch.get().row(w.cols());
        GridRow gridRow = scratch.get().gridRow;
        int to = worker.to(w.rows(), GRAIN);
        for (int r = worker.from(w.rows(), GRAIN); r < to; r++) {
            if (weights.onGrid()) {
                gridRow.read(weights.matrix(), r);
            } else {
                StoredRow.decode(weights.matrix(), r, row);
            }
            for (int i = 0; i < count; i++) {
                int source = index.length == 0 ? indexFrom + i : index[indexFrom + i];
                float sum = weights.onGrid() && bytes != null
                        ? bytes.dot(source, gridRow)
                        : dot(row, x.rows(), source, 0, w.cols());
                out.set(outFrom + i, r, accumulate ? out.get(outFrom + i, r) + sum : sum);
            }
        }
    }

    private static ScalarWeights held(String op, Weights w) {
        if (w instanceof ScalarWeights held) {
            return held;
        }
        throw new IllegalArgumentException(op + ": weights of another tier: " + w.getClass());
    }

    private static ScalarPanel held(String op, Panel panel) {
        if (panel instanceof ScalarPanel held) {
            return held;
        }
        throw new IllegalArgumentException(op + ": a panel of another tier: " + panel.getClass());
    }

    private static float dot(float[] a, FloatRows b, int row, int col, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += (double) a[i] * b.get(row, col + i);
        }
        return (float) sum;
    }

    @Override
    public void rmsNorm(Worker worker, FloatRows x, int count, FloatRows weight, float eps, Panel out) {
        Shapes.alike("rmsNorm", x, out.rows(), 0, count);
        Shapes.vector("rmsNorm", weight, x.cols());
        int to = worker.to(count, 1);
        for (int t = worker.from(count, 1); t < to; t++) {
            norm(x, t, 0, x.cols(), weight, eps, out.rows());
            held("rmsNorm", out).prepare(t);
        }
    }

    @Override
    public void rmsNormInPlace(
            Worker worker, FloatRows x, int count, int col, int segments, int size, FloatRows weight, float eps) {
        Shapes.rows("rmsNormInPlace", x, count);
        Shapes.stretches("rmsNormInPlace", x, col, size, segments, size);
        Shapes.vector("rmsNormInPlace", weight, size);
        int to = worker.to(count, 1);
        for (int t = worker.from(count, 1); t < to; t++) {
            for (int s = 0; s < segments; s++) {
                norm(x, t, col + s * size, size, weight, eps, x);
            }
        }
    }

    private static void norm(FloatRows x, int row, int col, int size, FloatRows weight, float eps, FloatRows out) {
        double squares = 0;
        for (int c = 0; c < size; c++) {
            double value = x.get(row, col + c);
            squares += value * value;
        }
        float scale = (float) (1 / Math.sqrt(squares / size + eps));
        for (int c = 0; c < size; c++) {
            out.set(row, col + c, x.get(row, col + c) * scale * weight.get(0, c));
        }
    }

    @Override
    public void addBias(Worker worker, FloatRows x, int count, FloatRows bias) {
        Shapes.rows("addBias", x, count);
        Shapes.vector("addBias", bias, x.cols());
        int from = worker.from(x.cols(), GRAIN);
        int to = worker.to(x.cols(), GRAIN);
        for (int t = 0; t < count; t++) {
            for (int c = from; c < to; c++) {
                x.set(t, c, x.get(t, c) + bias.get(0, c));
            }
        }
    }

    @Override
    public void add(Worker worker, FloatRows x, FloatRows y, int count) {
        Shapes.alike("add", x, y, 0, count);
        int from = worker.from(x.cols(), GRAIN);
        int to = worker.to(x.cols(), GRAIN);
        for (int t = 0; t < count; t++) {
            for (int c = from; c < to; c++) {
                x.set(t, c, x.get(t, c) + y.get(t, c));
            }
        }
    }

    @Override
    public void rotate(
            Worker worker, FloatRows x, StepTokens tokens, int col, int heads, int stride, RotaryTable table) {
        Shapes.rotate(x, tokens, col, heads, stride, table);
        int half = table.dims() / 2;
        boolean split = table.layout() == RotaryTable.Layout.HALF_SPLIT;
        int to = worker.to(tokens.count(), 1);
        for (int t = worker.from(tokens.count(), 1); t < to; t++) {
            int position = tokens.positions()[t];
            for (int h = 0; h < heads; h++) {
                for (int i = 0; i < half; i++) {
                    int first = col + h * stride + (split ? i : 2 * i);
                    int second = split ? first + half : first + 1;
                    float cos = table.values().get(position, i);
                    float sin = table.values().get(position, half + i);
                    float a = x.get(t, first);
                    float b = x.get(t, second);
                    x.set(t, first, a * cos - b * sin);
                    x.set(t, second, a * sin + b * cos);
                }
            }
        }
    }

    @Override
    public void store(
            Worker worker,
            StepTokens tokens,
            FloatRows keys,
            int keyCol,
            FloatRows values,
            int valueCol,
            KvLayer cache) {
        Shapes.store(tokens, keys, keyCol, values, valueCol, cache);
        requireCacheType(cache.type());
        CacheRows.store(worker, tokens, keys, keyCol, values, valueCol, cache);
    }

    private static void copyFloats(FloatRows from, int row, int col, MemorySegment to, long toFloat, int count) {
        MemorySegment.copy(
                from.data(),
                from.offset(row) + (long) col * Float.BYTES,
                to,
                toFloat * Float.BYTES,
                (long) count * Float.BYTES);
    }

    @Override
    public void attention(
            Worker worker, FloatRows queries, StepTokens tokens, KvLayer cache, AttentionShape shape, FloatRows out) {
        Shapes.attention(queries, tokens, cache, shape, out);
        requireCacheType(cache.type());
        HeadShare share = HeadShare.ofAttention(worker, tokens, cache, shape);
        for (int t = share.firstToken(); t < share.endToken(); t++) {
            for (int head = share.firstHead(); head < share.endHead(); head++) {
                attend(queries, t, head, tokens.pages()[t], tokens.positions()[t], cache, shape, out);
            }
        }
    }

    /** One head of one token: scores, softmax about their maximum, weighted sum of values. */
    private void attend(
            FloatRows queries,
            int t,
            int head,
            int[] pages,
            int position,
            KvLayer cache,
            AttentionShape shape,
            FloatRows out) {
        int first = shape.firstVisible(position);
        int count = position - first + 1;
        int kvHead = head / (shape.heads() / shape.kvHeads());
        float[] weights = scratch.get().row(count);
        float sink = shape.sink(head);
        float largest = sink;
        for (int i = 0; i < count; i++) {
            long key = cache.slot(pages, first + i) * cache.keyDim() + (long) kvHead * shape.headDim();
            double sum = 0;
            for (int d = 0; d < shape.headDim(); d++) {
                sum += (double) queries.get(t, head * shape.headDim() + d)
                        * cache.type().get(cache.keys(), key + d);
            }
            weights[i] = shape.capped((float) (sum * shape.scale()));
            largest = Math.max(largest, weights[i]);
        }
        double total = Math.exp(sink - largest);
        for (int i = 0; i < count; i++) {
            weights[i] = (float) Math.exp(weights[i] - largest);
            total += weights[i];
        }
        for (int d = 0; d < shape.valueDim(); d++) {
            double sum = 0;
            for (int i = 0; i < count; i++) {
                long value = cache.slot(pages, first + i) * cache.valueStride() + (long) kvHead * shape.valueDim();
                sum += (double) weights[i] * cache.type().get(cache.values(), value + d);
            }
            out.set(t, head * shape.valueDim() + d, (float) (sum / total));
        }
    }

    @Override
    public void gatedUnit(
            Worker worker, Activation activation, FloatRows gate, FloatRows up, int from, int count, Panel out) {
        Shapes.alike("gatedUnit", gate, up, from, count);
        Shapes.alike("gatedUnit", gate, out.rows(), from, count);
        ScalarPanel panel = held("gatedUnit", out);
        int first = worker.from(gate.cols(), GRAIN);
        int end = worker.to(gate.cols(), GRAIN);
        for (int t = from; t < from + count; t++) {
            for (int c = first; c < end; c++) {
                float g = gate.get(t, c);
                float activated = switch (activation) {
                    case SILU -> silu(g);
                    case GELU_TANH -> geluTanh(g);
                };
                out.rows().set(t, c, activated * up.get(t, c));
            }
            panel.prepare(t, first, end);
        }
    }

    private static float silu(float x) {
        return (float) (x / (1 + Math.exp(-x)));
    }

    private static float geluTanh(float x) {
        double inner = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
        return (float) (0.5 * x * (1 + Math.tanh(inner)));
    }

    @Override
    public void headProducts(
            Worker worker,
            List<Weights> heads,
            FloatRows x,
            int xCol,
            int xStride,
            int count,
            FloatRows out,
            int outCol,
            int outStride) {
        Shapes.headProducts(heads, x, xCol, xStride, count, out, outCol, outStride);
        int to = worker.to(heads.size(), 1);
        for (int h = worker.from(heads.size(), 1); h < to; h++) {
            Matrix matrix = held("headProducts", heads.get(h)).matrix();
            float[] row = scratch.get().row(matrix.cols());
            for (int r = 0; r < matrix.rows(); r++) {
                StoredRow.decode(matrix, r, row);
                for (int t = 0; t < count; t++) {
                    out.set(t, outCol + h * outStride + r, dot(row, x, t, xCol + h * xStride, matrix.cols()));
                }
            }
        }
    }

    @Override
    public void copy(
            Worker worker,
            FloatRows from,
            int fromCol,
            int fromStride,
            FloatRows to,
            int toCol,
            int toStride,
            int segments,
            int size,
            int count) {
        Shapes.rows("copy", from, count);
        Shapes.rows("copy", to, count);
        Shapes.stretches("copy", from, fromCol, fromStride, segments, size);
        Shapes.stretches("copy", to, toCol, toStride, segments, size);
        int end = worker.to(count, 1);
        for (int t = worker.from(count, 1); t < end; t++) {
            for (int s = 0; s < segments; s++) {
                long target = (long) t * to.cols() + toCol + (long) s * toStride;
                copyFloats(from, t, fromCol + s * fromStride, to.data(), target, size);
            }
        }
    }

    @Override
    public void addWeighted(
            Worker worker, FloatRows x, int count, FloatRows y, int[] places, float[] scales, int perToken) {
        Shapes.addWeighted(x, count, y, places, scales, perToken);
        int to = worker.to(x.cols(), GRAIN);
        for (int t = 0; t < count; t++) {
            for (int c = worker.from(x.cols(), GRAIN); c < to; c++) {
                float sum = x.get(t, c);
                for (int j = t * perToken; j < (t + 1) * perToken; j++) {
                    sum += scales[j] * y.get(places[j], c);
                }
                x.set(t, c, sum);
            }
        }
    }

    @Override
    public void weightedSums(
            Worker worker, FloatRows out, int from, int count, FloatRows x, int[] places, float[] scales, int terms) {
        Shapes.weightedSums(out, from, count, x, places, scales, terms);
        int to = worker.to(out.cols(), GRAIN);
        for (int i = from; i < from + count; i++) {
            for (int c = worker.from(out.cols(), GRAIN); c < to; c++) {
                float sum = 0;
                for (int j = i * terms; j < (i + 1) * terms; j++) {
                    sum += scales[j] * x.get(places[j], c);
                }
                out.set(i, c, sum);
            }
        }
    }

    @Override
    public Gemm gemm() {
        return new ScalarGemm();
    }

    @Override
    public Loop loop(LoopSpec spec) {
        return new InterpretedLoop(spec);
    }

    @Override
    public void dots(FloatRows w, FloatRows x, int from, int count, FloatRows out) {
        Shapes.dots(w, x, from, count, out);
        float[] row = scratch.get().row(w.cols());
        for (int r = 0; r < w.rows(); r++) {
            MemorySegment.copy(w.data(), FloatRows.FLOAT, w.offset(r), row, 0, w.cols());
            for (int i = from; i < from + count; i++) {
                out.set(i, r, dot(row, x, i, 0, w.cols()));
            }
        }
    }

    @Override
    public void embed(Matrix embedding, int id, FloatRows out, int to) {
        Shapes.embed(embedding, id, out, to);
        float[] row = scratch.get().row(embedding.cols());
        StoredRow.decode(embedding, id, row);
        MemorySegment.copy(row, 0, out.data(), FloatRows.FLOAT, out.offset(to), embedding.cols());
    }
}
