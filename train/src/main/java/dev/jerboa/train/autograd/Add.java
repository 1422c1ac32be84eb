package dev.jerboa.train.autograd;

/** {@code out = x + y}. */
public final class Add implements Op {
    private final Input x;
    private final Input y;
    private final Tensor out;

    /** Adds itself to the tape. */
    public Add(Tape tape, Tensor x, Tensor y) {
        if (x.cols() != y.cols()) {
            throw new IllegalArgumentException("the sum of " + x.name() + " and " + y.name());
        }
        this.x = tape.use(x).forwardOnly();
        this.y = tape.use(y).forwardOnly();
        this.out = tape.tensor("sum with " + y.name(), x.cols());
        tape.add(this, Repeat.CHEAP);
    }

    public Tensor out() {
        return out;
    }

    @Override
    public void forward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            Rows.copy(x.address(t), out.address(t), out.cols());
            Rows.addTo(y.address(t), out.address(t), out.cols());
        }
    }

    @Override
    public void backward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            Rows.give(out.gradientAddress(t), x.gradientAddress(t), out.cols(), x.adds());
            Rows.give(out.gradientAddress(t), y.gradientAddress(t), out.cols(), y.adds());
        }
    }
}
