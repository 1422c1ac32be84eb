package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.stride;

import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.LoopBuilder;
import dev.jerboa.kernel.ops.loop.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The second half of a site of hyper-connections: {@code X'_k = post[k] y + Σ_j comb[j][k] X_j}. An operation of its own, or done by the
 * {@link StreamRead} after it, block by block, so that streams are read while a core's cache still has them.
 */
public final class StreamWrite implements Op {
    /** What is to be written, by whoever comes next: see {@link StreamWrite#StreamWrite}. */
    public record Later(Tensor x, Tensor mix, Tensor y) {
        /** As an operation of its own. */
        public StreamWrite alone(Tape tape) {
            return StreamWrite.alone(tape, x, mix, y);
        }

        /** As a part of the operation that is constructed next. */
        public StreamWrite before(Tape tape) {
            return new StreamWrite(tape, x, mix, y);
        }
    }

    private static final int X = 0;
    private static final int Y = 1;
    private static final int MIX = 2;
    private static final int OUT = 3;
    private static final int DX = 4;
    private static final int DY = 5;
    private static final int D_MIX = 6;

    /** Sums of products that are taken at a time. */
    private static final int SUMS = 8;

    private final Input x;
    private final Input mix;
    private final Input y;
    private final int n;
    private final int width;
    private final Tensor out;
    private final Loop forward;
    private @Nullable Loop backward;

    /** One that is an operation of its own. */
    public static StreamWrite alone(Tape tape, Tensor x, Tensor mix, Tensor y) {
        StreamWrite write = new StreamWrite(tape, x, mix, y);
        tape.add(write, Repeat.CHEAP);
        return write;
    }

    /**
     * One that the next operation on the tape does.
     *
     * @param x streams side by side
     * @param mix [post | comb] of {@link StreamRead}
     * @param y what the sub-layer computed
     */
    StreamWrite(Tape tape, Tensor x, Tensor mix, Tensor y) {
        this.x = tape.use(x);
        this.mix = tape.use(mix);
        this.y = tape.use(y);
        this.width = y.cols();
        this.n = x.cols() / width;
        this.out = tape.tensor("streams with " + y.name(), x.cols());
        this.forward = OpsProvider.loop("streams written, " + n + " of " + width, this::forward);
    }

    @Override
    public void planned() {
        backward = OpsProvider.loop("streams written back, " + n + " of " + width, this::backward);
    }

    public Tensor out() {
        return out;
    }

    private static Value[] numbers(LoopBuilder l, int first, int count) {
        Value[] numbers = new Value[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = l.rowLoad(MIX, first + i);
        }
        return numbers;
    }

    private void forward(LoopBuilder l) {
        Value[] post = numbers(l, 0, n);
        Value[] comb = numbers(l, n, n * n);
        l.each(0);
        Value added = l.load(Y);
        Value[] streams = new Value[n];
        for (int j = 0; j < n; j++) {
            streams[j] = l.load(X, j * width);
        }
        for (int k = 0; k < n; k++) {
            Value sum = added.mul(post[k]);
            for (int j = 0; j < n; j++) {
                sum = streams[j].fma(comb[n * j + k], sum);
            }
            l.store(OUT, k * width, sum);
        }
    }

    /** Given OUT the gradients g_k: those of y and X, then those of post and comb, some sums at a time. */
    private void backward(LoopBuilder l) {
        Value[] post = numbers(l, 0, n);
        Value[] comb = numbers(l, n, n * n);
        l.each(0);
        Value[] g = new Value[n];
        for (int k = 0; k < n; k++) {
            g[k] = l.load(OUT, k * width);
        }
        Value sum = y.adds() ? g[0].fma(post[0], l.load(DY)) : g[0].mul(post[0]);
        for (int k = 1; k < n; k++) {
            sum = g[k].fma(post[k], sum);
        }
        l.store(DY, sum);
        for (int j = 0; j < n; j++) {
            Value of = x.adds() ? g[0].fma(comb[n * j], l.load(DX, j * width)) : g[0].mul(comb[n * j]);
            for (int k = 1; k < n; k++) {
                of = g[k].fma(comb[n * j + k], of);
            }
            l.store(DX, j * width, of);
        }
        for (int first = 0; first < n + n * n; first += SUMS) {
            Value[] sums = new Value[Math.min(SUMS, n + n * n - first)];
            Map<Integer, Value> ofOut = new HashMap<>();
            Map<Integer, Value> ofX = new HashMap<>();
            l.each(0);
            for (int i = 0; i < sums.length; i++) {
                int c = first + i;
                Value gradient = ofOut.computeIfAbsent(c % n, k -> l.load(OUT, k * width));
                Value by = ofX.computeIfAbsent(c / n - 1, j -> j < 0 ? l.load(Y) : l.load(X, j * width));
                sums[i] = l.sum(gradient, by);
            }
            l.row();
            for (int i = 0; i < sums.length; i++) {
                l.give(D_MIX, first + i, sums[i], mix.adds());
            }
        }
    }

    @Override
    public void forward(Pass pass) {
        forward(pass.from(), pass.to());
    }

    /** Of tokens {@code t} to {@code to − 1}. */
    void forward(int t, int to) {
        forward.call()
                .at(X, x.address(t), stride(x.cols()))
                .at(Y, y.address(t), stride(width))
                .at(MIX, mix.address(t), stride(mix.cols()))
                .at(OUT, out.address(t), stride(x.cols()))
                .count(0, width)
                .run(to - t);
    }

    @Override
    public void backward(Pass pass) {
        backward(pass.from(), pass.to());
    }

    /** Of tokens {@code t} to {@code to − 1}. */
    void backward(int t, int to) {
        Objects.requireNonNull(backward)
                .call()
                .at(X, x.address(t), stride(x.cols()))
                .at(Y, y.address(t), stride(width))
                .at(MIX, mix.address(t), stride(mix.cols()))
                .at(OUT, out.gradientAddress(t), stride(x.cols()))
                .at(DX, x.gradientAddress(t), stride(x.cols()))
                .at(DY, y.gradientAddress(t), stride(width))
                .at(D_MIX, mix.gradientAddress(t), stride(mix.cols()))
                .count(0, width)
                .run(to - t);
    }
}
