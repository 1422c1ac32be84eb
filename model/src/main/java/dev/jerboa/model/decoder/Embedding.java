package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.kernel.ops.Ops;

/**
 * The rows that tokens begin with, read from the file. A row brings its whole neighbourhood into this process, so where nothing
 * else reads the matrix in place its pages are given back every {@value #ROWS_HELD} rows of a worker: they stay in the system's cache.
 */
final class Embedding {
    private static final int ROWS_HELD = 32;

    private final Ops ops;
    private final Matrix matrix;
    private final float scale;
    private final boolean release;
    /** Rows that each worker read since it released them last. */
    private final int[] held;

    /**
     * @param scale what rows are multiplied by
     * @param shared whether products read the matrix in place too
     */
    Embedding(Ops ops, Matrix matrix, float scale, boolean shared, int workers) {
        this.ops = ops;
        this.matrix = matrix;
        this.scale = scale;
        this.held = new int[workers];
        this.release = !shared && matrix.data().isMapped() && matrix.data().isReadOnly();
    }

    long rowBytes() {
        return matrix.rowBytes();
    }

    /** Decodes the rows of a step's tokens into every {@code stride}-th row of {@code out}. Share: by token. */
    void rows(Worker worker, Step step, FloatRows out, int stride) {
        int to = worker.to(step.count(), 1);
        for (int t = worker.from(step.count(), 1); t < to; t++) {
            ops.embed(matrix, step.id(t), out, t * stride);
            if (scale != 1) {
                UnitFunction.scale(out, t * stride, 0, out.cols(), scale);
            }
            if (release && ++held[worker.id()] == ROWS_HELD) {
                held[worker.id()] = 0;
                NativePages.release(matrix.data());
            }
        }
    }
}
