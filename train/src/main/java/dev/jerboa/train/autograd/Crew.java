package dev.jerboa.train.autograd;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.kernel.ops.Gemm.Form;
import java.lang.foreign.MemorySegment;

/**
 * Who computes a product, with the working memory for it: the whole team together, or one worker alone. Products begin without
 * waiting, and those with a trained matrix end so too: the caller places barriers around them.
 *
 * @param room {@link Gemm#room}
 * @param panel memory for decoded rows of a {@link Frozen} matrix
 */
record Crew(Worker worker, Gemm gemm, MemorySegment room, MemorySegment panel) {
    /** A product of row-major tables by address; see {@link Gemm}. */
    void multiply(
            Form form, int m, int n, int k, long a, int lda, long b, int ldb, long c, int ldc, boolean accumulate) {
        gemm.multiply(worker, form, m, n, k, a, lda, b, ldb, c, ldc, accumulate, room);
    }

    /** {@code out[t] = W · x[t]}, with {@code rows} rows of W from {@code first} on. */
    void forward(Weight w, int first, int rows, int tokens, long x, int ldx, long out, int ldo) {
        int k = w.cols();
        switch (w) {
            case Parameter p -> multiply(Form.NT, tokens, rows, k, x, ldx, p.address(first), k, out, ldo, false);
            case Frozen f
            when f.direct() -> multiply(Form.NT, tokens, rows, k, x, ldx, f.address(first), k, out, ldo, false);
            case Frozen f -> {
                int step = panelRows(k);
                for (int p = 0; p < rows; p += step) {
                    int n = Math.min(step, rows - p);
                    decode(f, first + p, n);
                    multiply(Form.NT, tokens, n, k, x, ldx, panel.address(), k, Rows.at(out, p), ldo, false);
                    worker.barrier();
                }
            }
        }
    }

    /** {@code dx[t] (+)= Wᵀ · dy[t]}, with the same rows. */
    void back(Weight w, int first, int rows, int tokens, long dy, int ldy, long dx, int ldx, boolean adds) {
        int k = w.cols();
        switch (w) {
            case Parameter p -> multiply(Form.NN, tokens, k, rows, dy, ldy, p.address(first), k, dx, ldx, adds);
            case Frozen f
            when f.direct() -> multiply(Form.NN, tokens, k, rows, dy, ldy, f.address(first), k, dx, ldx, adds);
            case Frozen f -> {
                int step = panelRows(k);
                for (int p = 0; p < rows; p += step) {
                    int n = Math.min(step, rows - p);
                    decode(f, first + p, n);
                    multiply(Form.NN, tokens, k, n, Rows.at(dy, p), ldy, panel.address(), k, dx, ldx, adds || p > 0);
                    worker.barrier();
                }
            }
        }
    }

    /** Adds {@code Σ_t dy[t] · x[t]ᵀ} to the gradient of the same rows; nothing for a frozen matrix. */
    void learn(Weight w, int first, int rows, int tokens, long dy, int ldy, long x, int ldx) {
        if (w instanceof Parameter p && p.trained()) {
            int k = w.cols();
            multiply(Form.TN, rows, k, tokens, dy, ldy, x, ldx, p.gradientAddress(first), k, true);
        }
    }

    /** Rows of {@code cols} values that {@link #panel} holds. */
    int panelRows(int cols) {
        return Math.toIntExact(panel.byteSize() / (Float.BYTES * (long) cols));
    }

    /** Puts rows of a matrix into the panel; ends when all are there. */
    void decode(Weight w, int first, int rows) {
        FloatRows into = new FloatRows(panel, rows, w.cols());
        for (int i = worker.from(rows, 1); i < worker.to(rows, 1); i++) {
            switch (w) {
                case Frozen f -> f.decode(first + i, into, i);
                case Parameter p -> Rows.copy(p.address(first + i), Rows.at(panel.address(), i * p.cols()), p.cols());
            }
        }
        worker.barrier();
    }
}
