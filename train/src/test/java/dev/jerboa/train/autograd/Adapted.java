package dev.jerboa.train.autograd;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.OpsProvider;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A matrix with a low-rank product beside it, on a trial's tape and as one matrix in doubles. */
final class Adapted {
    private static final float SCALE = 1.5f;

    /** What the base is stored as; null for one that is trained. */
    record Kind(@Nullable DType base, int rank, boolean magnitudes) {}

    private final String name;
    private final Kind kind;
    private final int ins;
    private final Weight weight;
    private final LowRank beside;
    private final double[] frozen;
    private double @Nullable [] norms;

    Adapted(Trial trial, String name, Kind kind, int rows, int ins) {
        this.name = name;
        this.kind = kind;
        this.ins = ins;
        DType type = kind.base;
        float[] decoded = new float[type == null ? 0 : rows * ins];
        if (type == null) {
            this.weight = trial.parameter(name, 0.5, rows, ins);
        } else {
            float[] values = new float[rows * ins];
            Random random = new Random(name.hashCode());
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextFloat() - 0.5f;
            }
            MemorySegment data = trial.arena.allocate(type.bytes(values.length), 64);
            type.encode(values, 0, values.length, data, 0);
            type.decode(data, 0, decoded, 0, values.length);
            this.weight = new Frozen(name, new Matrix(type, rows, ins, data), OpsProvider.ops());
        }
        this.frozen = new double[decoded.length];
        for (int i = 0; i < decoded.length; i++) {
            frozen[i] = decoded[i];
        }
        Parameter a = trial.parameter(name + ".a", 0.5, kind.rank, ins);
        Parameter b = trial.parameter(name + ".b", 0.5, rows, kind.rank);
        this.beside = new LowRank(a, b, SCALE, kind.magnitudes ? trial.parameter(name + ".m", 1, rows) : null);
    }

    Weight weight() {
        return weight;
    }

    LowRank beside() {
        return beside;
    }

    /** The matrix that both make together. Norms are those of the first call: the derivative takes them as constants. */
    double[] matrix(Trial.Values values) {
        double[] w = (kind.base == null ? values.get(name) : frozen).clone();
        double[] a = values.get(name + ".a");
        double[] b = values.get(name + ".b");
        int rows = w.length / ins;
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < kind.rank; j++) {
                for (int i = 0; i < ins; i++) {
                    w[r * ins + i] += SCALE * b[r * kind.rank + j] * a[j * ins + i];
                }
            }
        }
        if (!kind.magnitudes) {
            return w;
        }
        if (norms == null) {
            norms = new double[rows];
            for (int i = 0; i < w.length; i++) {
                norms[i / ins] += w[i] * w[i];
            }
        }
        double[] m = values.get(name + ".m");
        for (int i = 0; i < w.length; i++) {
            w[i] *= m[i / ins] / Math.sqrt(norms[i / ins]);
        }
        return w;
    }
}
