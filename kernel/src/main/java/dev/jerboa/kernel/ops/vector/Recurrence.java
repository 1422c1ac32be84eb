package dev.jerboa.kernel.ops.vector;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.store;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.StateHead;
import dev.jerboa.kernel.ops.StepTokens;
import jdk.incubator.vector.FloatVector;

/**
 * Running states by lanes: a lane is a channel, or a column of a state, so that a value's operations and their order are those of the
 * plain loops, and its bits too.
 */
public final class Recurrence {
    private Recurrence() {}

    /** {@link dev.jerboa.kernel.ops.Ops#convolve}, checked; all memory is native. */
    public static void convolve(
            StepTokens tokens, FloatRows x, int col, int channels, FloatRows w, int channel, FloatRows states) {
        int earlier = w.rows() - 1;
        long stride = 4L * w.cols();
        long weights = Lanes.address(w, 0) + 4L * channel;
        for (int t = 0; t < tokens.count(); t++) {
            int position = tokens.positions()[t];
            int first = Math.max(0, earlier - position);
            long row = Lanes.address(x, t) + 4L * col;
            long state = Lanes.address(states, tokens.states()[t]) + 4L * channel;
            int main = channels & -COUNT;
            for (int c = 0; c < main; c += COUNT) {
                FloatVector input = load(row + 4L * c);
                FloatVector sum = FloatVector.zero(Lanes.FLOATS);
                for (int j = first; j < earlier; j++) {
                    int place = (position - earlier + j) % earlier;
                    sum = load(weights + j * stride + 4L * c).fma(load(state + place * stride + 4L * c), sum);
                }
                sum = load(weights + earlier * stride + 4L * c).fma(input, sum);
                if (earlier > 0) {
                    store(input, state + position % earlier * stride + 4L * c);
                }
                store(sum.div(Exponential.of(sum.neg()).add(1f)), row + 4L * c);
            }
            for (int c = main; c < channels; c++) {
                float input = Lanes.get(row + 4L * c);
                float sum = 0;
                for (int j = first; j < earlier; j++) {
                    int place = (position - earlier + j) % earlier;
                    sum = Math.fma(
                            Lanes.get(weights + j * stride + 4L * c), Lanes.get(state + place * stride + 4L * c), sum);
                }
                sum = Math.fma(Lanes.get(weights + earlier * stride + 4L * c), input, sum);
                if (earlier > 0) {
                    Lanes.set(state + position % earlier * stride + 4L * c, input);
                }
                Lanes.set(row + 4L * c, sum / (Exponential.of(-sum) + 1f));
            }
        }
    }

    /** {@link dev.jerboa.kernel.ops.Ops#advance}, checked; all memory is native. */
    public static void advance(
            StepTokens tokens,
            StateHead head,
            FloatRows queries,
            FloatRows keys,
            FloatRows values,
            FloatRows decays,
            FloatRows strengths,
            FloatRows states,
            FloatRows out) {
        int size = head.valueDim();
        for (int t = 0; t < tokens.count(); t++) {
            long state = Lanes.address(states, tokens.states()[t]) + 4L * head.state();
            if (tokens.positions()[t] == 0) {
                Lanes.MEMORY.asSlice(state, 4L * head.keyDim() * size).fill((byte) 0);
            }
            long query = Lanes.address(queries, t) + 4L * head.query();
            long key = Lanes.address(keys, t) + 4L * head.key();
            long value = Lanes.address(values, t) + 4L * head.value();
            long decay = Lanes.address(decays, t) + 4L * head.decay();
            long result = Lanes.address(out, t) + 4L * head.out();
            float strength = head.corrects() ? strengths.get(t, head.strength()) : 1;
            int j = 0;
            for (; j + 4 * COUNT <= size; j += 4 * COUNT) {
                long at = 4L * j;
                four(head, state + at, query, key, value + at, decay, strength, result + at);
            }
            for (; j + COUNT <= size; j += COUNT) {
                long at = 4L * j;
                one(head, state + at, query, key, value + at, decay, strength, result + at);
            }
            for (; j < size; j++) {
                long at = 4L * j;
                alone(head, state + at, query, key, value + at, decay, strength, result + at);
            }
        }
    }

