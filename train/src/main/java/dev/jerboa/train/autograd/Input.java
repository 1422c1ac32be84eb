package dev.jerboa.train.autograd;

/** A tensor as one operation reads it. */
final class Input {
    private final Tensor tensor;
    private final int op;
    private boolean adds;
    private boolean recalls = true;

    Input(Tensor tensor, int op) {
        this.tensor = tensor;
        this.op = op;
    }

    Tensor tensor() {
        return tensor;
    }

    /** The reader's place on the tape. */
    int op() {
        return op;
    }

    void add() {
        adds = true;
    }

    /** Whether the reader adds to the gradient instead of setting it. */
    boolean adds() {
        return adds;
    }

    /** Says that the reader's backward does not look at the values, of which nothing may be left by then. */
    Input forwardOnly() {
        recalls = false;
        return this;
    }

    /** Whether the reader's backward looks at the values, too. */
    boolean recalls() {
        return recalls;
    }

    int cols() {
        return tensor.cols();
    }

    long address(int row) {
        return tensor.address(row);
    }

    long gradientAddress(int row) {
        return tensor.gradientAddress(row);
    }
}
