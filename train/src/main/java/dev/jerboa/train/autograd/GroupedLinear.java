package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;

/**
 * Each group of a row's columns by a matrix of its own: {@code out[t, g] = W_g · x[t, g]}. The groups' matrices lie one below the
 * other in one weight.
 */
public final class GroupedLinear implements Op {
    private final Input x;
    private final Weight weight;
    private final int groups;
    private final Tensor out;

    /** Adds itself to the tape. */
    public GroupedLinear(Tape tape, Tensor x, Weight weight, int groups) {
        if (x.cols() != groups * weight.cols() || weight.rows() % groups != 0) {
            throw new IllegalArgumentException(
                    weight + " applied to " + groups + " groups of " + x.cols() + " values of " + x.name());
        }
        Input read = tape.use(x);
        this.x = weight instanceof Parameter p && p.trained() ? read : read.forwardOnly();
        this.weight = weight;
        this.groups = groups;
        this.out = tape.tensor(weight.name(), weight.rows());
        tape.panel(weight);
        tape.add(this);
    }

    public Tensor out() {
        return out;
    }

    @Override
    public void forward(Pass pass) {
        int rows = weight.rows() / groups;
        int cols = weight.cols();
        for (int g = 0; g < groups; g++) {
            long from = at(x.address(0), g * cols);
            long to = at(out.address(0), g * rows);
            pass.team().forward(weight, g * rows, rows, pass.tokens(), from, x.cols(), to, out.cols());
            pass.barrier(); // the next product uses the team's working memory anew
        }
    }

    @Override
    public void backward(Pass pass) {
        int rows = weight.rows() / groups;
        int cols = weight.cols();
        for (int g = 0; g < groups; g++) {
            long dy = at(out.gradientAddress(0), g * rows);
            long dx = at(x.gradientAddress(0), g * cols);
            pass.team().back(weight, g * rows, rows, pass.tokens(), dy, out.cols(), dx, x.cols(), x.adds());
            pass.barrier();
            long from = at(x.address(0), g * cols);
            pass.team().learn(weight, g * rows, rows, pass.tokens(), dy, out.cols(), from, x.cols());
            pass.barrier();
        }
    }
}
