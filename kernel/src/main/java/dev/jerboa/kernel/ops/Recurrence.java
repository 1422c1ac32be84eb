package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.loop.Exponential;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The loops of attention with running states, those of every tier. They go over arrays, each from its beginning, which the compiler can
 * turn into vectors as it cannot memory outside the heap or arrays from different places; a head's state is copied there once for the
 * tokens of a sequence that follow each other.
 */
final class Recurrence {
    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    /** What a thread works with. */
    private static final class Scratch {
        /** A row for each channel of a key. */
        float[][] state = {};

        float[] update = {};
        float[] out = {};
        float[] left = {};
        float[] right = {};

        void reserve(int channels, int size) {
            int width = state.length == 0 ? 0 : state[0].length;
            if (state.length < channels || channels > 0 && width < size) {
                state = new float[Math.max(channels, state.length)][Math.max(size, width)];
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
        Scratch scratch = SCRATCH.get();
        scratch.reserve(head.keyDim(), size);
        float[][] state = scratch.state;
        float[] update = scratch.update;
        float[] result = scratch.out;
        float[] value = scratch.left;
        int held = -1;
        for (int t = 0; t < tokens.count(); t++) {
            int row = tokens.states()[t];
            if (row != held) {
                if (held >= 0) {
                    store(state, states, held, head);
                }
                load(states, row, head, state);
                held = row;
            }
            for (int c = 0; tokens.positions()[t] == 0 && c < head.keyDim(); c++) {
                Arrays.fill(state[c], 0, size, 0);
            }
            Arrays.fill(update, 0, size, 0);
            Arrays.fill(result, 0, size, 0);
            for (int c = 0; c < head.keyDim(); c++) {
                float decay = decays.get(t, head.decay() + (head.decayPerChannel() ? c : 0));
                decay(state[c], update, size, decay, keys.get(t, head.key() + c));
            }
            load(values, t, head.value(), value, 0, size);
            float strength = head.corrects() ? strengths.get(t, head.strength()) : 1;
            for (int j = 0; j < size; j++) {
                update[j] = head.corrects() ? strength * (value[j] - update[j]) : value[j];
            }
            for (int c = 0; c < head.keyDim(); c++) {
                float query = queries.get(t, head.query() + c);
                take(state[c], update, result, size, keys.get(t, head.key() + c), query);
            }
            store(result, 0, out, t, head.out(), size);
        }
        if (held >= 0) {
            store(state, states, held, head);
        }
    }

    private static void load(FloatRows states, int row, StateHead head, float[][] to) {
        for (int c = 0; c < head.keyDim(); c++) {
            load(states, row, head.state() + c * head.valueDim(), to[c], 0, head.valueDim());
        }
    }

    private static void store(float[][] from, FloatRows states, int row, StateHead head) {
        for (int c = 0; c < head.keyDim(); c++) {
            store(from[c], 0, states, row, head.state() + c * head.valueDim(), head.valueDim());
        }
    }

    /** {@code s ← decay · s}, {@code held += key · s}, of a row of a state. */
    private static void decay(float[] state, float[] held, int size, float decay, float key) {
        for (int j = 0; j < size; j++) {
            float s = state[j] * decay;
            state[j] = s;
            held[j] = Math.fma(key, s, held[j]);
        }
    }

    /** {@code s += key · update}, {@code out += query · s}, of a row of a state. */
    private static void take(float[] state, float[] update, float[] out, int size, float key, float query) {
        for (int j = 0; j < size; j++) {
            float s = Math.fma(key, update[j], state[j]);
            state[j] = s;
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
