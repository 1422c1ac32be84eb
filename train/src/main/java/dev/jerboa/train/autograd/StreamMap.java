package dev.jerboa.train.autograd;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.FLOATS;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.store;

import dev.jerboa.kernel.ops.vector.Exponential;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/**
 * From a site's logits to its coefficients [pre | post | comb], for as many tokens at once as a vector has lanes: value c of all
 * tokens is one vector, at {@code address + c} vectors. The formulas are those of {@link Hyper}.
 */
sealed interface StreamMap {
    /** The map of a kind. */
    static StreamMap of(Hyper spec) {
        return switch (spec.kind()) {
            case CONNECTIONS -> new Identity(2 * spec.streams() + spec.streams() * spec.streams());
            case MANIFOLD -> new Sinkhorn(spec.streams(), spec.sinkhornIterations(), spec.eps());
            case LITE -> new Permutations(spec.streams(), spec.eps());
        };
    }

    /** Coefficients from logits. */
    void forward(long logits, long out, long scratch);

    /** Gradients of logits from those of coefficients. */
    void backward(long logits, long dOut, long dLogits, long scratch);

    /** Floats of scratch that either takes. */
    int scratchFloats();

    private static long at(long address, int vector) {
        return address + (long) vector * COUNT * Float.BYTES;
    }

    private static FloatVector sigmoid(FloatVector x) {
        return FloatVector.broadcast(FLOATS, 1f).div(Exponential.of(x.neg()).add(1f));
    }

    /** {@code σ(z) + eps} and {@code 2σ(z)}. */
    private static void ends(long logits, long out, int n, float eps) {
        for (int j = 0; j < n; j++) {
            store(sigmoid(load(at(logits, j))).add(eps), at(out, j));
            store(sigmoid(load(at(logits, n + j))).mul(2f), at(out, n + j));
        }
    }

    private static void endsBack(long logits, long dOut, long dLogits, int n) {
        FloatVector one = FloatVector.broadcast(FLOATS, 1f);
        for (int j = 0; j < 2 * n; j++) {
            FloatVector s = sigmoid(load(at(logits, j)));
            FloatVector d = load(at(dOut, j)).mul(s).mul(one.sub(s));
            store(j < n ? d : d.mul(2f), at(dLogits, j));
        }
    }

