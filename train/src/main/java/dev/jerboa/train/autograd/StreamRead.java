package dev.jerboa.train.autograd;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.get;
import static dev.jerboa.kernel.ops.vector.Lanes.set;
import static dev.jerboa.train.autograd.Rows.at;

import dev.jerboa.kernel.ops.Gemm.Form;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.model.decoder.ResidualSpec.Kind;
import org.jspecify.annotations.Nullable;

/**
 * The first half of a site of hyper-connections: a token's coefficients from its streams, and what the sub-layer reads, {@code u =
 * Σ_j pre[j] X_j}. See {@link Hyper} for the formulas.
 *
 * <pre>
 * X (n streams side by side) → M = fn · X → · 1/rms → (tanh) → · α + base → map → pre | post, comb
 * </pre>
 */
public final class StreamRead implements Op {
    private final Hyper spec;
    private final float normEps;
    private final int n;
    private final int width;
    /** Stretches of a token's streams that are normed by themselves. */
    private final int stretches;

    private final int stretch;
    private final Input x;
    private final Parameter function;
    private final Parameter base;
    private final Parameter scale;
    private final @Nullable Input earlier;
    private final StreamMap map;
    private final Tensor pre;
    private final Tensor mix;
    private final Tensor read;
    private final Table products;
    private final Table inverse;
    private final Table signals;
    private final Table logitGradients;
    private final Table productGradients;
    private final Table along;
    private final double[] columnSums;

    /**
     * Adds itself to the tape.
     *
     * @param normEps the decoder's
     * @param earlier the pre of the site before, where sites read with that; null at the first, and where they read with their own
     */
    public StreamRead(
            Tape tape,
            Hyper spec,
            float normEps,
            Tensor x,
            Parameter function,
            Parameter base,
            Parameter scale,
            @Nullable Tensor earlier) {
        this.spec = spec;
        this.normEps = normEps;
        this.n = spec.streams();
        this.width = x.cols() / n;
        this.stretches = spec.kind() == Kind.CONNECTIONS ? n : 1;
        this.stretch = x.cols() / stretches;
        if (function.rows() != spec.functionRows() || function.cols() != spec.functionCols(width)) {
            throw new IllegalArgumentException(function + " for " + n + " streams of " + width);
        }
        this.x = tape.use(x);
        this.function = function;
        this.base = base;
        this.scale = scale;
        this.earlier = earlier == null ? null : tape.use(earlier);
        this.map = StreamMap.of(spec);
        this.pre = tape.tensor(base.name() + " pre", n).recall();
        this.mix = tape.tensor(base.name() + " post, comb", n + n * n);
        this.read = tape.tensor(base.name() + " read", width);
        this.products = tape.table(stretches * function.rows());
        this.inverse = tape.table(stretches);
        this.signals = tape.table(base.cols());
        this.logitGradients = tape.table(base.cols()).backwardOnly();
        this.productGradients = tape.table(stretches * function.rows()).backwardOnly();
        this.along = tape.table(stretches).backwardOnly();
        this.columnSums = new double[base.cols()];
        tape.scratch(3L * COUNT * (Math.max(base.cols(), n * n + 2 * n)) + map.scratchFloats());
        tape.add(this, Repeat.CHEAP);
    }

    /** What the sub-layer reads: one state a token. */
    public Tensor read() {
        return read;
    }

    /** The coefficients of reading. */
    public Tensor pre() {
        return pre;
    }

    /** The coefficients of writing and mixing, [post | comb]. */
    public Tensor mix() {
        return mix;
    }

    private static long row(Table table, int row) {
        return table.data().address() + table.offset(row);
    }

    private int group(int column) {
        return column < n ? 0 : column < 2 * n ? 1 : 2;
    }

    /** Which product of a token column {@code c} comes from: stretch, then row of the function. */
    private int product(int column) {
        if (stretches == 1) {
            return column;
        }
        int rows = function.rows();
        if (column < n) {
            return column * rows;
        }
        if (column < 2 * n) {
            return (column - n) * rows + 1;
        }
        int j = (column - 2 * n) / n;
        return j * rows + 2 + (column - 2 * n) % n;
    }

    @Override
    public void forward(Pass pass) {
        int rows = function.rows();
        pass.multiply(
                Form.NT,
                pass.tokens() * stretches,
                rows,
                stretch,
                x.address(0),
                stretch,
                function.address(0),
                stretch,
                row(products, 0),
                rows,
                false);
        pass.barrier();
        long logits = pass.scratch().address();
        long out = at(logits, COUNT * base.cols());
        long scratch = at(out, COUNT * (n * n + 2 * n));
        for (int first = pass.from(); first < pass.to(); first += COUNT) {
            int tokens = Math.min(COUNT, pass.to() - first);
            for (int i = 0; i < tokens; i++) {
                norm(first + i);
                logits(first + i, i, logits);
            }
            map.forward(logits, out, scratch);
            for (int i = 0; i < tokens; i++) {
                int t = first + i;
                for (int j = 0; j < n; j++) {
                    set(at(pre.address(t), j), get(at(out, j * COUNT + i)));
                }
                for (int c = 0; c < n + n * n; c++) {
                    set(at(mix.address(t), c), get(at(out, (n + c) * COUNT + i)));
                }
                read(t);
            }
        }
    }

    private void norm(int t) {
        for (int s = 0; s < stretches; s++) {
            long row = at(x.address(t), s * stretch);
            set(at(row(inverse, t), s), (float) (1 / Math.sqrt(Rows.dot(row, row, stretch) / stretch + normEps)));
        }
    }

