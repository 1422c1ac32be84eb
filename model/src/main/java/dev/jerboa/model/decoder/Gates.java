package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.loop.Exponential;

/** Products with sigmoids, in float32; the same bits in every tier. */
final class Gates {
    private Gates() {}

    static float sigmoid(float x) {
        return 1 / (1 + Exponential.of(-x));
    }

    static float silu(float x) {
        return x / (1 + Exponential.of(-x));
    }

    /** {@code x[t, col + i] *= sigmoid(z[t, gateCol + i])} for i &lt; {@code size}. Share: by token. */
    static void sigmoid(Worker worker, FloatRows x, int col, FloatRows z, int gateCol, int size, int count) {
        for (int t = worker.from(count, 1), end = worker.to(count, 1); t < end; t++) {
            for (int i = 0; i < size; i++) {
                x.set(t, col + i, x.get(t, col + i) * sigmoid(z.get(t, gateCol + i)));
            }
        }
    }

    /** {@code x[t, col + i] = silu(x[t, col + i])} for i &lt; {@code size}. */
    static void silu(FloatRows x, int col, int size, int count) {
        for (int t = 0; t < count; t++) {
            for (int i = col; i < col + size; i++) {
                x.set(t, i, silu(x.get(t, i)));
            }
        }
    }
}
