package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;

import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.LoopBuilder;
import dev.jerboa.kernel.ops.loop.Value;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import java.util.ArrayList;
import java.util.List;

/**
 * From a site's logits to its coefficients [pre | post | comb], for a block of up to {@link #TOKENS} tokens at once: value c of all
 * tokens is one column of that many floats, at {@code address + c} columns. The formulas are those of {@link Hyper}.
 *
 * <p>Not thread-safe where scratch is shared; otherwise it is.
 */
sealed interface StreamMap {
    /** Tokens of a block. */
    int TOKENS = 48;

    /** The map of a kind. */
    static StreamMap of(Hyper spec) {
        return switch (spec.kind()) {
            case CONNECTIONS -> new Identity(2 * spec.streams() + spec.streams() * spec.streams());
            case MANIFOLD -> new Sinkhorn(spec.streams(), spec.sinkhornIterations(), spec.eps());
            case LITE -> new Permutations(spec.streams(), spec.eps());
        };
    }

    /** Coefficients from logits, of the first {@code tokens} of a block. */
    void forward(long logits, long out, long scratch, int tokens);

    /** Gradients of logits from those of coefficients. */
    void backward(long logits, long dOut, long dLogits, long scratch, int tokens);

    /** Floats of scratch that either takes. */
    int scratchFloats();

    /** Where column {@code c} begins. */
    static long column(long address, int c) {
        return at(address, c * TOKENS);
    }

    /** Bytes from a column to the next. */
    long COLUMN = (long) Float.BYTES * TOKENS;

    private static Value load(LoopBuilder l, int pointer, int column) {
        return l.load(pointer, column * TOKENS);
    }

    private static void store(LoopBuilder l, int pointer, int column, Value value) {
        l.store(pointer, column * TOKENS, value);
    }

    /** Columns of gates, {@code factor · σ(z) + offset}. */
    final class Gates {
        private static final int Z = 0;
        private static final int OUT = 1;
        private static final int D = 1;
        private static final int DZ = 2;

        private static final Loop FORWARD =
                Rows.loop("gates", l -> l.store(OUT, l.load(Z).sigmoid().fma(l.scalar(0), l.scalar(1))));
        private static final Loop BACKWARD = Rows.loop("gates back", l -> {
            Value sigma = l.load(Z).sigmoid();
            l.store(DZ, l.load(D).mul(l.scalar(0)).mul(sigma).mul(l.constant(1).sub(sigma)));
        });

        private Gates() {}

        private static void forward(Loop.Call call, long z, long out, int columns, float factor, float offset, int n) {
            call.at(Z, z, COLUMN)
                    .at(OUT, out, COLUMN)
                    .scalar(0, factor)
                    .scalar(1, offset)
                    .count(0, n)
                    .run(columns);
        }

        /** {@code σ(z) + eps} and {@code 2σ(z)} of n streams each. */
        static void forward(long logits, long out, int n, float eps, int tokens) {
            forward(FORWARD.call(), logits, out, n, 1, eps, tokens);
            forward(FORWARD.call(), column(logits, n), column(out, n), n, 2, 0, tokens);
        }

        static void backward(long logits, long dOut, long dLogits, int n, int tokens) {
            for (int half = 0; half < 2; half++) {
                BACKWARD.call()
                        .at(Z, column(logits, half * n), COLUMN)
                        .at(D, column(dOut, half * n), COLUMN)
                        .at(DZ, column(dLogits, half * n), COLUMN)
                        .scalar(0, half + 1)
                        .count(0, tokens)
                        .run(n);
            }
        }
    }

    /** Hyper-connections: the logits are the coefficients. */
    record Identity(int size) implements StreamMap {
        @Override
        public void forward(long logits, long out, long scratch, int tokens) {
            Rows.copy(logits, out, size * TOKENS);
        }

        @Override
        public void backward(long logits, long dOut, long dLogits, long scratch, int tokens) {
            Rows.copy(dOut, dLogits, size * TOKENS);
        }

        @Override
        public int scratchFloats() {
            return 0;
        }
    }

    /**
     * Columns and rows in turn, ending on columns; the derivative walks all of it back.
     *
     * <pre>
     * begin: softmax of each row, + ε → columns → (rows → columns) × (iterations − 1)      / (sum + ε) each
     * </pre>
     */
    final class Sinkhorn implements StreamMap {
        private static final int IN = 0;
        private static final int OUT = 1;
        private static final int INVERSE = 2;
        private static final int MIDDLE = 3;
        private static final int MIDDLE_INVERSE = 4;
        private static final int D = 1;
        private static final int DZ = 2;

