package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;
import static dev.jerboa.train.autograd.Rows.get;
import static dev.jerboa.train.autograd.Rows.set;

/** {@code out = min(max(x, least), most)}. */
public final class Clamp implements Op {
    private final Input x;
    private final float least;
    private final float most;
    private final Tensor out;

    /** Adds itself to the tape. */
    public Clamp(Tape tape, Tensor x, float least, float most) {
        this.x = tape.use(x).forwardOnly();
        this.least = least;
        this.most = most;
        this.out = tape.tensor(x.name() + " clamped", x.cols()).recall();
        tape.add(this);
    }

    public Tensor out() {
        return out;
    }

    @Override
    public void forward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            Rows.copy(x.address(t), out.address(t), x.cols());
            clamp(out.address(t), x.cols(), least, most);
        }
    }

    @Override
    public void backward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            stop(out.address(t), out.gradientAddress(t), x.cols(), least, most);
            Rows.give(out.gradientAddress(t), x.gradientAddress(t), x.cols(), x.adds());
        }
    }

    /** Cuts n values. */
    static void clamp(long x, int n, float least, float most) {
        for (int i = 0; i < n; i++) {
            set(at(x, i), Math.max(least, Math.min(get(at(x, i)), most)));
        }
    }

    /** Sets the gradients to 0 of n clamped values that lie at an end. */
    static void stop(long clamped, long gradient, int n, float least, float most) {
        for (int i = 0; i < n; i++) {
            float value = get(at(clamped, i));
            if (value <= least || value >= most) {
                set(at(gradient, i), 0);
            }
        }
    }
}
