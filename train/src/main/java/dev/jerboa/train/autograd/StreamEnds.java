package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;

/** Where streams begin and end: copies of one state, and the sum or mean of all. */
public final class StreamEnds {
    private StreamEnds() {}

    /** {@code X_j = x} for every stream. */
    public static final class Copies implements Op {
        private final Input x;
        private final int n;
        private final Tensor out;

        /** Adds itself to the tape. */
        public Copies(Tape tape, Tensor x, int streams) {
            this.x = tape.use(x).forwardOnly();
            this.n = streams;
            this.out = tape.tensor("streams of " + x.name(), streams * x.cols());
            tape.add(this, Repeat.CHEAP);
        }

        public Tensor out() {
            return out;
        }

        @Override
        public void forward(Pass pass) {
            for (int t = pass.from(); t < pass.to(); t++) {
                for (int j = 0; j < n; j++) {
                    Rows.copy(x.address(t), at(out.address(t), j * x.cols()), x.cols());
                }
            }
        }

        @Override
        public void backward(Pass pass) {
            for (int t = pass.from(); t < pass.to(); t++) {
                for (int j = 0; j < n; j++) {
                    Rows.give(
                            at(out.gradientAddress(t), j * x.cols()),
                            x.gradientAddress(t),
                            x.cols(),
                            x.adds() || j > 0);
                }
            }
        }
    }

    /** {@code x = s · Σ_j X_j}. */
    public static final class Sum implements Op {
        private final Input x;
        private final int n;
        private final float scale;
        private final Tensor out;

        /** Adds itself to the tape. */
        public Sum(Tape tape, Tensor x, int streams, float scale) {
            this.x = tape.use(x).forwardOnly();
            this.n = streams;
            this.scale = scale;
            this.out = tape.tensor("sum of streams", x.cols() / streams);
            tape.add(this, Repeat.CHEAP);
        }

        public Tensor out() {
            return out;
        }

        @Override
        public void forward(Pass pass) {
            int width = out.cols();
            for (int t = pass.from(); t < pass.to(); t++) {
                for (int j = 0; j < n; j++) {
                    Rows.giveScaled(scale, at(x.address(t), j * width), out.address(t), width, j > 0);
                }
            }
        }

        @Override
        public void backward(Pass pass) {
            int width = out.cols();
            for (int t = pass.from(); t < pass.to(); t++) {
                for (int j = 0; j < n; j++) {
                    Rows.giveScaled(
                            scale, out.gradientAddress(t), at(x.gradientAddress(t), j * width), width, x.adds());
                }
            }
        }
    }
}