        private final int n;
        private final int iterations;
        private final float eps;
        private final Loop begin;
        private final Loop columns;
        private final Loop pair;
        private final Loop columnsBack;
        private final Loop pairBack;
        private final Loop beginBack;

        Sinkhorn(int n, int iterations, float eps) {
            this.n = n;
            this.iterations = iterations;
            this.eps = eps;
            String name = n + " x " + n + ", eps " + eps;
            this.begin = Rows.loop("sinkhorn begins, " + name, this::begin);
            this.columns = Rows.loop("sinkhorn columns, " + name, l -> normalise(l, IN, OUT, INVERSE, true));
            this.pair = Rows.loop("sinkhorn pair, " + name, l -> {
                normalise(l, IN, MIDDLE, MIDDLE_INVERSE, false);
                normalise(l, MIDDLE, OUT, INVERSE, true);
            });
            this.columnsBack = Rows.loop("sinkhorn columns back, " + name, l -> back(l, IN, OUT, INVERSE, true));
            this.pairBack = Rows.loop("sinkhorn pair back, " + name, l -> {
                back(l, IN, OUT, INVERSE, true);
                back(l, IN, MIDDLE, MIDDLE_INVERSE, false);
            });
            this.beginBack = Rows.loop("sinkhorn begins back, " + name, this::beginBack);
        }

        private void begin(LoopBuilder l) {
            for (int j = 0; j < n; j++) {
                Value max = load(l, IN, n * j);
                for (int k = 1; k < n; k++) {
                    max = max.max(load(l, IN, n * j + k));
                }
                List<Value> powers = new ArrayList<>();
                for (int k = 0; k < n; k++) {
                    powers.add(load(l, IN, n * j + k).sub(max).exp());
                }
                Value inverse = l.constant(1).div(sum(powers));
                for (int k = 0; k < n; k++) {
                    store(l, OUT, n * j + k, powers.get(k).fma(inverse, l.constant(eps)));
                }
            }
        }

        private static Value sum(List<Value> values) {
            Value sum = values.getFirst();
            for (Value value : values.subList(1, values.size())) {
                sum = sum.add(value);
            }
            return sum;
        }

        /** The place of element l of row, or column, i. */
        private int place(int i, int l, boolean columns) {
            return columns ? n * l + i : n * i + l;
        }

        /** Divides rows, or columns, by their sums and ε; keeps the inverses. */
        private void normalise(LoopBuilder l, int from, int to, int inverses, boolean columns) {
            for (int i = 0; i < n; i++) {
                List<Value> line = new ArrayList<>();
                for (int k = 0; k < n; k++) {
                    line.add(load(l, from, place(i, k, columns)));
                }
                Value inverse = l.constant(1).div(sum(line).add(eps));
                store(l, inverses, i, inverse);
                for (int k = 0; k < n; k++) {
                    store(l, to, place(i, k, columns), line.get(k).mul(inverse));
                }
            }
        }

        /** {@code d ← (d − Σ d · y) / (s + ε)} along what was summed. */
        private void back(LoopBuilder l, int gradient, int result, int inverses, boolean columns) {
            for (int i = 0; i < n; i++) {
                List<Value> d = new ArrayList<>();
                for (int k = 0; k < n; k++) {
                    d.add(load(l, gradient, place(i, k, columns)));
                }
                Value along = d.getFirst().mul(load(l, result, place(i, 0, columns)));
                for (int k = 1; k < n; k++) {
                    along = d.get(k).fma(load(l, result, place(i, k, columns)), along);
                }
                Value inverse = load(l, inverses, i);
                for (int k = 0; k < n; k++) {
                    store(l, gradient, place(i, k, columns), d.get(k).sub(along).mul(inverse));
                }
            }
        }

