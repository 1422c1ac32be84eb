package dev.jerboa.train.autograd;

import static dev.jerboa.kernel.ops.vector.Lanes.get;
import static dev.jerboa.kernel.ops.vector.Lanes.set;
import static dev.jerboa.train.autograd.Rows.at;

import dev.jerboa.kernel.ops.Gemm.Form;

/**
 * The learned end of hyper-connections: {@code x = Σ_j (σ(α · m[j] + base[j]) + ε) X_j} with {@code m = fn · f / rms(f)} of all
 * streams f.
 */
public final class StreamHead implements Op {
    private final float eps;
    private final float normEps;
    private final int n;
    private final int width;
    private final Input x;
    private final Parameter function;
    private final Parameter base;
    private final Parameter scale;
    private final Tensor out;
    private final Table products;
    private final Table inverse;
    private final Table sigmas;
    private final Table logitGradients;
    private final Table productGradients;
    private final Table along;

    /** Adds itself to the tape. */
    public StreamHead(
            Tape tape, float eps, float normEps, Tensor x, Parameter function, Parameter base, Parameter scale) {
        this.eps = eps;
        this.normEps = normEps;
        this.n = function.rows();
        this.width = x.cols() / n;
        this.x = tape.use(x);
        this.function = function;
        this.base = base;
        this.scale = scale;
        this.out = tape.tensor("collected streams", width);
        this.products = tape.table(n);
        this.inverse = tape.table(1);
        this.sigmas = tape.table(n);
        this.logitGradients = tape.table(n).backwardOnly();
        this.productGradients = tape.table(n).backwardOnly();
        this.along = tape.table(1).backwardOnly();
        tape.add(this, Repeat.CHEAP);
    }

    public Tensor out() {
        return out;
    }

    private static long row(Table table, int row) {
        return table.data().address() + table.offset(row);
    }

    @Override
    public void forward(Pass pass) {
        int cols = x.cols();
        pass.multiply(
                Form.NT,
                pass.tokens(),
                n,
                cols,
                x.address(0),
                cols,
                function.address(0),
                cols,
                row(products, 0),
                n,
                false);
        pass.barrier();
        float alpha = get(scale.address(0));
        for (int t = pass.from(); t < pass.to(); t++) {
            float r = (float) (1 / Math.sqrt(Rows.dot(x.address(t), x.address(t), cols) / cols + normEps));
            set(row(inverse, t), r);
            for (int j = 0; j < n; j++) {
                float z = Math.fma(alpha, get(at(row(products, t), j)) * r, get(at(base.address(0), j)));
                float sigma = (float) (1 / (1 + Math.exp(-z)));
                set(at(row(sigmas, t), j), sigma);
                Rows.giveScaled(sigma + eps, at(x.address(t), j * width), out.address(t), width, j > 0);
            }
        }
    }

    @Override
    public void backward(Pass pass) {
        int cols = x.cols();
        float alpha = get(scale.address(0));
        for (int t = pass.from(); t < pass.to(); t++) {
            float r = get(row(inverse, t));
            float sum = 0;
            for (int j = 0; j < n; j++) {
                float sigma = get(at(row(sigmas, t), j));
                float d = Rows.dot(out.gradientAddress(t), at(x.address(t), j * width), width) * sigma * (1 - sigma);
                set(at(row(logitGradients, t), j), d);
                sum = Math.fma(d * alpha, get(at(row(products, t), j)), sum);
                set(at(row(productGradients, t), j), d * alpha * r);
            }
            set(row(along, t), -sum * r * r * r / cols);
        }
        pass.barrier();
        pass.multiply(
                Form.NN,
                pass.tokens(),
                cols,
                n,
                row(productGradients, 0),
                n,
                function.address(0),
                cols,
                x.gradientAddress(0),
                cols,
                x.adds());
        pass.barrier();
        for (int t = pass.from(); t < pass.to(); t++) {
            for (int j = 0; j < n; j++) {
                Rows.addTwo(
                        get(at(row(sigmas, t), j)) + eps,
                        out.gradientAddress(t),
                        get(row(along, t)),
                        at(x.address(t), j * width),
                        at(x.gradientAddress(t), j * width),
                        width);
            }
        }
        if (!function.trained()) {
            return;
        }
        pass.multiply(
                Form.TN,
                n,
                cols,
                pass.tokens(),
                row(productGradients, 0),
                n,
                x.address(0),
                cols,
                function.gradientAddress(0),
                cols,
                true);
        if (pass.worker().id() == 0) {
            sums(pass.tokens());
        }
    }

    /** The gradients of base and scale: sums over tokens. */
    private void sums(int tokens) {
        double ofScale = 0;
        for (int j = 0; j < n; j++) {
            double ofBase = 0;
            for (int t = 0; t < tokens; t++) {
                float d = get(at(row(logitGradients, t), j));
                ofBase += d;
                ofScale += (double) d * get(at(row(products, t), j)) * get(row(inverse, t));
            }
            long place = at(base.gradientAddress(0), j);
            set(place, (float) (get(place) + ofBase));
        }
        set(scale.gradientAddress(0), (float) (get(scale.gradientAddress(0)) + ofScale));
    }
}
