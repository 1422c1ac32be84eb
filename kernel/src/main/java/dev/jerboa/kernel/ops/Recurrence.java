package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.loop.Exponential;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The plain loops of attention with running states: the reference, and what tiers without loops of their own run. */
final class Recurrence {
    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    /** Rows of one head's values. */
    private static final class Scratch {
        float[] update = {};
        float[] out = {};

        void reserve(int size) {
            if (update.length < size) {
                update = new float[size];
                out = new float[size];
            }
        }
    }

    private Recurrence() {}

    /** {@link Ops#convolve}, checked. */
    static void convolve(
            StepTokens tokens, FloatRows x, int col, int channels, FloatRows w, int channel, FloatRows states) {
        int earlier = w.rows() - 1;
        for (int t = 0; t < tokens.count(); t++) {
            int row = tokens.states()[t];
            int position = tokens.positions()[t];
            for (int c = 0; c < channels; c++) {
                int at = channel + c;
                float input = x.get(t, col + c);
                float sum = 0;
                for (int j = Math.max(0, earlier - position); j < earlier; j++) {
                    int place = (position - earlier + j) % earlier;
                    sum = Math.fma(w.get(j, at), states.get(row, place * w.cols() + at), sum);
                }
                sum = Math.fma(w.get(earlier, at), input, sum);
                if (earlier > 0) {
                    states.set(row, position % earlier * w.cols() + at, input);
                }
                x.set(t, col + c, sum / (1 + Exponential.of(-sum)));
            }
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
        scratch.reserve(size);
        float[] update = scratch.update;
        float[] result = scratch.out;
        for (int t = 0; t < tokens.count(); t++) {
            long state = states.offset(tokens.states()[t]) + (long) head.state() * Float.BYTES;
            MemorySegment memory = states.data();
            if (tokens.positions()[t] == 0) {
                memory.asSlice(state, (long) head.keyDim() * size * Float.BYTES).fill((byte) 0);
            }
            Arrays.fill(update, 0, size, 0);
            Arrays.fill(result, 0, size, 0);
            for (int c = 0; c < head.keyDim(); c++) {
                long row = state + (long) c * size * Float.BYTES;
                float decay = decays.get(t, head.decay() + (head.decayPerChannel() ? c : 0));
                float key = keys.get(t, head.key() + c);
                for (int j = 0; j < size; j++) {
                    float s = memory.get(FloatRows.FLOAT, row + 4L * j) * decay;
                    memory.set(FloatRows.FLOAT, row + 4L * j, s);
                    update[j] = Math.fma(key, s, update[j]);
                }
            }
            float strength = head.corrects() ? strengths.get(t, head.strength()) : 1;
            for (int j = 0; j < size; j++) {
                float value = values.get(t, head.value() + j);
                update[j] = head.corrects() ? strength * (value - update[j]) : value;
            }
            for (int c = 0; c < head.keyDim(); c++) {
                long row = state + (long) c * size * Float.BYTES;
                float query = queries.get(t, head.query() + c);
                float key = keys.get(t, head.key() + c);
                for (int j = 0; j < size; j++) {
                    float s = Math.fma(key, update[j], memory.get(FloatRows.FLOAT, row + 4L * j));
                    memory.set(FloatRows.FLOAT, row + 4L * j, s);
                    result[j] = Math.fma(query, s, result[j]);
                }
            }
            MemorySegment.copy(
                    result, 0, out.data(), FloatRows.FLOAT, out.offset(t) + (long) head.out() * Float.BYTES, size);
        }
    }
}