        /** Of each row's softmax p, which has ε on top: {@code dz = p · (d − Σ d · p)}. */
        private void beginBack(LoopBuilder l) {
            for (int j = 0; j < n; j++) {
                List<Value> p = new ArrayList<>();
                for (int k = 0; k < n; k++) {
                    p.add(load(l, IN, n * j + k).sub(l.constant(eps)));
                }
                Value along = p.getFirst().mul(load(l, D, n * j));
                for (int k = 1; k < n; k++) {
                    along = p.get(k).fma(load(l, D, n * j + k), along);
                }
                for (int k = 0; k < n; k++) {
                    store(l, DZ, n * j + k, p.get(k).mul(load(l, D, n * j + k).sub(along)));
                }
            }
        }

        /** Normalisations: columns first, then rows and columns in turn. */
        private int steps() {
            return 2 * iterations - 1;
        }

        @Override
        public int scratchFloats() {
            return TOKENS * (steps() * (n * n + n) + 2 * n * n + n);
        }

        @Override
        public void forward(long logits, long out, long scratch, int tokens) {
            Gates.forward(logits, out, n, eps, tokens);
            long comb = column(out, 2 * n);
            begin.call()
                    .at(IN, column(logits, 2 * n), 0)
                    .at(OUT, comb, 0)
                    .count(0, tokens)
                    .run(1);
            columns.call()
                    .at(IN, comb, 0)
                    .at(OUT, comb, 0)
                    .at(INVERSE, scratch, 0)
                    .count(0, tokens)
                    .run(1);
            pair.call()
                    .at(IN, comb, 0)
                    .at(MIDDLE, comb, 0)
                    .at(OUT, comb, 0)
                    .at(INVERSE, scratch, 0)
                    .at(MIDDLE_INVERSE, scratch, 0)
                    .count(0, tokens)
                    .run(iterations - 1);
        }

        @Override
        public void backward(long logits, long dOut, long dLogits, long scratch, int tokens) {
            Gates.backward(logits, dOut, dLogits, n, tokens);
            int size = n * n;
            long first = scratch;
            long d = column(first, size);
            long states = column(d, size);
            long inverses = column(states, steps() * size);
            long state = size * COLUMN;
            long inverse = n * COLUMN;
            int pairs = iterations - 1;
            begin.call()
                    .at(IN, column(logits, 2 * n), 0)
                    .at(OUT, first, 0)
                    .count(0, tokens)
                    .run(1);
            columns.call()
                    .at(IN, first, 0)
                    .at(OUT, states, 0)
                    .at(INVERSE, inverses, 0)
                    .count(0, tokens)
                    .run(1);
            pair.call()
                    .at(IN, states, 2 * state)
                    .at(MIDDLE, states + state, 2 * state)
                    .at(OUT, states + 2 * state, 2 * state)
                    .at(MIDDLE_INVERSE, inverses + inverse, 2 * inverse)
                    .at(INVERSE, inverses + 2 * inverse, 2 * inverse)
                    .count(0, tokens)
                    .run(pairs);
            Rows.copy(column(dOut, 2 * n), d, size * TOKENS);
            pairBack.call()
                    .at(IN, d, 0)
                    .at(OUT, states + 2 * pairs * state, -2 * state)
                    .at(INVERSE, inverses + 2 * pairs * inverse, -2 * inverse)
                    .at(MIDDLE, states + (2 * pairs - 1) * state, -2 * state)
                    .at(MIDDLE_INVERSE, inverses + (2 * pairs - 1) * inverse, -2 * inverse)
                    .count(0, tokens)
                    .run(pairs);
            columnsBack
                    .call()
                    .at(IN, d, 0)
                    .at(OUT, states, 0)
                    .at(INVERSE, inverses, 0)
                    .count(0, tokens)
                    .run(1);
            beginBack
                    .call()
                    .at(IN, first, 0)
                    .at(D, d, 0)
                    .at(DZ, column(dLogits, 2 * n), 0)
                    .count(0, tokens)
                    .run(1);
        }
    }

    /** Convex combinations of all permutations, by the softmax of their logits. */
    final class Permutations implements StreamMap {
        private static final int Z = 0;
        private static final int P = 1;
        private static final int ALONG = 2;
        private static final int DZ = 3;

        private static final Loop LARGEST =
                Rows.loop("largest", l -> l.store(P, l.load(P).max(l.load(Z))));
        private static final Loop POWERS = Rows.loop("powers", l -> {
            Value e = l.load(Z).sub(l.load(ALONG)).exp();
            l.store(P, e);
            l.store(DZ, l.load(DZ).add(e));
        });
        private static final Loop SHARES =
                Rows.loop("shares", l -> l.store(P, l.load(P).div(l.load(ALONG))));
        private static final Loop ALONG_ALL =
                Rows.loop("along", l -> l.store(ALONG, l.load(P).fma(l.load(Z), l.load(ALONG))));
        private static final Loop BACK = Rows.loop(
                "shares back", l -> l.store(DZ, l.load(P).mul(l.load(Z).sub(l.load(ALONG)))));

