package dev.jerboa.train.autograd;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.train.data.Batch;

/** {@code out[t] = table[id(t)]}; with {@code ahead}, of the token that follows t (zeros where none does). */
public final class Embedding implements Op {
    private static final int GRAIN = 16;

    private final Weight table;
    private final boolean ahead;
    private final Tensor out;

    /** Adds itself to the tape. */
    public Embedding(Tape tape, Weight table, boolean ahead) {
        this.table = table;
        this.ahead = ahead;
        this.out = tape.tensor(table.name() + (ahead ? " of the next token" : ""), table.cols());
        tape.add(this);
    }

    public Tensor out() {
        return out;
    }

    private int id(Batch batch, int token) {
        return ahead ? batch.target(token) : batch.id(token);
    }

    @Override
    public void forward(Pass pass) {
        int cols = table.cols();
        for (int t = pass.from(); t < pass.to(); t++) {
            int id = id(pass.batch(), t);
            if (id >= table.rows()) {
                throw new IllegalArgumentException("token id " + id + " with a vocabulary of " + table.rows());
            }
            if (id < 0) {
                Rows.zero(out.address(t), cols);
            } else {
                switch (table) {
                    case Parameter p -> Rows.copy(p.address(id), out.address(t), cols);
                    case Frozen f -> f.decode(id, out.value(), t);
                }
            }
        }
    }

    @Override
    public void backward(Pass pass) {
        if (!(table instanceof Parameter trained) || !trained.trained()) {
            return;
        }
        int from = pass.worker().from(table.cols(), GRAIN);
        int width = pass.worker().to(table.cols(), GRAIN) - from;
        FloatRows gradient = trained.gradient();
        long first = Rows.at(gradient.data().address(), from);
        for (int t = 0; t < pass.tokens(); t++) {
            int id = id(pass.batch(), t);
            if (id >= 0) {
                Rows.addTo(Rows.at(out.gradientAddress(t), from), first + gradient.offset(id), width);
            }
        }
    }
}
