package dev.jerboa.train.autograd;

import dev.jerboa.kernel.memory.FloatRows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Activations on a tape: a row a token, and their gradient. Owned by the tape, which lends them memory when it is planned. */
public final class Tensor {
    private final String name;
    private final Table values;
    private final Table gradients;
    private final List<Input> readers = new ArrayList<>();
    private boolean recalled;
    private boolean kept;

    Tensor(String name, int rows, int cols) {
        this.name = name;
        this.values = new Table(rows, cols);
        this.gradients = new Table(rows, cols);
    }

    /** What it is, for messages. */
    public String name() {
        return name;
    }

    public int cols() {
        return values.cols();
    }

    /** The values: while a pass needs them, and where they are {@link #keep kept}, those of the last pass. */
    public FloatRows value() {
        return values.rows();
    }

    /** Has the values stand from pass to pass, so that they can be read between; to be said before the tape is planned. */
    public Tensor keep() {
        kept = true;
        return this;
    }

    boolean kept() {
        return kept;
    }

    /** Says that its maker's backward looks at the values; otherwise it has their gradient alone. */
    Tensor recall() {
        recalled = true;
        return this;
    }

    boolean recalled() {
        return recalled;
    }

    /** A new reader. The last one to read is the first to write the gradient; those before it add. An operation reads a tensor once. */
    Input use(int op) {
        Input input = new Input(this, op);
        if (used()) {
            if (lastReader() == op) {
                throw new IllegalArgumentException("one operation reads " + name + " twice");
            }
            readers.getLast().add();
        }
        readers.add(input);
        return input;
    }

    /** In the order of the tape. */
    List<Input> readers() {
        return Collections.unmodifiableList(readers);
    }

    /** Whether anything reads it. */
    boolean used() {
        return !readers.isEmpty();
    }

    /** The operation that writes its gradient first; −1 where nothing reads it. */
    int lastReader() {
        return used() ? readers.getLast().op() : -1;
    }

    Table values() {
        return values;
    }

    Table gradients() {
        return gradients;
    }

    /** The gradient's rows. */
    FloatRows gradient() {
        if (!used()) {
            throw new IllegalStateException(name + " has no gradient: nothing reads it");
        }
        return gradients.rows();
    }

    long address(int row) {
        return values.address(row);
    }

    long gradientAddress(int row) {
        return gradients.address(row);
    }
}
