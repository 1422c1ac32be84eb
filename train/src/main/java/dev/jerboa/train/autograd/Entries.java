package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;
import static dev.jerboa.train.autograd.Rows.get;
import static dev.jerboa.train.autograd.Rows.row;
import static dev.jerboa.train.autograd.Rows.set;

import dev.jerboa.train.data.Batch;

/**
 * Stretches of positions as one row each: channel by channel {@code out = Σ_j softmax over j of (gate_j + bias_j) · value_j}, in the
 * row of the stretch's last token; other rows are zeros. See {@link dev.jerboa.model.decoder.AttentionSpec.Compression}.
 *
 * <p>Stretches that overlap: j begins a stretch earlier, if there is one; those positions count with the first half of their
 * columns, the stretch's own with the second.
 */
public final class Entries implements Op {
    private static final int GRAIN = 16;

    private final Input values;
    private final Input gates;
    private final Parameter bias;
    private final int every;
    private final boolean overlapping;
    private final int dim;
    private final Tensor out;
    private final Table slopes;

    /**
     * Adds itself to the tape.
     *
     * @param bias {@code [every, columns of values]}
     */
    public Entries(Tape tape, Tensor values, Tensor gates, Parameter bias, boolean overlapping) {
        this.values = tape.use(values);
        this.gates = tape.use(gates);
        this.bias = bias;
        this.every = bias.rows();
        this.overlapping = overlapping;
        this.dim = overlapping ? values.cols() / 2 : values.cols();
        if (gates.cols() != values.cols() || bias.cols() != values.cols() || overlapping && values.cols() % 2 != 0) {
            throw new IllegalArgumentException(
                    "entries of values, gates and " + bias + " of " + values.cols() + " and " + gates.cols());
        }
        this.out = tape.tensor("entries of " + values.name(), dim);
        this.slopes = tape.table(values.cols()).backwardOnly();
        tape.scratch(3L * dim);
        tape.add(this);
    }

    public Tensor out() {
        return out;
    }

    /** Positions of a stretch. */
    int every() {
        return every;
    }

    private boolean ends(Batch batch, int token) {
        return (batch.position(token) + 1) % every == 0;
    }

    /** The first position that counts, from the stretch's first. */
    private int from(Batch batch, int last) {
        return overlapping && batch.position(last) >= every ? -every : 0;
    }

    /** The column with which position j of a stretch counts. */
    private int column(int j) {
        return overlapping && j >= 0 ? dim : 0;
    }

    private long biasAt(int j) {
        return at(bias.address(Math.floorMod(j, every)), column(j));
    }

    @Override
    public void forward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            Rows.zero(out.address(t), dim);
            if (ends(pass.batch(), t)) {
                measure(pass, t);
                mix(pass, t, out.address(t));
            }
        }
    }

    /** Largest gate and inverse sum of powers of each channel, into scratch. */
    private void measure(Pass pass, int last) {
        long largest = pass.scratch().address();
        long inverse = at(largest, dim);
        int from = from(pass.batch(), last);
        for (int c = 0; c < dim; c++) {
            set(at(largest, c), Float.NEGATIVE_INFINITY);
        }
        for (int j = from; j < every; j++) {
            long gate = at(gates.address(last - every + 1 + j), column(j));
            long added = biasAt(j);
            for (int c = 0; c < dim; c++) {
                set(at(largest, c), Math.max(get(at(largest, c)), get(at(gate, c)) + get(at(added, c))));
            }
        }
        Rows.zero(inverse, dim);
        for (int j = from; j < every; j++) {
            long gate = at(gates.address(last - every + 1 + j), column(j));
            long added = biasAt(j);
            for (int c = 0; c < dim; c++) {
                float power = (float) Math.exp(get(at(gate, c)) + get(at(added, c)) - get(at(largest, c)));
                set(at(inverse, c), get(at(inverse, c)) + power);
            }
        }
        for (int c = 0; c < dim; c++) {
            set(at(inverse, c), 1 / get(at(inverse, c)));
        }
    }

    private float weight(Pass pass, long gate, long added, int c) {
        long largest = pass.scratch().address();
        float power = (float) Math.exp(get(at(gate, c)) + get(at(added, c)) - get(at(largest, c)));
        return power * get(at(largest, dim + c));
    }

    /** Adds up a measured stretch. */
    private void mix(Pass pass, int last, long to) {
        Rows.zero(to, dim);
        for (int j = from(pass.batch(), last); j < every; j++) {
            int token = last - every + 1 + j;
            long gate = at(gates.address(token), column(j));
            long value = at(values.address(token), column(j));
            long added = biasAt(j);
            for (int c = 0; c < dim; c++) {
                set(at(to, c), get(at(to, c)) + weight(pass, gate, added, c) * get(at(value, c)));
            }
        }
    }

    @Override
    public void backward(Pass pass) {
        int cols = values.cols();
        for (int t = pass.from(); t < pass.to(); t++) {
            Rows.zero(row(slopes, t), cols);
            if (!values.adds()) {
                Rows.zero(values.gradientAddress(t), cols);
            }
        }
        pass.barrier();
        for (int t = pass.from(); t < pass.to(); t++) {
            if (ends(pass.batch(), t)) {
                back(pass, t);
            }
        }
        pass.barrier();
        for (int t = pass.from(); t < pass.to(); t++) {
            Rows.give(row(slopes, t), gates.gradientAddress(t), cols, gates.adds());
        }
        if (bias.trained()) {
            int from = pass.worker().from(cols, GRAIN);
            int width = pass.worker().to(cols, GRAIN) - from;
            for (int t = 0; t < pass.tokens(); t++) {
                int j = pass.batch().position(t) % every;
                Rows.addTo(at(row(slopes, t), from), at(bias.gradientAddress(j), from), width);
            }
        }
    }

    /** What a stretch gives its values and gates: each half of a row belongs to one stretch. */
    private void back(Pass pass, int last) {
        measure(pass, last);
        long entry = at(pass.scratch().address(), 2 * dim);
        mix(pass, last, entry);
        long d = out.gradientAddress(last);
        for (int j = from(pass.batch(), last); j < every; j++) {
            int token = last - every + 1 + j;
            int column = column(j);
            long gate = at(gates.address(token), column);
            long value = at(values.address(token), column);
            long valueGradient = at(values.gradientAddress(token), column);
            long slope = at(row(slopes, token), column);
            long added = biasAt(j);
            for (int c = 0; c < dim; c++) {
                float share = weight(pass, gate, added, c) * get(at(d, c));
                set(at(valueGradient, c), get(at(valueGradient, c)) + share);
                set(at(slope, c), share * (get(at(value, c)) - get(at(entry, c))));
            }
        }
    }
}
