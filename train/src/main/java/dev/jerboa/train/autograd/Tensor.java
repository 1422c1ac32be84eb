package dev.jerboa.train.autograd;

import dev.jerboa.kernel.memory.FloatRows;
import org.jspecify.annotations.Nullable;

/** Activations on a tape: a row a token, and their gradient. Owned by the tape. */
public final class Tensor {
    private final String name;
    private final FloatRows value;
    private @Nullable FloatRows gradient;
    private @Nullable Input lastUse;

    Tensor(String name, FloatRows value) {
        this.name = name;
        this.value = value;
    }

    /** What it is, for messages. */
    public String name() {
        return name;
    }

    public int cols() {
        return value.cols();
    }

    /** The values of the last forward pass. */
    public FloatRows value() {
        return value;
    }

    /** A new reader. The last one to read is the first to write the gradient; those before it add. An operation reads a tensor once. */
    Input use(int op) {
        if (lastUse != null && lastUse.op() == op) {
            throw new IllegalArgumentException("one operation reads " + name + " twice");
        }
        Input input = new Input(this, op);
        if (lastUse != null) {
            lastUse.add();
        }
        lastUse = input;
        return input;
    }

    /** Whether anything reads it. */
    boolean used() {
        return lastUse != null;
    }

    /** The operation that writes its gradient first; −1 where nothing reads it. */
    int lastReader() {
        return lastUse == null ? -1 : lastUse.op();
    }

    void gradient(FloatRows rows) {
        gradient = rows;
    }

    /** The gradient's rows. */
    FloatRows gradient() {
        FloatRows rows = gradient;
        if (rows == null) {
            throw new IllegalStateException(name + " has no gradient: nothing reads it, or the tape is not planned");
        }
        return rows;
    }

    long address(int row) {
        return value.data().address() + value.offset(row);
    }

    long gradientAddress(int row) {
        FloatRows rows = gradient();
        return rows.data().address() + rows.offset(row);
    }
}
