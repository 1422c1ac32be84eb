package dev.jerboa.kernel.encode;

import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.LoopBuilder;
import dev.jerboa.kernel.ops.loop.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BinaryOperator;

/**
 * The loops of {@link FusedSearch} for groups of one size. An element is a group: its value j lies j · {@link #lanes} floats
 * further. Pointers are numbered as the calls set them.
 *
 * @param range least and greatest value and the sum of squares
 * @param squareWeights weights for a symmetric fit
 * @param importantSquares the same, with importances
 * @param symmetric a try in each row: gain and scale
 * @param aboveLowest what values are above the lowest, their weights for an affine fit, and sums of these
 * @param importantAboveLowest the same, with importances
 * @param affine a try in each row: gain, scale and shift
 */
record SearchLoops(
        Loop range,
        Loop squareWeights,
        Loop importantSquares,
        Loop symmetric,
        Loop aboveLowest,
        Loop importantAboveLowest,
        Loop affine) {
    /** Values that go through the loops together. */
    static final int RUN_VALUES = 2048;

    /** Added and taken away, it rounds a float32 of up to 22 bits to the nearest integer, ties to even. */
    private static final float ROUNDING = 0x1.8p23f;

    private static final Map<Integer, SearchLoops> BY_SIZE = new ConcurrentHashMap<>();

    static SearchLoops of(int size) {
        SearchLoops known = BY_SIZE.get(size);
        return known != null ? known : BY_SIZE.computeIfAbsent(size, SearchLoops::made);
    }

    private static SearchLoops made(int size) {
        return new SearchLoops(
                range(size),
                squareWeights(size),
                importantSquares(size),
                symmetric(size),
                aboveLowest(size),
                importantAboveLowest(size),
                affine(size));
    }

    /** Groups that go through the loops together. */
    static int lanes(int size) {
        return RUN_VALUES / size;
    }

    private interface Body {
        void describe(LoopBuilder l, int lanes);
    }

    private static Loop loop(String name, int size, Body body) {
        return OpsProvider.loop(name + " of " + size, l -> body.describe(l, lanes(size)));
    }

    private static Loop range(int size) {
        return loop("range", size, (l, lanes) -> {
            l.each(0);
            Value first = l.load(0);
            Value low = first;
            Value high = first;
            Sum squares = new Sum();
            squares.product(first, first);
            for (int j = 1; j < size; j++) {
                Value x = l.load(0, j * lanes);
                low = x.min(low);
                high = x.max(high);
                squares.product(x, x);
            }
            l.store(1, low);
            l.store(2, high);
            l.store(3, squares.all());
        });
    }

    private static Loop squareWeights(int size) {
        return loop("weights by squares", size, (l, lanes) -> {
            l.each(0);
            for (int j = 0; j < size; j++) {
                Value x = l.load(0, j * lanes);
                l.store(1, j * lanes, x.mul(x));
            }
            l.load(2); // so that the calls are alike
            l.load(3);
        });
    }

    private static Loop importantSquares(int size) {
        return loop("weights by importance", size, (l, lanes) -> {
            l.each(0);
            Value base = l.load(2);
            for (int j = 0; j < size; j++) {
                Value x = l.load(0, j * lanes);
                l.store(1, j * lanes, l.load(3, j * lanes).mul(x.fma(x, base).sqrt()));
            }
        });
    }

    private static Loop aboveLowest(int size) {
        return loop("above the lowest", size, (l, lanes) -> {
            l.each(0);
            Value base = l.load(2);
            l.load(3);
            above(l, lanes, size, (x, j) -> base.add(x.max(x.neg())));
        });
    }

    private static Loop importantAboveLowest(int size) {
        return loop("above the lowest, by importance", size, (l, lanes) -> {
            l.each(0);
            Value base = l.load(2);
            above(
                    l,
                    lanes,
                    size,
                    (x, j) -> l.load(3, j * lanes).mul(x.fma(x, base).sqrt()));
        });
    }

    private interface Weight {
        Value of(Value x, int j);
    }

    private static void above(LoopBuilder l, int lanes, int size, Weight weight) {
        Value depth = l.load(4);
        Sum weights = new Sum();
        Sum weighted = new Sum();
        for (int j = 0; j < size; j++) {
            Value x = l.load(0, j * lanes);
            Value y = x.add(depth);
            Value w = weight.of(x, j);
            l.store(5, j * lanes, y);
            l.store(1, j * lanes, w);
            weights.add(w);
            weighted.product(w, y);
        }
        l.store(6, weights.all());
        l.store(7, weighted.all());
    }

    private static Loop symmetric(int size) {
        return loop("symmetric", size, (l, lanes) -> {
            Value target = l.rowLoad(3, 0);
            l.each(0);
            Value factor = l.load(2).mul(target);
            Sum xq = new Sum();
            Sum qq = new Sum();
            for (int j = 0; j < size; j++) {
                Value x = l.load(0, j * lanes);
                Value code = rounded(x.mul(factor).max(l.scalar(0)).min(l.scalar(1)));
                Value weighted = l.load(1, j * lanes).mul(code);
                xq.product(weighted, x);
                qq.product(weighted, code);
            }
            Value product = xq.all();
            Value scale = product.div(qq.all());
            l.store(4, product.mul(scale));
            l.store(5, scale);
        });
    }

    private static Loop affine(int size) {
        return loop("affine", size, (l, lanes) -> {
            Value target = l.rowLoad(3, 0);
            l.each(0);
            Value factor = l.load(2).mul(target);
            Sum sumQ = new Sum();
            Sum sumQq = new Sum();
            Sum sumYq = new Sum();
            for (int j = 0; j < size; j++) {
                Value y = l.load(0, j * lanes);
                Value code = rounded(y.mul(factor).min(l.scalar(0)));
                Value weighted = l.load(1, j * lanes).mul(code);
                sumQ.add(weighted);
                sumQq.product(weighted, code);
                sumYq.product(weighted, y);
            }
            Value wq = sumQ.all();
            Value wqq = sumQq.all();
            Value wyq = sumYq.all();
            Value w = l.load(7);
            Value wy = l.load(8);
            Value determinant = w.mul(wqq).sub(wq.mul(wq));
            Value shift = wqq.mul(wy).sub(wq.mul(wyq)).div(determinant).min(l.load(9));
            Value product = wyq.sub(shift.mul(wq));
            Value scale = product.div(wqq);
            l.store(4, product.mul(scale).add(shift.mul(wy.add(wy).sub(shift.mul(w)))));
            l.store(5, scale);
            l.store(6, shift);
        });
    }

    private static Value rounded(Value value) {
        return value.add(ROUNDING).add(-ROUNDING);
    }

    /** A sum of terms, the even ones and the odd ones apart until the end. */
    private static final class Sum {
        private final List<Value> halves = new ArrayList<>();
        private int terms;

        void add(Value term) {
            add(term, Value::add);
        }

        void product(Value a, Value b) {
            if (terms < 2) {
                add(a.mul(b));
            } else {
                halves.set(terms & 1, a.fma(b, halves.get(terms & 1)));
                terms++;
            }
        }

        private void add(Value term, BinaryOperator<Value> onto) {
            if (terms < 2) {
                halves.add(term);
            } else {
                halves.set(terms & 1, onto.apply(halves.get(terms & 1), term));
            }
            terms++;
        }

        Value all() {
            return halves.get(0).add(halves.get(1));
        }
    }
}
