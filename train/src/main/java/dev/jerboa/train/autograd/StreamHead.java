package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;
import static dev.jerboa.train.autograd.Rows.get;
import static dev.jerboa.train.autograd.Rows.row;
import static dev.jerboa.train.autograd.Rows.set;
import static dev.jerboa.train.autograd.Rows.stride;

import dev.jerboa.kernel.ops.Gemm.Form;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.LoopBuilder;
import dev.jerboa.kernel.ops.loop.Value;

/**
 * The learned end of hyper-connections: {@code x = Σ_j (σ(α · m[j] + base[j]) + ε) X_j} with {@code m = fn · f / rms(f)} of all
 * streams f.
 */
public final class StreamHead implements Op {
    private static final int X = 0;
    private static final int OUT = 1;
    private static final int PRODUCTS = 2;
    private static final int INVERSE = 3;
    private static final int SIGMAS = 4;
    private static final int BASE = 5;
    private static final int SCALE = 6;
    private static final int LOGIT_GRADIENTS = 7;
    private static final int PRODUCT_GRADIENTS = 8;
    private static final int ALONG = 9;

    /** In place of {@link #PRODUCTS}. */
    private static final int D_X = 2;

    /** Streams whose sums are taken at a time. */
    private static final int SUMS = 4;

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
    private final Loop forward;
    private final Loop coefficients;
    private final Loop backward;

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
        String of = n + " of " + width + ", eps " + eps;
        this.forward = OpsProvider.loop("streams collected, " + of, this::forward);
        this.coefficients = OpsProvider.loop("streams collected, back to coefficients, " + of, this::coefficients);
        this.backward = OpsProvider.loop("streams collected, back to streams, " + of, this::backward);
        tape.add(this, Repeat.CHEAP);
    }

    public Tensor out() {
        return out;
    }

    /** The gradients of logits and products, and of X along itself. */
    private void coefficients(LoopBuilder l) {
        Value[] d = new Value[n];
        for (int first = 0; first < n; first += SUMS) {
            l.each(0, 2);
            Value gradient = l.load(OUT);
            int last = Math.min(n, first + SUMS);
            for (int j = first; j < last; j++) {
                d[j] = l.sum(l.load(X, j * width), gradient);
            }
            l.row();
        }
        Value r = l.rowLoad(INVERSE, 0);
        Value alpha = l.rowLoad(SCALE, 0);
        Value sum = l.constant(0);
        for (int j = 0; j < n; j++) {
            Value sigma = l.rowLoad(SIGMAS, j);
            Value logit = d[j].mul(sigma).mul(l.constant(1).sub(sigma));
            l.store(LOGIT_GRADIENTS, j, logit);
            Value product = logit.mul(alpha);
            sum = product.fma(l.rowLoad(PRODUCTS, j), sum);
            l.store(PRODUCT_GRADIENTS, j, product.mul(r));
        }
        l.store(ALONG, 0, sum.mul(r.mul(r).mul(r)).mul(l.scalar(0)));
    }

    /** Adds to the gradient of X. */
    private void backward(LoopBuilder l) {
        Value[] gates = new Value[n];
        for (int j = 0; j < n; j++) {
            gates[j] = l.rowLoad(SIGMAS, j).add(eps);
        }
        Value own = l.rowLoad(ALONG, 0);
        l.each(0);
        Value d = l.load(OUT);
        for (int j = 0; j < n; j++) {
            Value gradient = d.fma(gates[j], l.load(D_X, j * width));
            l.store(D_X, j * width, l.load(X, j * width).fma(own, gradient));
        }
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
        int t = pass.from();
        forward.call()
                .at(X, x.address(t), stride(cols))
                .at(OUT, out.address(t), stride(width))
                .at(PRODUCTS, row(products, t), stride(n))
                .at(INVERSE, row(inverse, t), stride(1))
                .at(SIGMAS, row(sigmas, t), stride(n))
                .at(BASE, base.address(0), 0)
                .at(SCALE, scale.address(0), 0)
                .scalar(0, 1f / cols)
                .scalar(1, normEps)
                .count(0, cols)
                .count(1, width)
                .run(pass.to() - t);
    }

    private void forward(LoopBuilder l) {
        l.each(0, 4);
        Value all = l.load(X);
        Value squares = l.sum(all, all);
        l.row();
        Value r = l.constant(1).div(squares.mul(l.scalar(0)).add(l.scalar(1)).sqrt());
        l.store(INVERSE, 0, r);
        Value alpha = l.rowLoad(SCALE, 0);
        Value[] gates = new Value[n];
        for (int j = 0; j < n; j++) {
            Value sigma =
                    l.rowLoad(PRODUCTS, j).mul(r).fma(alpha, l.rowLoad(BASE, j)).sigmoid();
            l.store(SIGMAS, j, sigma);
            gates[j] = sigma.add(eps);
        }
        l.each(1);
        Value sum = l.load(X).mul(gates[0]);
        for (int j = 1; j < n; j++) {
            sum = l.load(X, j * width).fma(gates[j], sum);
        }
        l.store(OUT, sum);
    }

    @Override
    public void backward(Pass pass) {
        int cols = x.cols();
        int t = pass.from();
        coefficients
                .call()
                .at(X, x.address(t), stride(cols))
                .at(OUT, out.gradientAddress(t), stride(width))
                .at(PRODUCTS, row(products, t), stride(n))
                .at(INVERSE, row(inverse, t), stride(1))
                .at(SIGMAS, row(sigmas, t), stride(n))
                .at(LOGIT_GRADIENTS, row(logitGradients, t), stride(n))
                .at(PRODUCT_GRADIENTS, row(productGradients, t), stride(n))
                .at(ALONG, row(along, t), stride(1))
                .at(SCALE, scale.address(0), 0)
                .scalar(0, -1f / cols)
                .count(0, width)
                .run(pass.to() - t);
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
        backward.call()
                .at(X, x.address(t), stride(cols))
                .at(OUT, out.gradientAddress(t), stride(width))
                .at(D_X, x.gradientAddress(t), stride(cols))
                .at(SIGMAS, row(sigmas, t), stride(n))
                .at(ALONG, row(along, t), stride(1))
                .count(0, width)
                .run(pass.to() - t);
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
