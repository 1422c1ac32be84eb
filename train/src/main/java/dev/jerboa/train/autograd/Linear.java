package dev.jerboa.train.autograd;

import dev.jerboa.kernel.ops.Gemm.Form;
import org.jspecify.annotations.Nullable;

/** {@code out[t] = W · x[t] + b}, with a stretch of the rows of a weight matrix {@code [out, in]}. */
public final class Linear implements Op {
    private static final int GRAIN = 16;

    private final Input x;
    private final Parameter weight;
    private final int firstRow;
    private final @Nullable Parameter bias;
    private final Tensor out;

    /** All rows of {@code weight}, without a bias. Adds itself to the tape. */
    public Linear(Tape tape, Tensor x, Parameter weight) {
        this(tape, x, weight, 0, weight.rows(), null);
    }

    /**
     * Adds itself to the tape.
     *
     * @param rows outputs: rows {@code firstRow} and after of the weight and the bias
     */
    public Linear(Tape tape, Tensor x, Parameter weight, int firstRow, int rows, @Nullable Parameter bias) {
        if (x.cols() != weight.cols()) {
            throw new IllegalArgumentException(weight + " applied to " + x.cols() + " values of " + x.name());
        }
        this.x = tape.use(x);
        this.weight = weight;
        this.firstRow = firstRow;
        this.bias = bias;
        this.out = tape.tensor(weight.name(), rows);
        tape.add(this);
    }

    public Tensor out() {
        return out;
    }

    @Override
    public void forward(Pass pass) {
        int n = out.cols();
        int k = x.cols();
        pass.multiply(
                Form.NT, pass.tokens(), n, k, x.address(0), k, weight.address(firstRow), k, out.address(0), n, false);
        if (bias != null) {
            pass.barrier();
            for (int t = pass.from(); t < pass.to(); t++) {
                Rows.addTo(Rows.at(bias.address(0), firstRow), out.address(t), n);
            }
        }
    }

    @Override
    public void backward(Pass pass) {
        int n = out.cols();
        int k = x.cols();
        long dy = out.gradientAddress(0);
        pass.multiply(
                Form.NN, pass.tokens(), k, n, dy, n, weight.address(firstRow), k, x.gradientAddress(0), k, x.adds());
        pass.barrier();
        pass.multiply(Form.TN, n, k, pass.tokens(), dy, n, x.address(0), k, weight.gradientAddress(firstRow), k, true);
        if (bias != null) {
            int from = pass.worker().from(n, GRAIN);
            int width = pass.worker().to(n, GRAIN) - from;
            for (int t = 0; t < pass.tokens(); t++) {
                Rows.addTo(
                        Rows.at(out.gradientAddress(t), from),
                        Rows.at(bias.gradientAddress(0), firstRow + from),
                        width);
            }
        }
    }
}
