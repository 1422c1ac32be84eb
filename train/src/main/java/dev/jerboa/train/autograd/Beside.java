package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;
import static dev.jerboa.train.autograd.Rows.get;
import static dev.jerboa.train.autograd.Rows.set;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm.Form;
import org.jspecify.annotations.Nullable;

/**
 * A {@link LowRank} beside some rows of a matrix, as one operation applies it, with what its derivative needs.
 *
 * <pre>
 * z = W x + B (s A x)          y = z, or g ∘ z with g = magnitude / ‖W + s B A‖ by rows
 * dz = dy, or g ∘ dy           dB = dz (s A x)ᵀ    dA = (s Bᵀ dz) xᵀ    dx = Wᵀ dz + Aᵀ (s Bᵀ dz)    dm = Σ dy ∘ z / ‖…‖
 * </pre>
 *
 * <p>The norms are taken as constants in the derivative, as DoRA's authors do (section 4.3).
 */
final class Beside {
    private static final int GRAIN = 16;

    private final LowRank what;
    private final Weight base;
    private final int first;
    private final int rows;
    private final Table inner;
    private final Table innerGradient;
    private final @Nullable Lengths lengths;

    /** Of DoRA: {@code z}, later {@code dz}; scale · B; norms and gains, a row each. */
    private record Lengths(Parameter magnitude, Table plain, FloatRows scaled, FloatRows norms, FloatRows gains) {}

    /**
     * What is kept of places, rows of x: matrices that never meet at a place (those of experts) share it.
     *
     * @param inner {@code s A x}
     * @param plain {@code z}, with DoRA; otherwise of no rows
     */
    record Places(Table inner, Table innerGradient, Table plain) {
        static Places of(Tape tape, LowRank what, int rows, int places) {
            return new Places(
                    tape.table(places, what.rank()),
                    tape.table(places, what.rank()).backwardOnly(),
                    tape.table(what.magnitude() == null ? 0 : places, rows));
        }
    }

    /**
     * @param first of {@code rows} rows of the base, and of B and the magnitude
     */
    Beside(Tape tape, LowRank what, Weight base, int first, int rows, Places places) {
        if (what.a().cols() != base.cols() || what.b().rows() != base.rows()) {
            throw new IllegalArgumentException(what.b() + " · " + what.a() + " beside " + base);
        }
        this.what = what;
        this.base = base;
        this.first = first;
        this.rows = rows;
        this.inner = places.inner;
        this.innerGradient = places.innerGradient;
        Parameter magnitude = what.magnitude();
        this.lengths = magnitude == null
                ? null
                : new Lengths(
                        magnitude, places.plain, tape.own(rows, what.rank()), tape.own(1, rows), tape.own(1, rows));
        if (magnitude != null) {
            tape.panel(base.cols());
        }
    }

    private static long row(FloatRows table, int row) {
        return table.data().address() + table.offset(row);
    }

    private static long row(Table table, int row) {
        return table.address(row);
    }

    /** What forward of this step divides by; the same for all its tokens. Ends when it is there for all. */
    void measure(Crew crew) {
        Lengths of = lengths;
        if (of == null) {
            return;
        }
        int r = what.rank();
        for (int i = crew.worker().from(rows, GRAIN); i < crew.worker().to(rows, GRAIN); i++) {
            Rows.setScaled(what.scale(), what.b().address(first + i), row(of.scaled, i), r);
        }
        int cols = base.cols();
        int step = crew.panelRows(cols);
        long panel = crew.panel().address();
        for (int p = 0; p < rows; p += step) {
            int n = Math.min(step, rows - p);
            crew.decode(base, first + p, n);
            crew.multiply(Form.NN, n, cols, r, row(of.scaled, p), r, what.a().address(0), cols, panel, cols, true);
            crew.worker().barrier();
            for (int i = crew.worker().from(n, 1); i < crew.worker().to(n, 1); i++) {
                long at = panel + Float.BYTES * (long) i * cols;
                float norm = (float) Math.sqrt(Rows.dot(at, at, cols));
                of.norms.set(0, p + i, norm);
                of.gains.set(0, p + i, norm == 0 ? 1 : of.magnitude.value().get(0, first + p + i) / norm);
            }
            crew.worker().barrier();
        }
    }