        private final int n;
        private final float eps;
        private final List<int[]> all;
        /** Of each element of the matrix: the sum of the shares of the permutations that it is in. */
        private final List<Loop> sums = new ArrayList<>();
        /** Of each permutation: the sum of the gradients of its elements. */
        private final List<Loop> sumsBack = new ArrayList<>();

        Permutations(int n, float eps) {
            this.n = n;
            this.eps = eps;
            this.all = permutations(n);
            for (int place = 0; place < n * n; place++) {
                int j = place / n;
                int k = place % n;
                List<Integer> those = new ArrayList<>();
                for (int q = 0; q < all.size(); q++) {
                    if (all.get(q)[j] == k) {
                        those.add(q);
                    }
                }
                sums.add(Rows.loop("permutations with " + j + " to " + k, l -> sum(l, those)));
            }
            for (int[] p : all) {
                List<Integer> places = new ArrayList<>();
                for (int j = 0; j < n; j++) {
                    places.add(n * j + p[j]);
                }
                sumsBack.add(Rows.loop("permutation " + places, l -> sum(l, places)));
            }
        }

        private static void sum(LoopBuilder l, List<Integer> columns) {
            Value sum = load(l, Z, columns.getFirst());
            for (int column : columns.subList(1, columns.size())) {
                sum = sum.add(load(l, Z, column));
            }
            l.store(P, sum);
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
            return TOKENS * (2 * all.size() + 2);
        }

        /** Softmax of the permutations' logits into {@code shares}; two columns more are changed. */
        private void shares(long logits, long shares, long spare, int tokens) {
            long sum = column(spare, 1);
            Rows.copy(logits, spare, TOKENS);
            LARGEST.call()
                    .at(Z, logits, COLUMN)
                    .at(P, spare, 0)
                    .count(0, tokens)
                    .run(all.size());
            Rows.zero(sum, TOKENS);
            POWERS.call()
                    .at(Z, logits, COLUMN)
                    .at(P, shares, COLUMN)
                    .at(ALONG, spare, 0)
                    .at(DZ, sum, 0)
                    .count(0, tokens)
                    .run(all.size());
            SHARES.call()
                    .at(P, shares, COLUMN)
                    .at(ALONG, sum, 0)
                    .at(Z, shares, COLUMN)
                    .count(0, tokens)
                    .run(all.size());
        }

        @Override
        public void forward(long logits, long out, long scratch, int tokens) {
            Gates.forward(logits, out, n, eps, tokens);
            shares(column(logits, 2 * n), scratch, column(scratch, 2 * all.size()), tokens);
            for (int place = 0; place < n * n; place++) {
                sums.get(place)
                        .call()
                        .at(Z, scratch, 0)
                        .at(P, column(out, 2 * n + place), 0)
                        .count(0, tokens)
                        .run(1);
            }
        }

        @Override
        public void backward(long logits, long dOut, long dLogits, long scratch, int tokens) {
            Gates.backward(logits, dOut, dLogits, n, tokens);
            long spare = column(scratch, 2 * all.size());
            shares(column(logits, 2 * n), scratch, spare, tokens);
            long d = column(scratch, all.size());
            for (int q = 0; q < all.size(); q++) {
                sumsBack.get(q)
                        .call()
                        .at(Z, column(dOut, 2 * n), 0)
                        .at(P, column(d, q), 0)
                        .count(0, tokens)
                        .run(1);
            }
            Rows.zero(spare, TOKENS);
            ALONG_ALL
                    .call()
                    .at(P, scratch, COLUMN)
                    .at(Z, d, COLUMN)
                    .at(ALONG, spare, 0)
                    .count(0, tokens)
                    .run(all.size());
            BACK.call()
                    .at(P, scratch, COLUMN)
                    .at(Z, d, COLUMN)
                    .at(ALONG, spare, 0)
                    .at(DZ, column(dLogits, 2 * n), COLUMN)
                    .count(0, tokens)
                    .run(all.size());
        }
    }
}
