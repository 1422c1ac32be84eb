package dev.jerboa.train.autograd;

/** {@code out = [x ; y]}: the columns of one after those of the other. */
public final class Concat implements Op {
    private final Input x;
    private final Input y;
    private final Tensor out;

    /** Adds itself to the tape. */
    public Concat(Tape tape, Tensor x, Tensor y) {
        this.x = tape.use(x).forwardOnly();
        this.y = tape.use(y).forwardOnly();
        this.out = tape.tensor(x.name() + " beside " + y.name(), x.cols() + y.cols());
        tape.add(this, Repeat.CHEAP);
    }

    public Tensor out() {
        return out;
    }

    @Override
    public void forward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            Rows.copy(x.address(t), out.address(t), x.cols());
            Rows.copy(y.address(t), Rows.at(out.address(t), x.cols()), y.cols());
        }
    }

    @Override
    public void backward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            Rows.give(out.gradientAddress(t), x.gradientAddress(t), x.cols(), x.adds());
            Rows.give(Rows.at(out.gradientAddress(t), x.cols()), y.gradientAddress(t), y.cols(), y.adds());
        }
    }
}
