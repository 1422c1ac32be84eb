package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;
import static dev.jerboa.train.autograd.Rows.row;
import static dev.jerboa.train.autograd.Rows.stride;

import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.Value;

/** {@code out = x / rms(x) · w} over each stretch of {@code w}'s size in a row, with {@code rms(x) = sqrt(mean(x²) + eps)}. */
public final class RmsNorm implements Op {
    private static final int GRAIN = 16;

    private static final int X = 0;
    private static final int W = 1;
    private static final int INVERSE = 2;
    private static final int OUT = 3;
    private static final int DY = 4;

    private static final Loop FORWARD = OpsProvider.loop("norm", l -> {
        l.each(0, 4);
        Value x = l.load(X);
        Value squares = l.sum(x, x);
        l.row();
        Value inverse =
                l.constant(1).div(squares.mul(l.scalar(0)).add(l.scalar(1)).sqrt());
        l.store(INVERSE, 0, inverse);
        l.each(0);
        l.store(OUT, l.load(X).mul(inverse).mul(l.load(W)));
    });

    private static final Loop[] BACKWARD = {backward(false), backward(true)};

    /** {@code dw += x · inverse · dy}, row after row. */
    private static final Loop WEIGHT = OpsProvider.loop("norm's weight", l -> {
        Value inverse = l.rowLoad(INVERSE, 0);
        l.each(0);
        l.store(OUT, l.load(X).mul(inverse).fma(l.load(DY), l.load(OUT)));
    });

    private static Loop backward(boolean adds) {
        return OpsProvider.loop("norm back" + (adds ? ", added" : ""), l -> {
            l.each(0, 4);
            Value along = l.sum(l.load(X).mul(l.load(DY)), l.load(W));
            l.row();
            Value r = l.rowLoad(INVERSE, 0);
            Value back = along.mul(r.mul(r).mul(r)).mul(l.scalar(0));
            l.each(0);
            Value d = l.load(DY).mul(l.load(W)).mul(r);
            l.give(OUT, 0, l.load(X).fma(back, d), adds);
        });
    }

    private final Input x;
    private final Parameter weight;
    private final float eps;
    private final int segments;
    private final Tensor out;
    private final Table inverse;

    /** Adds itself to the tape. A row of x is a whole number of stretches: one, or one a head. */
    public RmsNorm(Tape tape, Tensor x, Parameter weight, float eps) {
        if (x.cols() % weight.cols() != 0) {
            throw new IllegalArgumentException(weight + " norms rows of " + x.cols());
        }
        this.x = tape.use(x);
        this.weight = weight;
        this.eps = eps;
        this.segments = x.cols() / weight.cols();
        this.out = tape.tensor(weight.name(), x.cols());
        this.inverse = tape.table(segments);
        tape.add(this, Repeat.CHEAP);
    }

    public Tensor out() {
        return out;
    }

    @Override
    public void forward(Pass pass) {
        int n = weight.cols();
        int t = pass.from();
        FORWARD.call()
                .at(X, x.address(t), stride(n))
                .at(W, weight.address(0), 0)
                .at(INVERSE, row(inverse, t), stride(1))
                .at(OUT, out.address(t), stride(n))
                .scalar(0, 1f / n)
                .scalar(1, eps)
                .count(0, n)
                .run((pass.to() - t) * segments);
    }

    @Override
    public void backward(Pass pass) {
        int n = weight.cols();
        int t = pass.from();
        BACKWARD[x.adds() ? 1 : 0]
                .call()
                .at(X, x.address(t), stride(n))
                .at(W, weight.address(0), 0)
                .at(INVERSE, row(inverse, t), stride(1))
                .at(OUT, x.gradientAddress(t), stride(n))
                .at(DY, out.gradientAddress(t), stride(n))
                .scalar(0, -1f / n)
                .count(0, n)
                .run((pass.to() - t) * segments);
        if (!weight.trained()) {
            return;
        }
        int from = pass.worker().from(n, GRAIN);
        int to = pass.worker().to(n, GRAIN);
        WEIGHT.call()
                .at(X, at(x.address(0), from), stride(n))
                .at(INVERSE, row(inverse, 0), stride(1))
                .at(OUT, at(weight.gradientAddress(0), from), 0)
                .at(DY, at(out.gradientAddress(0), from), stride(n))
                .count(0, to - from)
                .run(pass.tokens() * segments);
    }
}
