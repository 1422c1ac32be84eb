package dev.jerboa.train.autograd;

/** A tensor as one operation reads it. */
final class Input {
    private final Tensor tensor;
    private final int op;
    private boolean adds;

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