    /** Sets the magnitude to the norms: what DoRA begins with. {@link #measure} comes before. */
    void begin(Crew crew) {
        if (lengths != null) {
            for (int i = crew.worker().from(rows, GRAIN); i < crew.worker().to(rows, GRAIN); i++) {
                lengths.magnitude.value().set(0, first + i, lengths.norms.get(0, i));
            }
        }
    }

    /**
     * Makes {@code y} of {@code W x}, which {@code out} holds for {@code tokens} tokens. A barrier comes before and after.
     *
     * @param place the first token's row in the tables of this
     */
    void forward(Crew crew, int place, int tokens, long x, int ldx, long out, int ldo) {
        int r = what.rank();
        long u = row(inner, place);
        crew.multiply(
                Form.NT,
                tokens,
                r,
                what.a().cols(),
                x,
                ldx,
                what.a().address(0),
                what.a().cols(),
                u,
                r,
                false);
        crew.worker().barrier();
        scale(crew, u, tokens);
        crew.worker().barrier();
        crew.multiply(Form.NT, tokens, rows, r, u, r, what.b().address(first), r, out, ldo, true);
        if (lengths != null) {
            crew.worker().barrier();
            long gains = row(lengths.gains, 0);
            for (int t = crew.worker().from(tokens, 1); t < crew.worker().to(tokens, 1); t++) {
                long y = out + Float.BYTES * (long) t * ldo;
                Rows.copy(y, row(lengths.plain, place + t), rows);
                Rows.setProduct(gains, row(lengths.plain, place + t), y, rows);
            }
        }
    }

    private void scale(Crew crew, long table, int tokens) {
        int r = what.rank();
        for (int t = crew.worker().from(tokens, 1); t < crew.worker().to(tokens, 1); t++) {
            long row = table + Float.BYTES * (long) t * r;
            Rows.setScaled(what.scale(), row, row, r);
        }
    }

    /** Where the rows of {@code dz} lie, {@link #stride} floats apart, given those of dy; learns the magnitude. Ends when all are there. */
    long plainGradient(Crew crew, int place, int tokens, long dy, int ldy) {
        Lengths of = lengths;
        if (of == null) {
            return dy;
        }
        int from = crew.worker().from(rows, GRAIN);
        int to = crew.worker().to(rows, GRAIN);
        for (int i = from; i < to; i++) {
            float norm = of.norms.get(0, i);
            double sum = 0;
            for (int t = 0; t < tokens; t++) {
                sum += (double) get(at(dy, t * ldy + i)) * of.plain.get(place + t, i);
            }
            long m = at(of.magnitude.gradientAddress(0), first + i);
            set(m, (float) (get(m) + (norm == 0 ? 0 : sum / norm)));
        }
        crew.worker().barrier();
        for (int t = crew.worker().from(tokens, 1); t < crew.worker().to(tokens, 1); t++) {
            Rows.setProduct(row(of.gains, 0), dy + Float.BYTES * (long) t * ldy, row(of.plain, place + t), rows);
        }
        crew.worker().barrier();
        return row(of.plain, place);
    }

    /** Floats between rows of {@link #plainGradient}, where those of dy are {@code ldy} apart. */
    int stride(int ldy) {
        return lengths == null ? ldy : rows;
    }

    /** Adds to the gradients of A, B and x. A barrier comes before and after; dx was set. */
    void backward(Crew crew, int place, int tokens, long dz, int ldz, long x, int ldx, long dx, int lddx) {
        int r = what.rank();
        int k = what.a().cols();
        long u = row(inner, place);
        long du = row(innerGradient, place);
        crew.multiply(Form.NN, tokens, r, rows, dz, ldz, what.b().address(first), r, du, r, false);
        crew.worker().barrier();
        crew.multiply(Form.TN, rows, r, tokens, dz, ldz, u, r, what.b().gradientAddress(first), r, true);
        scale(crew, du, tokens);
        crew.worker().barrier();
        crew.multiply(Form.NN, tokens, k, r, du, r, what.a().address(0), k, dx, lddx, true);
        crew.worker().barrier();
        crew.multiply(Form.TN, r, k, tokens, du, r, x, ldx, what.a().gradientAddress(0), k, true);
    }
}