    /** Four vectors of columns. */
    private static void four(
            StateHead head, long state, long query, long key, long value, long decay, float strength, long out) {
        int stride = 4 * head.valueDim();
        int step = head.decayPerChannel() ? 4 : 0;
        long width = 4L * COUNT;
        FloatVector u0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector u1 = u0;
        FloatVector u2 = u0;
        FloatVector u3 = u0;
        long row = state;
        for (int c = 0; c < head.keyDim(); c++, row += stride) {
            FloatVector by = FloatVector.broadcast(Lanes.FLOATS, Lanes.get(decay + (long) c * step));
            FloatVector k = FloatVector.broadcast(Lanes.FLOATS, Lanes.get(key + 4L * c));
            FloatVector s0 = load(row).mul(by);
            FloatVector s1 = load(row + width).mul(by);
            FloatVector s2 = load(row + 2 * width).mul(by);
            FloatVector s3 = load(row + 3 * width).mul(by);
            store(s0, row);
            store(s1, row + width);
            store(s2, row + 2 * width);
            store(s3, row + 3 * width);
            u0 = k.fma(s0, u0);
            u1 = k.fma(s1, u1);
            u2 = k.fma(s2, u2);
            u3 = k.fma(s3, u3);
        }
        u0 = update(head, load(value), u0, strength);
        u1 = update(head, load(value + width), u1, strength);
        u2 = update(head, load(value + 2 * width), u2, strength);
        u3 = update(head, load(value + 3 * width), u3, strength);
        FloatVector o0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector o1 = o0;
        FloatVector o2 = o0;
        FloatVector o3 = o0;
        row = state;
        for (int c = 0; c < head.keyDim(); c++, row += stride) {
            FloatVector q = FloatVector.broadcast(Lanes.FLOATS, Lanes.get(query + 4L * c));
            FloatVector k = FloatVector.broadcast(Lanes.FLOATS, Lanes.get(key + 4L * c));
            FloatVector s0 = k.fma(u0, load(row));
            FloatVector s1 = k.fma(u1, load(row + width));
            FloatVector s2 = k.fma(u2, load(row + 2 * width));
            FloatVector s3 = k.fma(u3, load(row + 3 * width));
            store(s0, row);
            store(s1, row + width);
            store(s2, row + 2 * width);
            store(s3, row + 3 * width);
            o0 = q.fma(s0, o0);
            o1 = q.fma(s1, o1);
            o2 = q.fma(s2, o2);
            o3 = q.fma(s3, o3);
        }
        store(o0, out);
        store(o1, out + width);
        store(o2, out + 2 * width);
        store(o3, out + 3 * width);
    }

    private static FloatVector update(StateHead head, FloatVector value, FloatVector held, float strength) {
        return head.corrects() ? value.sub(held).mul(strength) : value;
    }

    /** A vector of columns. */
    private static void one(
            StateHead head, long state, long query, long key, long value, long decay, float strength, long out) {
        int stride = 4 * head.valueDim();
        int step = head.decayPerChannel() ? 4 : 0;
        FloatVector u = FloatVector.zero(Lanes.FLOATS);
        long row = state;
        for (int c = 0; c < head.keyDim(); c++, row += stride) {
            FloatVector s = load(row).mul(Lanes.get(decay + (long) c * step));
            store(s, row);
            u = FloatVector.broadcast(Lanes.FLOATS, Lanes.get(key + 4L * c)).fma(s, u);
        }
        u = update(head, load(value), u, strength);
        FloatVector o = FloatVector.zero(Lanes.FLOATS);
        row = state;
        for (int c = 0; c < head.keyDim(); c++, row += stride) {
            FloatVector k = FloatVector.broadcast(Lanes.FLOATS, Lanes.get(key + 4L * c));
            FloatVector s = k.fma(u, load(row));
            store(s, row);
            o = FloatVector.broadcast(Lanes.FLOATS, Lanes.get(query + 4L * c)).fma(s, o);
        }
        store(o, out);
    }

    /** A column. */
    private static void alone(
            StateHead head, long state, long query, long key, long value, long decay, float strength, long out) {
        int stride = 4 * head.valueDim();
        int step = head.decayPerChannel() ? 4 : 0;
        float u = 0;
        long row = state;
        for (int c = 0; c < head.keyDim(); c++, row += stride) {
            float s = Lanes.get(row) * Lanes.get(decay + (long) c * step);
            Lanes.set(row, s);
            u = Math.fma(Lanes.get(key + 4L * c), s, u);
        }
        u = head.corrects() ? (Lanes.get(value) - u) * strength : Lanes.get(value);
        float o = 0;
        row = state;
        for (int c = 0; c < head.keyDim(); c++, row += stride) {
            float s = Math.fma(Lanes.get(key + 4L * c), u, Lanes.get(row));
            Lanes.set(row, s);
            o = Math.fma(Lanes.get(query + 4L * c), s, o);
        }
        Lanes.set(out, o);
    }
}