    /** Softmax of {@code n} vectors. */
    private static void softmax(long z, long out, int n) {
        FloatVector max = load(z);
        for (int k = 1; k < n; k++) {
            max = max.max(load(at(z, k)));
        }
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int k = 0; k < n; k++) {
            FloatVector e = Exponential.of(load(at(z, k)).sub(max));
            store(e, at(out, k));
            sum = sum.add(e);
        }
        FloatVector inverse = FloatVector.broadcast(FLOATS, 1f).div(sum);
        for (int k = 0; k < n; k++) {
            store(load(at(out, k)).mul(inverse), at(out, k));
        }
    }

    /** {@code dz = p · (dp − Σ dp · p)}. */
    private static void softmaxBack(long p, long dp, long dz, int n) {
        FloatVector along = FloatVector.zero(FLOATS);
        for (int k = 0; k < n; k++) {
            along = load(at(p, k)).fma(load(at(dp, k)), along);
        }
        for (int k = 0; k < n; k++) {
            store(load(at(p, k)).mul(load(at(dp, k)).sub(along)), at(dz, k));
        }
    }

    /** Hyper-connections: the logits are the coefficients. */
    record Identity(int size) implements StreamMap {
        @Override
        public void forward(long logits, long out, long scratch) {
            Rows.copy(logits, out, size * COUNT);
        }

        @Override
        public void backward(long logits, long dOut, long dLogits, long scratch) {
            Rows.copy(dOut, dLogits, size * COUNT);
        }

        @Override
        public int scratchFloats() {
            return 0;
        }
    }

    /** Columns and rows in turn, ending on columns; the derivative walks all of it back. */
    record Sinkhorn(int n, int iterations, float eps) implements StreamMap {
        /** Normalisations: columns first, then rows and columns in turn. */
        private int steps() {
            return 2 * iterations - 1;
        }

        @Override
        public int scratchFloats() {
            return COUNT * (steps() * (n * n + n) + 3 * n * n);
        }

        @Override
        public void forward(long logits, long out, long scratch) {
            ends(logits, out, n, eps);
            long comb = at(out, 2 * n);
            begin(at(logits, 2 * n), comb);
            for (int step = 0; step < steps(); step++) {
                normalise(comb, comb, scratch, step % 2 == 0);
            }
        }

        /** Softmax of each row, and ε. */
        private void begin(long z, long to) {
            for (int j = 0; j < n; j++) {
                softmax(at(z, n * j), at(to, n * j), n);
                for (int k = 0; k < n; k++) {
                    long place = at(to, n * j + k);
                    store(load(place).add(eps), place);
                }
            }
        }

        /** Divides rows, or columns, by their sums and ε; keeps the inverses. */
        private void normalise(long from, long to, long inverses, boolean columns) {
            int along = columns ? n : 1;
            int across = columns ? 1 : n;
            for (int i = 0; i < n; i++) {
                FloatVector sum = FloatVector.zero(FLOATS);
                for (int l = 0; l < n; l++) {
                    sum = sum.add(load(at(from, i * across + l * along)));
                }
                FloatVector inverse = FloatVector.broadcast(FLOATS, 1f).div(sum.add(eps));
                store(inverse, at(inverses, i));
                for (int l = 0; l < n; l++) {
                    store(load(at(from, i * across + l * along)).mul(inverse), at(to, i * across + l * along));
                }
            }
        }

        @Override
        public void backward(long logits, long dOut, long dLogits, long scratch) {
            endsBack(logits, dOut, dLogits, n);
            int size = n * n;
            long first = scratch;
            long states = at(scratch, size);
            long inverses = at(states, steps() * size);
            long d = at(inverses, steps() * n);
            begin(at(logits, 2 * n), first);
            for (int step = 0; step < steps(); step++) {
                long from = step == 0 ? first : at(states, (step - 1) * size);
                normalise(from, at(states, step * size), at(inverses, step * n), step % 2 == 0);
            }
            Rows.copy(at(dOut, 2 * n), d, size * COUNT);
            for (int step = steps() - 1; step >= 0; step--) {
                back(d, at(states, step * size), at(inverses, step * n), step % 2 == 0);
            }
            for (int j = 0; j < n; j++) {
                for (int k = 0; k < n; k++) {
                    long place = at(first, n * j + k);
                    store(load(place).sub(eps), place);
                }
                softmaxBack(at(first, n * j), at(d, n * j), at(dLogits, 2 * n + n * j), n);
            }
        }

        /** {@code d ← (d − Σ d · y) / (s + ε)} along what was summed. */
        private void back(long d, long y, long inverses, boolean columns) {
            int along = columns ? n : 1;
            int across = columns ? 1 : n;
            for (int i = 0; i < n; i++) {
                FloatVector sum = FloatVector.zero(FLOATS);
                for (int l = 0; l < n; l++) {
                    int place = i * across + l * along;
                    sum = load(at(d, place)).fma(load(at(y, place)), sum);
                }
                FloatVector inverse = load(at(inverses, i));
                for (int l = 0; l < n; l++) {
                    long place = at(d, i * across + l * along);
                    store(load(place).sub(sum).mul(inverse), place);
                }
            }
        }
    }

    /** Convex combinations of all permutations. */
    record Permutations(int n, float eps, List<int[]> all) implements StreamMap {
        Permutations(int n, float eps) {
            this(n, eps, permutations(n));
        }

        /** In lexicographic order. */
        private static List<int[]> permutations(int n) {
            List<int[]> found = new ArrayList<>();
            extend(new int[n], 0, new boolean[n], found);
            return found;
        }

        private static void extend(int[] start, int length, boolean[] used, List<int[]> found) {
            if (length == start.length) {
                found.add(start.clone());
                return;
            }
            for (int i = 0; i < start.length; i++) {
                if (!used[i]) {
                    used[i] = true;
                    start[length] = i;
                    extend(start, length + 1, used, found);
                    used[i] = false;
                }
            }
        }

        @Override
        public int scratchFloats() {
            return 2 * COUNT * all.size();
        }

        @Override
        public void forward(long logits, long out, long scratch) {
            ends(logits, out, n, eps);
            softmax(at(logits, 2 * n), scratch, all.size());
            Rows.zero(at(out, 2 * n), n * n * COUNT);
            for (int q = 0; q < all.size(); q++) {
                int[] p = all.get(q);
                FloatVector w = load(at(scratch, q));
                for (int j = 0; j < n; j++) {
                    long place = at(out, 2 * n + n * j + p[j]);
                    store(load(place).add(w), place);
                }
            }
        }

        @Override
        public void backward(long logits, long dOut, long dLogits, long scratch) {
            endsBack(logits, dOut, dLogits, n);
            softmax(at(logits, 2 * n), scratch, all.size());
            long dw = at(scratch, all.size());
            for (int q = 0; q < all.size(); q++) {
                int[] p = all.get(q);
                FloatVector sum = FloatVector.zero(FLOATS);
                for (int j = 0; j < n; j++) {
                    sum = sum.add(load(at(dOut, 2 * n + n * j + p[j])));
                }
                store(sum, at(dw, q));
            }
            softmaxBack(scratch, dw, at(dLogits, 2 * n), all.size());
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Permutations that && that.n == n && that.eps == eps;
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(new float[] {n, eps});
        }
    }
}