    /** The logits of a token into lane {@code lane}; its signals are kept. */
    private void logits(int t, int lane, long logits) {
        boolean squash = spec.kind() == Kind.CONNECTIONS;
        for (int c = 0; c < base.cols(); c++) {
            int product = product(c);
            float q = get(at(row(products, t), product)) * get(at(row(inverse, t), product / function.rows()));
            float signal = squash ? (float) Math.tanh(q) : q;
            set(at(row(signals, t), c), signal);
            set(
                    at(logits, c * COUNT + lane),
                    Math.fma(get(at(scale.address(0), group(c))), signal, get(at(base.address(0), c))));
        }
    }

    private float coefficient(int t, int j) {
        if (earlier != null) {
            return get(at(earlier.address(t), j));
        }
        return spec.singlePass() ? 1f / n : get(at(pre.address(t), j));
    }

    private void read(int t) {
        long from = x.address(t);
        long to = read.address(t);
        Rows.setScaled(coefficient(t, 0), from, to, width);
        for (int j = 1; j < n; j++) {
            Rows.addScaled(coefficient(t, j), at(from, j * width), to, width);
        }
    }

    @Override
    public void backward(Pass pass) {
        int rows = function.rows();
        coefficients(pass);
        pass.barrier();
        int count = pass.tokens() * stretches;
        pass.multiply(
                Form.NN,
                count,
                stretch,
                rows,
                row(productGradients, 0),
                rows,
                function.address(0),
                stretch,
                x.gradientAddress(0),
                stretch,
                x.adds());
        pass.barrier();
        for (int t = pass.from(); t < pass.to(); t++) {
            for (int j = 0; j < n; j++) {
                long dx = at(x.gradientAddress(t), j * width);
                float own = get(at(row(along, t), stretches == 1 ? 0 : j));
                Rows.addTwo(coefficient(t, j), read.gradientAddress(t), own, at(x.address(t), j * width), dx, width);
            }
        }
        if (!function.trained()) {
            return;
        }
        pass.multiply(
                Form.TN,
                rows,
                stretch,
                count,
                row(productGradients, 0),
                rows,
                x.address(0),
                stretch,
                function.gradientAddress(0),
                stretch,
                true);
        sums(pass);
    }

    /** Everything but the gradients of X and the parameters: what they are computed from. */
    private void coefficients(Pass pass) {
        long logits = pass.scratch().address();
        long dOut = at(logits, COUNT * base.cols());
        long dLogits = at(dOut, COUNT * (n * n + 2 * n));
        long scratch = at(dLogits, COUNT * Math.max(base.cols(), n * n + 2 * n));
        for (int first = pass.from(); first < pass.to(); first += COUNT) {
            int tokens = Math.min(COUNT, pass.to() - first);
            for (int i = 0; i < tokens; i++) {
                int t = first + i;
                for (int c = 0; c < base.cols(); c++) {
                    float z = Math.fma(
                            get(at(scale.address(0), group(c))),
                            get(at(row(signals, t), c)),
                            get(at(base.address(0), c)));
                    set(at(logits, c * COUNT + i), z);
                }
                for (int j = 0; j < n; j++) {
                    float d = Rows.dot(read.gradientAddress(t), at(x.address(t), j * width), width);
                    float own = pre.used() ? get(at(pre.gradientAddress(t), j)) : 0;
                    if (earlier != null) {
                        long place = at(earlier.gradientAddress(t), j);
                        set(place, earlier.adds() ? get(place) + d : d);
                    } else if (!spec.singlePass()) {
                        own += d;
                    }
                    set(at(dOut, j * COUNT + i), own);
                }
                for (int c = 0; c < n + n * n; c++) {
                    set(at(dOut, (n + c) * COUNT + i), get(at(mix.gradientAddress(t), c)));
                }
            }
            map.backward(logits, dOut, dLogits, scratch);
            for (int i = 0; i < tokens; i++) {
                products(first + i, i, dLogits);
            }
        }
    }

    /** From the gradients of a token's logits to those of its products and norms. */
    private void products(int t, int lane, long dLogits) {
        int rows = function.rows();
        for (int s = 0; s < stretches; s++) {
            set(at(row(along, t), s), 0);
        }
        for (int c = 0; c < base.cols(); c++) {
            float d = get(at(dLogits, c * COUNT + lane));
            set(at(row(logitGradients, t), c), d);
            float signal = get(at(row(signals, t), c));
            float slope = spec.kind() == Kind.CONNECTIONS ? 1 - signal * signal : 1;
            float dq = d * get(at(scale.address(0), group(c))) * slope;
            int product = product(c);
            int s = product / rows;
            long sum = at(row(along, t), s);
            set(sum, Math.fma(dq, get(at(row(products, t), product)), get(sum)));
            set(at(row(productGradients, t), product), dq * get(at(row(inverse, t), s)));
        }
        for (int s = 0; s < stretches; s++) {
            float r = get(at(row(inverse, t), s));
            long place = at(row(along, t), s);
            set(place, -get(place) * r * r * r / stretch);
        }
    }

    /** The gradients of base and scale: sums over tokens, column by column. */
    private void sums(Pass pass) {
        int columns = base.cols();
        for (int c = pass.worker().from(columns, 1); c < pass.worker().to(columns, 1); c++) {
            double ofBase = 0;
            double ofScale = 0;
            for (int t = 0; t < pass.tokens(); t++) {
                float d = get(at(row(logitGradients, t), c));
                ofBase += d;
                ofScale += (double) d * get(at(row(signals, t), c));
            }
            long place = at(base.gradientAddress(0), c);
            set(place, (float) (get(place) + ofBase));
            columnSums[c] = ofScale;
        }
        pass.barrier();
        if (pass.worker().id() == 0) {
            for (int c = 0; c < columns; c++) {
                long place = at(scale.gradientAddress(0), group(c));
                set(place, (float) (get(place) + columnSums[c]));
            }
        }
    }
}
