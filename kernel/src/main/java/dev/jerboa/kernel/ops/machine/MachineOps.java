package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.AttentionShape;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.kernel.ops.Selection;
import dev.jerboa.kernel.ops.Shapes;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.StoredRow;
import dev.jerboa.kernel.ops.Weights;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.LoopSpec;
import dev.jerboa.kernel.ops.machine.asm.Convention;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The machine-code tier: checks shapes, takes the worker's share, and runs emitted kernels over it.
 *
 * <p><b>Order of summation.</b> A row's products are summed block by block ({@link ByteDots}), or input by input or pair by
 * pair ({@link FloatTileKernel}), whatever the tile, the worker or the other tokens. The bits depend on the instruction set,
 * which {@link #tier} names.
 *
 * <p>Thread-safe: no state but the routines and scratch of the calling thread. Tables must lie in native memory.
 */
public final class MachineOps implements Ops {
    private final Routines routines;
    private final ThreadLocal<Workspace> workspaces = ThreadLocal.withInitial(Workspace::new);
    private final Quantiser quantiser;
    private final PairRounding pairRounding;
    private final Norm norm;
    private final Elementwise elementwise;
    private final Rotation rotation;
    private final GatedUnit gatedUnit;
    private final ThreadLocal<MachineAttention> attention;

    private MachineOps(Target target) {
        this.routines = new Routines(target);
        this.quantiser = new Quantiser(routines);
        this.pairRounding = new PairRounding(routines);
        this.norm = new Norm(routines);
        this.elementwise = new Elementwise(routines);
        this.rotation = new Rotation(routines);
        this.gatedUnit = new GatedUnit(routines);
        this.attention = ThreadLocal.withInitial(() -> new MachineAttention(routines));
    }

    /**
     * The tier for the best instruction set of this processor.
     *
     * @throws UnsupportedOperationException where it cannot run, with the reason
     */
    public static MachineOps create() {
        return create(Isa.ready());
    }

    static MachineOps create(Isa isa) {
        return new MachineOps(new Target(Convention.here(), isa));
    }

    @Override
    public String tier() {
        return "machine-" + routines.target().isa().key();
    }

    @Override
    public Set<DType> slowTypes() {
        Set<DType> slow = EnumSet.noneOf(DType.class);
        for (DType type : DType.values()) {
            if (type.blockSize() > 1 && GroupFormat.of(type).isEmpty()) {
                slow.add(type);
            }
        }
        return slow;
    }

    @Override
    public Weights weights(Matrix matrix, Precision precision, Arena arena) {
        return Packing.pack(routines, matrix, precision, arena);
    }

    @Override
    public Weights resident(Matrix matrix, Precision precision, Arena memory) {
        return Packing.resident(routines, matrix, precision, memory);
    }

    @Override
    public OptionalLong roomForWeights() {
        return Residency.room();
    }

    @Override
    public long formBytes(int maxRows, int cols, List<Weights> consumers) {
        return MachinePanel.formBytes(maxRows, cols, forms(consumers));
    }

    @Override
    public Panel panel(FloatRows rows, MemorySegment forms, List<Weights> consumers) {
        Shapes.panel(rows.rows(), rows.cols(), consumers);
        return MachinePanel.over(rows, forms, forms(consumers));
    }

    private static Set<ActivationForm> forms(List<Weights> consumers) {
        Set<ActivationForm> forms = EnumSet.noneOf(ActivationForm.class);
        for (Weights w : consumers) {
            if (w instanceof MachineWeights held) {
                forms.add(held.reads());
            }
        }
        return forms;
    }

    @Override
    public void prepare(Worker worker, Panel panel, int count) {
        Shapes.rows("prepare", panel.rows(), count);
        MachinePanel held = held(panel);
        int from = worker.from(count, 1);
        int rows = worker.to(count, 1) - from;
        int cols = held.rows().cols();
        quantise(held, from, rows, 0, cols);
        roundToPairs(held, from, rows, 0, cols);
    }

    /** Fills the records of a rectangle of a panel from its floats, if it has any. */
    private void quantise(MachinePanel panel, int row, int rows, int col, int cols) {
        MemorySegment records = panel.records();
        if (records != null) {
            long stride = panel.rowBytes(ActivationForm.RECORDS);
            quantiser.run(
                    workspaces.get().arguments(),
                    address(panel.rows(), row) + 4L * col,
                    4L * panel.rows().cols(),
                    records.address() + row * stride + ActivationForm.RECORDS.rowBytes(col),
                    stride,
                    rows,
                    cols);
        }
    }

    /** Fills the pairs of a rectangle of a panel from its floats, if it has any. */
    private void roundToPairs(MachinePanel panel, int row, int rows, int col, int cols) {
        MemorySegment pairs = panel.pairs();
        if (pairs != null) {
            long stride = panel.rowBytes(ActivationForm.PAIRS);
            pairRounding.run(
                    workspaces.get().arguments(),
                    address(panel.rows(), row) + 4L * col,
                    4L * panel.rows().cols(),
                    pairs.address() + row * stride + 2L * col,
                    stride,
                    rows,
                    cols);
        }
    }

    @Override
    public void prepareColumns(Worker worker, Panel panel, int count) {
        Shapes.rows("prepareColumns", panel.rows(), count);
        MachinePanel held = held(panel);
        int from = worker.from(held.rows().cols(), GRAIN);
        int width = worker.to(held.rows().cols(), GRAIN) - from;
        if (width > 0) {
            quantise(held, 0, count, from, width);
            roundToPairs(held, 0, count, from, width);
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
        MachineWeights weights = held("product", w);
        MachinePanel panel = held(x);
        ActivationForm form = weights.reads();
        Product product = new Product(
                routines,
                workspaces.get(),
                panel.address(form),
                panel.rowBytes(form),
                index,
                indexFrom,
                count,
                address(out, outFrom),
                4L * out.cols(),
                accumulate);
        worker.share(w.rows(), GRAIN, (from, to) -> product.run(weights, from, to));
    }

    private static MachineWeights held(String op, Weights w) {
        if (w instanceof MachineWeights held) {
            return held;
        }
        throw new IllegalArgumentException(op + ": weights of another tier: " + w.getClass());
    }

    private static MachinePanel held(Panel panel) {
        if (panel instanceof MachinePanel held) {
            return held;
        }
        throw new IllegalArgumentException("a panel of another tier: " + panel.getClass());
    }

    private static long address(FloatRows rows, int row) {
        return rows.data().address() + rows.offset(row);
    }

    @Override
    public void rmsNorm(Worker worker, FloatRows x, int count, FloatRows weight, float eps, Panel out) {
        Shapes.alike("rmsNorm", x, out.rows(), 0, count);
        Shapes.vector("rmsNorm", weight, x.cols());
        MachinePanel panel = held(out);
        MemorySegment records = panel.records();
        int from = worker.from(count, 1);
        int rows = worker.to(count, 1) - from;
        long stride = 4L * x.cols();
        Arguments arguments = workspaces.get().arguments();
        if (records == null) {
            norm.rows(
                    arguments,
                    address(x, from),
                    stride,
                    address(out.rows(), from),
                    stride,
                    rows,
                    x.cols(),
                    address(weight, 0),
                    eps);
        } else {
            norm.rowsAndRecords(
                    arguments,
                    address(x, from),
                    stride,
                    address(out.rows(), from),
                    stride,
                    records.address() + from * panel.rowBytes(ActivationForm.RECORDS),
                    panel.rowBytes(ActivationForm.RECORDS),
                    rows,
                    x.cols(),
                    address(weight, 0),
                    eps);
        }
        roundToPairs(panel, from, rows, 0, x.cols());
    }

    @Override
    public void rmsNormInPlace(
            Worker worker, FloatRows x, int count, int col, int segments, int size, FloatRows weight, float eps) {
        Shapes.rows("rmsNormInPlace", x, count);
        Shapes.stretches("rmsNormInPlace", x, col, size, segments, size);
        Shapes.vector("rmsNormInPlace", weight, size);
        int from = worker.from(count, 1);
        norm.inPlace(
                workspaces.get().arguments(),
                address(x, from) + 4L * col,
                4L * x.cols(),
                worker.to(count, 1) - from,
                segments,
                4L * size,
                size,
                address(weight, 0),
                eps);
    }

    @Override
    public void addBias(Worker worker, FloatRows x, int count, FloatRows bias) {
        Shapes.rows("addBias", x, count);
        Shapes.vector("addBias", bias, x.cols());
        sum(worker, x, bias, 0, count);
    }

    @Override
    public void add(Worker worker, FloatRows x, FloatRows y, int count) {
        Shapes.alike("add", x, y, 0, count);
        sum(worker, x, y, 4L * y.cols(), count);
    }

    private void sum(Worker worker, FloatRows x, FloatRows y, long yStride, int count) {
        int from = worker.from(x.cols(), GRAIN);
        elementwise.add(
                workspaces.get().arguments(),
                address(x, 0) + 4L * from,
                4L * x.cols(),
                address(y, 0) + 4L * from,
                yStride,
                count,
                worker.to(x.cols(), GRAIN) - from);
    }

    @Override
    public void rotate(
            Worker worker, FloatRows x, StepTokens tokens, int col, int heads, int stride, RotaryTable table) {
        Shapes.rotate(x, tokens, col, heads, stride, table);
        Arguments arguments = workspaces.get().arguments();
        int to = worker.to(tokens.count(), 1);
        for (int t = worker.from(tokens.count(), 1); t < to; t++) {
            rotation.heads(
                    arguments,
                    table.layout(),
                    address(x, t) + 4L * col,
                    4L * stride,
                    heads,
                    table.dims(),
                    address(table.values(), tokens.positions()[t]));
        }
    }

    @Override
    public CacheType cacheType(Precision precision) {
        if (precision == Precision.EXACT) {
            return CacheType.F32;
        }
        return routines.target().isa() == Isa.AVX512_BF16 ? CacheType.BF16 : CacheType.F16;
    }

    @Override
    public void requireCacheType(CacheType type) {
        // all of them
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
        attention.get().store(worker, tokens, keys, keyCol, values, valueCol, cache);
    }

    @Override
    public void attention(
            Worker worker, FloatRows queries, StepTokens tokens, KvLayer cache, AttentionShape shape, FloatRows out) {
        Shapes.attention(queries, tokens, cache, shape, out);
        attention.get().run(worker, queries, tokens, cache, shape, out);
    }

    @Override
    public void gather(
            KvLayer cache, int[] pages, int head, int[] positions, int from, int count, KvLayer to, long slot) {
        Shapes.gather(cache, pages, head, positions, from, count, to, slot);
        CacheGather.run(cache, pages, head, positions, from, count, to, slot);
    }

    @Override
    public void gatedUnit(
            Worker worker, Activation activation, FloatRows gate, FloatRows up, int from, int count, Panel out) {
        Shapes.alike("gatedUnit", gate, up, from, count);
        Shapes.alike("gatedUnit", gate, out.rows(), from, count);
        MachinePanel panel = held(out);
        MemorySegment records = panel.records();
        int col = worker.from(gate.cols(), GRAIN);
        int width = worker.to(gate.cols(), GRAIN) - col;
        long stride = 4L * gate.cols();
        Arguments arguments = workspaces.get().arguments();
        long gates = address(gate, from) + 4L * col;
        long ups = address(up, from) + 4L * col;
        long results = address(out.rows(), from) + 4L * col;
        if (records == null) {
            gatedUnit.rows(arguments, activation, gates, stride, ups, stride, results, stride, count, width);
        } else {
            gatedUnit.rowsAndRecords(
                    arguments,
                    activation,
                    gates,
                    stride,
                    ups,
                    stride,
                    results,
                    stride,
                    records.address()
                            + from * panel.rowBytes(ActivationForm.RECORDS)
                            + ActivationForm.RECORDS.rowBytes(col),
                    panel.rowBytes(ActivationForm.RECORDS),
                    count,
                    width);
        }
        roundToPairs(panel, from, count, col, width);
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
            MachineWeights w = held("headProducts", heads.get(h));
            if (w.reads() != ActivationForm.FLOATS) {
                throw new IllegalArgumentException("headProducts: takes weights of " + Precision.EXACT + " precision");
            }
            new Product(
                            routines,
                            workspaces.get(),
                            address(x, 0) + 4L * (xCol + h * xStride),
                            4L * x.cols(),
                            Selection.ALL,
                            0,
                            count,
                            address(out, 0) + 4L * (outCol + h * outStride),
                            4L * out.cols(),
                            false)
                    .run(w, 0, w.rows());
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
        int first = worker.from(count, 1);
        elementwise.copy(
                workspaces.get().arguments(),
                address(from, first) + 4L * fromCol,
                4L * from.cols(),
                4L * fromStride,
                address(to, first) + 4L * toCol,
                4L * to.cols(),
                4L * toStride,
                worker.to(count, 1) - first,
                segments,
                size);
    }

    @Override
    public void addWeighted(
            Worker worker, FloatRows x, int count, FloatRows y, int[] places, float[] scales, int perToken) {
        Shapes.addWeighted(x, count, y, places, scales, perToken);
        Arguments arguments = workspaces.get().arguments();
        int from = worker.from(x.cols(), GRAIN);
        int width = worker.to(x.cols(), GRAIN) - from;
        for (int t = 0; t < count && width > 0; t++) {
            elementwise.addWeighted(
                    arguments,
                    true,
                    address(x, t) + 4L * from,
                    width,
                    address(y, 0) + 4L * from,
                    4L * y.cols(),
                    places,
                    scales,
                    t * perToken,
                    perToken);
        }
    }

    @Override
    public void weightedSums(
            Worker worker, FloatRows out, int from, int count, FloatRows x, int[] places, float[] scales, int terms) {
        Shapes.weightedSums(out, from, count, x, places, scales, terms);
        Arguments arguments = workspaces.get().arguments();
        int first = worker.from(out.cols(), GRAIN);
        int width = worker.to(out.cols(), GRAIN) - first;
        for (int i = from; i < from + count && width > 0; i++) {
            elementwise.addWeighted(
                    arguments,
                    false,
                    address(out, i) + 4L * first,
                    width,
                    address(x, 0) + 4L * first,
                    4L * x.cols(),
                    places,
                    scales,
                    i * terms,
                    terms);
        }
    }

    @Override
    public Gemm gemm() {
        return new MachineGemm(routines);
    }

    @Override
    public Loop loop(LoopSpec spec) {
        return new MachineLoop(spec, routines.get(spec, target -> LoopEmitter.emit(spec, target)));
    }

    @Override
    public void dots(FloatRows w, FloatRows x, int from, int count, FloatRows out) {
        Shapes.dots(w, x, from, count, out);
        RowDots.run(
                routines,
                workspaces.get().arguments(),
                address(w, 0),
                4L * w.cols(),
                w.rows(),
                address(x, from),
                4L * x.cols(),
                count,
                w.cols(),
                address(out, from),
                4L * out.cols());
    }

    @Override
    public void embed(Matrix embedding, int id, FloatRows out, int to) {
        Shapes.embed(embedding, id, out, to);
        float[] row = workspaces.get().row(embedding.cols());
        StoredRow.decode(embedding, id, row);
        MemorySegment.copy(row, 0, out.data(), FloatRows.FLOAT, out.offset(to), embedding.cols());
    }
}
