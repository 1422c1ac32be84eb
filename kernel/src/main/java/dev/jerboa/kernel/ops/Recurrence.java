package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.loop.Exponential;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The loops of attention with running states, those of every tier. They go over arrays,
 * which compilers turn into vectors more readily than memory outside the heap; a head's state is copied there once for the tokens of a
 * sequence that follow each other.
 */
final class Recurrence {
    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    /** What a thread works with. */
    private static final class Scratch {
        float[] state = {};
        float[] update = {};
        float[] out = {};
        float[] left = {};
        float[] right = {};

        void reserve(int stateSize, int size) {
            if (state.length < stateSize) {
                state = new float[stateSize];
            }
            if (update.length < size) {
                update = new float[size];
                out = new float[size];
                left = new float[size];
                right = new float[size];
            }
        }
    }

    private Recurrence() {}

    /** {@link Ops#convolve}, checked. */
    static void convolve(
            StepTokens tokens, FloatRows x, int col, int channels, FloatRows w, int channel, FloatRows states) {
        Scratch scratch = SCRATCH.get();
        scratch.reserve(0, channels);
        float[] sums = scratch.out;
        float[] weights = scratch.left;
        float[] inputs = scratch.right;
        int earlier = w.rows() - 1;
        for (int t = 0; t < tokens.count(); t++) {
            int row = tokens.states()[t];
            int position = tokens.positions()[t];
            Arrays.fill(sums, 0, channels, 0);
            for (int j = Math.max(0, earlier - position); j < earlier; j++) {
                int place = (position - earlier + j) % earlier;
                load(w, j, channel, weights, 0, channels);
                load(states, row, place * w.cols() + channel, inputs, 0, channels);
                addProducts(weights, inputs, sums, channels);
            }
            load(w, earlier, channel, weights, 0, channels);
            load(x, t, col, inputs, 0, channels);
            addProducts(weights, inputs, sums, channels);
            if (earlier > 0) {
                store(inputs, 0, states, row, position % earlier * w.cols() + channel, channels);
            }
            for (int c = 0; c < channels; c++) {
                sums[c] = sums[c] / (1 + Exponential.of(-sums[c]));
            }
            store(sums, 0, x, t, col, channels);
        }
    }

    private static void addProducts(float[] a, float[] b, float[] sums, int count) {
        for (int i = 0; i < count; i++) {
            sums[i] = Math.fma(a[i], b[i], sums[i]);
        }
    }

    /** {@link Ops#advance}, checked. */
    static void advance(
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
        int all = head.keyDim() * size;
        Scratch scratch = SCRATCH.get();
        scratch.reserve(all, size);
        float[] state = scratch.state;
        float[] update = scratch.update;
        float[] result = scratch.out;
        float[] value = scratch.left;
        int held = -1;
        for (int t = 0; t < tokens.count(); t++) {
            int row = tokens.states()[t];
            if (row != held) {
                if (held >= 0) {
                    store(state, 0, states, held, head.state(), all);
                }
                load(states, row, head.state(), state, 0, all);
                held = row;
            }
            if (tokens.positions()[t] == 0) {
                Arrays.fill(state, 0, all, 0);
            }
            Arrays.fill(update, 0, size, 0);
            Arrays.fill(result, 0, size, 0);
            for (int c = 0; c < head.keyDim(); c++) {
                float decay = decays.get(t, head.decay() + (head.decayPerChannel() ? c : 0));
                decay(state, c * size, update, size, decay, keys.get(t, head.key() + c));
            }
            load(values, t, head.value(), value, 0, size);
            float strength = head.corrects() ? strengths.get(t, head.strength()) : 1;
            for (int j = 0; j < size; j++) {
                update[j] = head.corrects() ? strength * (value[j] - update[j]) : value[j];
            }
            for (int c = 0; c < head.keyDim(); c++) {
                float query = queries.get(t, head.query() + c);
                take(state, c * size, update, result, size, keys.get(t, head.key() + c), query);
            }
            store(result, 0, out, t, head.out(), size);
        }
        if (held >= 0) {
            store(state, 0, states, held, head.state(), all);
        }
    }

    /** {@code s ← decay · s}, {@code held += key · s}, of a row of a state. */
    private static void decay(float[] state, int at, float[] held, int size, float decay, float key) {
        for (int j = 0; j < size; j++) {
            float s = state[at + j] * decay;
            state[at + j] = s;
            held[j] = Math.fma(key, s, held[j]);
        }
    }

    /** {@code s += key · update}, {@code out += query · s}, of a row of a state. */
    private static void take(float[] state, int at, float[] update, float[] out, int size, float key, float query) {
        for (int j = 0; j < size; j++) {
            float s = Math.fma(key, update[j], state[at + j]);
            state[at + j] = s;
            out[j] = Math.fma(query, s, out[j]);
        }
    }

    private static void load(FloatRows rows, int row, int col, float[] to, int at, int count) {
        MemorySegment.copy(rows.data(), FloatRows.FLOAT, rows.offset(row) + (long) col * Float.BYTES, to, at, count);
    }

    private static void store(float[] from, int at, FloatRows rows, int row, int col, int count) {
        MemorySegment.copy(from, at, rows.data(), FloatRows.FLOAT, rows.offset(row) + (long) col * Float.BYTES, count);
    }
}
