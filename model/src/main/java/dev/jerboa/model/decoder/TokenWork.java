package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Weights;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one token takes of weights.
 *
 * @param bytes bytes read, as held in memory
 * @param multiplyAdds weights multiplied and added, whatever form they are held in
 */
record TokenWork(long bytes, long multiplyAdds) {
    static final TokenWork NONE = new TokenWork(0, 0);

    static TokenWork of(Weights weights) {
        return new TokenWork(weights.bytes(), (long) weights.rows() * weights.cols());
    }

    /** Of a table of float32. */
    static TokenWork of(FloatRows table) {
        long values = (long) table.rows() * table.cols();
        return new TokenWork(values * Float.BYTES, values);
    }

    /** Of a projection, or nothing. */
    static TokenWork of(@Nullable Linear linear) {
        return linear == null ? NONE : of(linear.weights());
    }

    /** Of {@code used} of these weights, which are alike. */
    static TokenWork of(List<Weights> weights, int used) {
        TokenWork all = NONE;
        for (Weights one : weights) {
            all = all.plus(of(one));
        }
        return new TokenWork(all.bytes / weights.size() * used, all.multiplyAdds / weights.size() * used);
    }

    TokenWork plus(TokenWork other) {
        return new TokenWork(bytes + other.bytes, multiplyAdds + other.multiplyAdds);
    }
}
