package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.AttentionShape;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.kernel.ops.Selection;
import dev.jerboa.kernel.ops.Shapes;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.Weights;
import dev.jerboa.kernel.ops.machine.asm.Convention;
import dev.jerboa.kernel.ops.vector.VectorOps;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The machine-code tier: checks shapes, takes the worker's share, and runs emitted kernels over it.
 *
 * <p><b>Order of summation.</b> A row's products are summed block by block ({@link ByteDots}) or input by input ({@link
 * FloatTileKernel}), whatever the tile, the worker or the other tokens. The bits depend on the instruction set, which
 * {@link #tier} names.
 *
 * <p>Thread-safe: no state but the routines and scratch of the calling thread. Tables must lie in native memory.
 */
public final class MachineOps implements Ops {
    private final Routines routines;
    private final ThreadLocal<Workspace> workspaces = ThreadLocal.withInitial(Workspace::new);
    private final Quantiser quantiser;
    private final VectorOps rest = VectorOps.create();

    private MachineOps(Target target) {
        this.routines = new Routines(target);
        this.quantiser = new Quantiser(routines);
    }

    /**
     * The tier for the best instruction set of this processor.
     *
     * @throws UnsupportedOperationException where it cannot run, with the reason
     */
    public static MachineOps create() {
        Isa isa = Isa.best(CpuFeatures.here())
                .orElseThrow(() ->
                        new UnsupportedOperationException(CpuFeatures.here().name() + " lacks AVX2, FMA or F16C"));
        return create(isa);
    }

    static MachineOps create(Isa isa) {
        return new MachineOps(new Target(Convention.here(), isa));
    }

    @Override
    public String tier() {
        return "machine-" + routines.target().isa().key();
    }

    @Override
    public Weights weights(Matrix matrix, Precision precision, Arena arena) {
        return Packing.pack(routines, matrix, precision, arena);
    }

    @Override
    public Panel panel(Arena arena, int maxRows, int cols, List<Weights> consumers) {
        Shapes.panel(maxRows, cols, consumers);
        boolean records = consumers.stream()
                .anyMatch(w -> w instanceof MachineWeights.Codes codes && codes.precision() == Precision.FAST);
        MemorySegment memory =
                records ? arena.allocate(maxRows * ActivationRecord.rowBytes(cols), FloatRows.ALIGNMENT) : null;
        return new MachinePanel(FloatRows.allocate(arena, maxRows, cols), memory);
    }

    @Override
    public void prepare(Worker worker, Panel panel, int count) {
        Shapes.rows("prepare", panel.rows(), count);
        MachinePanel held = held(panel);
        MemorySegment records = held.records();
        if (records == null) {
            return;
        }
        int from = worker.from(count, 1);
        int to = worker.to(count, 1);
        FloatRows rows = held.rows();
        quantiser.run(
                workspaces.get().arguments(),
                address(rows, from),
                4L * rows.cols(),
                records.address() + from * held.recordBytes(),
                held.recordBytes(),
                to - from,
                rows.cols());
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
        boolean records = weights instanceof MachineWeights.Codes codes && codes.precision() == Precision.FAST;
        MemorySegment memory = panel.records();
        if (records && memory == null) {
            throw new IllegalArgumentException("product: the panel was not made for these weights");
        }
        new Product(
                        routines,
                        workspaces.get(),
                        records && memory != null ? memory.address() : address(panel.rows(), 0),
                        records ? panel.recordBytes() : 4L * panel.rows().cols(),
                        index,
                        indexFrom,
                        count,
                        address(out, outFrom),
                        4L * out.cols(),
                        accumulate)
                .run(weights, worker.from(w.rows(), GRAIN), worker.to(w.rows(), GRAIN));
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
        rest.rmsNorm(worker, x, count, weight, eps, out);
        prepare(worker, out, count);
    }

    @Override
    public void rmsNormInPlace(
            Worker worker, FloatRows x, int count, int col, int segments, int size, FloatRows weight, float eps) {
        rest.rmsNormInPlace(worker, x, count, col, segments, size, weight, eps);
    }

    @Override
    public void addBias(Worker worker, FloatRows x, int count, FloatRows bias) {
        rest.addBias(worker, x, count, bias);
    }

    @Override
    public void add(Worker worker, FloatRows x, FloatRows y, int count) {
        rest.add(worker, x, y, count);
    }

    @Override
    public void rotate(
            Worker worker, FloatRows x, StepTokens tokens, int col, int heads, int stride, RotaryTable table) {
        rest.rotate(worker, x, tokens, col, heads, stride, table);
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
        rest.store(worker, tokens, keys, keyCol, values, valueCol, cache);
    }

    @Override
    public void attention(
            Worker worker, FloatRows queries, StepTokens tokens, KvLayer cache, AttentionShape shape, FloatRows out) {
        rest.attention(worker, queries, tokens, cache, shape, out);
    }

    @Override
    public void gatedUnit(
            Worker worker, Activation activation, FloatRows gate, FloatRows up, int from, int count, Panel out) {
        rest.gatedUnit(worker, activation, gate, up, from, count, out);
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
        rest.copy(worker, from, fromCol, fromStride, to, toCol, toStride, segments, size, count);
    }

    @Override
    public void addWeighted(
            Worker worker, FloatRows x, int count, FloatRows y, int[] places, float[] scales, int perToken) {
        rest.addWeighted(worker, x, count, y, places, scales, perToken);
    }

    @Override
    public void embed(Matrix embedding, int id, FloatRows out, int to) {
        rest.embed(embedding, id, out, to);
    }
}
