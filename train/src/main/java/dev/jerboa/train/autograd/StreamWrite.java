package dev.jerboa.train.autograd;

import static dev.jerboa.kernel.ops.vector.Lanes.get;
import static dev.jerboa.kernel.ops.vector.Lanes.set;
import static dev.jerboa.train.autograd.Rows.at;

/** The second half of a site of hyper-connections: {@code X'_k = post[k] y + Σ_j comb[j][k] X_j}. */
public final class StreamWrite implements Op {
    private final Input x;
    private final Input mix;
    private final Input y;
    private final int n;
    private final int width;
    private final Tensor out;

    /**
     * Adds itself to the tape.
     *
     * @param x streams side by side
     * @param mix [post | comb] of {@link StreamRead}
     * @param y what the sub-layer computed
     */
    public StreamWrite(Tape tape, Tensor x, Tensor mix, Tensor y) {
        this.x = tape.use(x);
        this.mix = tape.use(mix);
        this.y = tape.use(y);
        this.width = y.cols();
        this.n = x.cols() / width;
        this.out = tape.tensor("streams with " + y.name(), x.cols());
        tape.add(this, Repeat.CHEAP);
    }

    public Tensor out() {
        return out;
    }

    private float post(int t, int k) {
        return get(at(mix.address(t), k));
    }

    private float comb(int t, int j, int k) {
        return get(at(mix.address(t), n + n * j + k));
    }

    @Override
    public void forward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            for (int k = 0; k < n; k++) {
                long to = at(out.address(t), k * width);
                if (n == 4) {
                    Streams.mixFour(post(t, k), y.address(t), x.address(t), at(mix.address(t), n + k), to, width);
                    continue;
                }
                Rows.setScaled(post(t, k), y.address(t), to, width);
                for (int j = 0; j < n; j++) {
                    Rows.addScaled(comb(t, j, k), at(x.address(t), j * width), to, width);
                }
            }
        }
    }

    @Override
    public void backward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            long g = out.gradientAddress(t);
            for (int k = 0; k < n; k++) {
                long gk = at(g, k * width);
                Rows.giveScaled(post(t, k), gk, y.gradientAddress(t), width, y.adds() || k > 0);
                give(at(mix.gradientAddress(t), k), Rows.dot(gk, y.address(t), width));
            }
            for (int j = 0; j < n; j++) {
                long xj = at(x.address(t), j * width);
                long dx = at(x.gradientAddress(t), j * width);
                if (n == 4) {
                    Streams.backFour(
                            g,
                            at(mix.address(t), n + n * j),
                            xj,
                            dx,
                            x.adds(),
                            at(mix.gradientAddress(t), n + n * j),
                            mix.adds(),
                            width);
                    continue;
                }
                for (int k = 0; k < n; k++) {
                    long gk = at(g, k * width);
                    Rows.giveScaled(comb(t, j, k), gk, dx, width, x.adds() || k > 0);
                    give(at(mix.gradientAddress(t), n + n * j + k), Rows.dot(xj, gk, width));
                }
            }
        }
    }

    private void give(long place, float value) {
        set(place, mix.adds() ? get(place) + value : value);
    }
}
