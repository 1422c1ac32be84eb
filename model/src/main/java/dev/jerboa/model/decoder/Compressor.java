package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.SideRows;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.Weights;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Makes the entries of stretches of positions, as {@link AttentionSpec.Compression} says. The cache has a row of [values | gates]
 * for each position, so that a stretch may begin in one step and end in another; whichever step has its last position makes the entry.
 */
final class Compressor {
    private final Ops ops;
    private final AttentionSpec.Compression spec;
    private final int dim;
    private final float normEps;
    private final Linear value;
    private final Linear gate;
    private final FloatRows bias;
    private final float[] norm;
    private final RotaryTables rotary;
    private final Scratch.Table values;
    private final Scratch.Table gates;
    private final Work[] work;

    /** Where a compressor's weights are. */
    record Slots(Slot value, Slot gate, Slot bias, Slot norm) {
        static final Slots ENTRIES =
                new Slots(Slot.COMPRESSOR_VALUE, Slot.COMPRESSOR_GATE, Slot.COMPRESSOR_BIAS, Slot.COMPRESSOR_NORM);
        static final Slots SELECTION =
                new Slots(Slot.SELECTION_VALUE, Slot.SELECTION_GATE, Slot.SELECTION_BIAS, Slot.SELECTION_NORM);
    }

    /** A worker's sums, channel by channel. */
    private record Work(float[] largest, float[] total, float[] entry) {
        Work(int dim) {
            this(new float[dim], new float[dim], new float[dim]);
        }
    }

    Compressor(
            AttentionSpec.Compression spec,
            int dim,
            float normEps,
            Slots slots,
            int layer,
            DecoderSpec model,
            WeightReader reader,
            RotaryTables rotary,
            Scratch scratch) {
        this.ops = reader.ops();
        this.spec = spec;
        this.dim = dim;
        this.normEps = normEps;
        int width = spec.halves() * dim;
        this.value = reader.linear(slots.value, layer, width, model.hiddenSize(), false, Scratch.Span.ATTENTION);
        this.gate = reader.linear(slots.gate, layer, width, model.hiddenSize(), false, Scratch.Span.ATTENTION);
        this.bias = reader.table(slots.bias, layer, spec.every(), width);
        this.norm = reader.vector(slots.norm, layer, dim).row(0);
        this.rotary = rotary;
        this.values = scratch.table(Scratch.Span.ATTENTION, slots.value.toString(), width, 1);
        this.gates = scratch.table(Scratch.Span.ATTENTION, slots.gate.toString(), width, 1);
        this.work = new Work[scratch.workers()];
        Arrays.setAll(work, i -> new Work(dim));
    }

    /** The weights that read the normed hidden state. */
    List<Weights> consumers() {
        return List.of(value.weights(), gate.weights());
    }

    TokenWork work() {
        return TokenWork.of(value).plus(TokenWork.of(gate));
    }

    /** Values and gates of the step's tokens. Share: by column. */
    void project(Worker worker, Panel x, int count) {
        value.apply(ops, worker, x, count, values.rows(), false);
        gate.apply(ops, worker, x, count, gates.rows(), false);
    }

    /** Writes them to the cache. Share: by token. */
    void store(Worker worker, StepTokens tokens, SideRows positions) {
        FloatRows rows = positions.rows();
        long bytes = (long) spec.halves() * dim * Float.BYTES;
        for (int t = worker.from(tokens.count(), 1), end = worker.to(tokens.count(), 1); t < end; t++) {
            long at = rows.offset(positions.row(tokens.pages()[t], tokens.positions()[t]));
            MemorySegment.copy(values.rows().data(), values.rows().offset(t), rows.data(), at, bytes);
            MemorySegment.copy(gates.rows().data(), gates.rows().offset(t), rows.data(), at + bytes, bytes);
        }
    }

    /** Makes the entries of stretches that end in this step. Share: by token; all positions are in the cache. */
    void close(Worker worker, StepTokens tokens, SideRows positions, SideRows entries) {
        for (int t = worker.from(tokens.count(), 1), end = worker.to(tokens.count(), 1); t < end; t++) {
            int next = tokens.positions()[t] + 1;
            if (next % spec.every() == 0) {
                int[] pages = tokens.pages()[t];
                int first = next - spec.every();
                Work own = work[worker.id()];
                mix(own, positions, pages, first);
                put(own, entries.rows(), entries.row(pages, next - 1), first);
            }
        }
    }

    /** The weighted means of values, into the worker's {@code entry}. */
    private void mix(Work own, SideRows positions, int[] pages, int first) {
        int every = spec.every();
        int from = spec.overlapping() && first > 0 ? -every : 0;
        Arrays.fill(own.largest, Float.NEGATIVE_INFINITY);
        for (int j = from; j < every; j++) {
            int row = positions.row(pages, first + j);
            int half = half(j);
            for (int c = 0; c < dim; c++) {
                own.largest[c] = Math.max(own.largest[c], gate(positions.rows(), row, j, half + c));
            }
        }
        Arrays.fill(own.total, 0);
        Arrays.fill(own.entry, 0);
        for (int j = from; j < every; j++) {
            int row = positions.row(pages, first + j);
            int half = half(j);
            for (int c = 0; c < dim; c++) {
                float weight = (float) Math.exp(gate(positions.rows(), row, j, half + c) - own.largest[c]);
                own.total[c] += weight;
                own.entry[c] += weight * positions.rows().get(row, half + c);
            }
        }
        for (int c = 0; c < dim; c++) {
            own.entry[c] /= own.total[c];
        }
    }

    /** The column of values and gates that position j counts with, from the stretch's first. */
    private int half(int j) {
        return spec.overlapping() && j >= 0 ? dim : 0;
    }

    private float gate(FloatRows rows, int row, int j, int col) {
        return rows.get(row, spec.halves() * dim + col) + bias.get(Math.floorMod(j, spec.every()), col);
    }

    /** Norms and turns an entry. */
    private void put(Work own, FloatRows entries, int row, int first) {
        double squares = 0;
        for (int c = 0; c < dim; c++) {
            squares += (double) own.entry[c] * own.entry[c];
        }
        float scale = (float) (1 / Math.sqrt(squares / dim + normEps));
        for (int c = 0; c < dim; c++) {
            entries.set(row, c, own.entry[c] * scale * norm[c]);
        }
        RotaryTables.turn(entries, row, dim - rotary.table().dims(), rotary.table(), first, false);
    }
}
