package dev.jerboa.kernel.ops.vector;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.AttentionShape;
import dev.jerboa.kernel.ops.CacheRows;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.kernel.ops.Selection;
import dev.jerboa.kernel.ops.Shapes;
import dev.jerboa.kernel.ops.StateHead;
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
 * The Vector API tier: checks shapes, takes the worker's share, and hands raw addresses to the loops.
 *
 * <p><b>Order of summation.</b> A product of two rows is summed as {@link Dots} says, whatever the tile, the worker or the
 * other tokens; attention as {@link Attention} says. The bits depend on the vector width, which {@link #tier} names.
 *
 * <p><b>Precision.</b> {@link Precision#FAST} computes as {@link Precision#EXACT}: the Vector API has no products of bytes that
 * add up in wider lanes, and widening bytes to integers costs more than widening them to floats.
 *
 * <p>Tables must lie in native memory; weights on the heap are copied into the arena. Thread-safe: no state but scratch of the
 * calling thread.
 */
public final class VectorOps implements Ops {
    private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);

    private VectorOps() {}

    /** The tier at the width this JVM prefers; the module {@code jdk.incubator.vector} must be loaded. */
    public static VectorOps create() {
        return new VectorOps();
    }

    @Override
    public String tier() {
        return "vector-" + Lanes.SHAPE.vectorBitSize();
    }

    @Override
    public Weights weights(Matrix matrix, Precision precision, Arena arena) {
        Matrix held = matrix;
        if (!matrix.data().isNative()) {
            MemorySegment copy = arena.allocate(matrix.data().byteSize(), FloatRows.ALIGNMENT);
            copy.copyFrom(matrix.data());
            held = new Matrix(matrix.type(), matrix.rows(), matrix.cols(), copy, matrix.scales());
        }
        return new VectorWeights(held);
    }

    @Override
    public Panel panel(FloatRows rows, MemorySegment forms, List<Weights> consumers) {
        Shapes.panel(rows.rows(), rows.cols(), consumers);
        return new VectorPanel(rows);
    }

    @Override
    public void prepare(Worker worker, Panel panel, int count) {
        Shapes.rows("prepare", panel.rows(), count);
    }

    @Override
    public void prepareColumns(Worker worker, Panel panel, int count) {
        Shapes.rows("prepareColumns", panel.rows(), count);
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
        int from = worker.from(w.rows(), GRAIN);
        int to = worker.to(w.rows(), GRAIN);
        long inputs = Lanes.address(x.rows(), 0);
        long results = Lanes.address(out, outFrom);
        new Product(
                        held("product", w),
                        inputs,
                        4L * x.rows().cols(),
                        index,
                        indexFrom,
                        count,
                        results,
                        4L * out.cols(),
                        accumulate)
                .run(from, to, scratch.get());
    }

    private static VectorWeights held(String op, Weights w) {
        if (w instanceof VectorWeights held) {
            return held;
        }
        throw new IllegalArgumentException(op + ": weights of another tier: " + w.getClass());
    }

    @Override
    public void rmsNorm(Worker worker, FloatRows x, int count, FloatRows weight, float eps, Panel out) {
        Shapes.alike("rmsNorm", x, out.rows(), 0, count);
        Shapes.vector("rmsNorm", weight, x.cols());
        int to = worker.to(count, 1);
        for (int t = worker.from(count, 1); t < to; t++) {
            Elementwise.norm(
                    Lanes.address(x, t), x.cols(), Lanes.address(weight, 0), eps, Lanes.address(out.rows(), t));
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
                long at = Lanes.address(x, t) + 4L * (col + s * size);
                Elementwise.norm(at, size, Lanes.address(weight, 0), eps, at);
            }
        }
    }

    @Override
    public void addBias(Worker worker, FloatRows x, int count, FloatRows bias) {
        Shapes.rows("addBias", x, count);
        Shapes.vector("addBias", bias, x.cols());
        int from = worker.from(x.cols(), GRAIN);
        int to = worker.to(x.cols(), GRAIN);
        for (int t = 0; t < count; t++) {
            Elementwise.add(Lanes.address(x, t) + 4L * from, Lanes.address(bias, 0) + 4L * from, to - from);
        }
    }

    @Override
    public void add(Worker worker, FloatRows x, FloatRows y, int count) {
        Shapes.alike("add", x, y, 0, count);
        int from = worker.from(x.cols(), GRAIN);
        int to = worker.to(x.cols(), GRAIN);
        for (int t = 0; t < count; t++) {
            Elementwise.add(Lanes.address(x, t) + 4L * from, Lanes.address(y, t) + 4L * from, to - from);
        }
    }

    @Override
    public void rotate(
            Worker worker, FloatRows x, StepTokens tokens, int col, int heads, int stride, RotaryTable table) {
        Shapes.rotate(x, tokens, col, heads, stride, table);
        int to = worker.to(tokens.count(), 1);
        for (int t = worker.from(tokens.count(), 1); t < to; t++) {
            long turns = Lanes.address(table.values(), tokens.positions()[t]);
            for (int h = 0; h < heads; h++) {
                Elementwise.rotate(Lanes.address(x, t) + 4L * (col + h * stride), table.dims(), table.layout(), turns);
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
        scratch.get().attention.run(worker, queries, tokens, cache, shape, out);
    }

    @Override
    public void gatedUnit(
            Worker worker, Activation activation, FloatRows gate, FloatRows up, int from, int count, Panel out) {
        Shapes.alike("gatedUnit", gate, up, from, count);
        Shapes.alike("gatedUnit", gate, out.rows(), from, count);
        int col = worker.from(gate.cols(), GRAIN);
        int width = worker.to(gate.cols(), GRAIN) - col;
        for (int t = from; t < from + count; t++) {
            Elementwise.gatedUnit(
                    activation,
                    Lanes.address(gate, t) + 4L * col,
                    Lanes.address(up, t) + 4L * col,
                    Lanes.address(out.rows(), t) + 4L * col,
                    width);
        }
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
            VectorWeights w = held("headProducts", heads.get(h));
            long inputs = Lanes.address(x, 0) + 4L * (xCol + h * xStride);
            long results = Lanes.address(out, 0) + 4L * (outCol + h * outStride);
            new Product(w, inputs, 4L * x.cols(), Selection.ALL, 0, count, results, 4L * out.cols(), false)
                    .run(0, w.rows(), scratch.get());
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
        int from = worker.from(x.cols(), GRAIN);
        int width = worker.to(x.cols(), GRAIN) - from;
        for (int t = 0; t < count; t++) {
            for (int j = t * perToken; j < (t + 1) * perToken; j++) {
                Elementwise.addScaled(
                        Lanes.address(x, t) + 4L * from, Lanes.address(y, places[j]) + 4L * from, width, scales[j]);
            }
        }
    }

    @Override
    public void weightedSums(
            Worker worker, FloatRows out, int from, int count, FloatRows x, int[] places, float[] scales, int terms) {
        Shapes.weightedSums(out, from, count, x, places, scales, terms);
        int first = worker.from(out.cols(), GRAIN);
        int width = worker.to(out.cols(), GRAIN) - first;
        for (int i = from; i < from + count; i++) {
            long sum = Lanes.address(out, i) + 4L * first;
            int j = i * terms;
            Elementwise.setScaled(sum, Lanes.address(x, places[j]) + 4L * first, width, scales[j]);
            for (j++; j < (i + 1) * terms; j++) {
                Elementwise.addScaled(sum, Lanes.address(x, places[j]) + 4L * first, width, scales[j]);
            }
        }
    }

    @Override
    public void convolve(
            StepTokens tokens, FloatRows x, int col, int channels, FloatRows w, int channel, FloatRows states) {
        Shapes.convolve(tokens, x, col, channels, w, channel, states);
        Recurrence.convolve(tokens, x, col, channels, w, channel, states);
    }

    @Override
    public void advance(
            StepTokens tokens,
            StateHead head,
            FloatRows queries,
            FloatRows keys,
            FloatRows values,
            FloatRows decays,
            FloatRows strengths,
            FloatRows states,
            FloatRows out) {
        Shapes.advance(tokens, head, queries, keys, values, decays, strengths, states, out);
        Recurrence.advance(tokens, head, queries, keys, values, decays, strengths, states, out);
    }

    @Override
    public Gemm gemm() {
        return new VectorGemm();
    }

    @Override
    public Loop loop(LoopSpec spec) {
        return new InterpretedLoop(spec);
    }

    @Override
    public void dots(FloatRows w, FloatRows x, int from, int count, FloatRows out) {
        Shapes.dots(w, x, from, count, out);
        for (int i = from; i < from + count; i++) {
            for (int r = 0; r < w.rows(); r++) {
                out.set(i, r, Dots.one(Lanes.address(w, r), Lanes.address(x, i), w.cols()));
            }
        }
    }

    @Override
    public void embed(Matrix embedding, int id, FloatRows out, int to) {
        Shapes.embed(embedding, id, out, to);
        if (embedding.type() == DType.F32 && embedding.scales() == null) {
            long from = id * embedding.rowBytes();
            MemorySegment.copy(embedding.data(), from, out.data(), out.offset(to), embedding.rowBytes());
            return;
        }
        float[] row = scratch.get().row(embedding.cols());
        StoredRow.decode(embedding, id, row);
        MemorySegment.copy(row, 0, out.data(), FloatRows.FLOAT, out.offset(to), embedding.cols());
    }
}
