package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Selection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What adaptations add to one projection: {@code B (A x)} in float32, for each run of tokens with the same adaptation.
 *
 * <p>{@code A x} has few columns. Of a few tokens each worker computes all of it for itself, which takes less time than a barrier; of
 * more each computes a share, and all wait. {@code B u} is shared by output column like the projection itself, so nobody waits
 * between the two.
 */
final class LowRankProducts {
    private final Ops ops;
    private final AdaptedTokens tokens;
    private final List<@Nullable LowRankPair> pairs;

    /** @param pairs by the number of the adaptation; null where it leaves the projection alone */
    LowRankProducts(Ops ops, AdaptedTokens tokens, List<@Nullable LowRankPair> pairs) {
        this.ops = ops;
        this.tokens = tokens;
        this.pairs = pairs;
    }

    private @Nullable LowRankPair pair(int token) {
        int adaptation = tokens.at(token);
        return adaptation == AdaptedTokens.NONE ? null : pairs.get(adaptation);
    }

    /** Adds to the first {@code count} rows of {@code out}, which the projection was written to by the same share. */
    void add(Worker worker, Panel x, int count, FloatRows out) {
        if (!tokens.any()) {
            return;
        }
        boolean few = count <= Ops.FEW;
        for (int from = 0; from < count; from = tokens.end(from, count)) {
            LowRankPair pair = pair(from);
            int n = tokens.end(from, count) - from;
            if (pair != null) {
                int first = few ? 0 : worker.from(n, 1);
                int last = few ? n : worker.to(n, 1);
                FloatRows inner = pair.inner(worker, few).rows();
                ops.product(
                        Worker.alone(),
                        pair.a(),
                        x,
                        Selection.ALL,
                        from + first,
                        last - first,
                        inner,
                        from + first,
                        false);
            }
        }
        if (!few) {
            worker.barrier();
        }
        for (int from = 0; from < count; from = tokens.end(from, count)) {
            LowRankPair pair = pair(from);
            int n = tokens.end(from, count) - from;
            if (pair != null) {
                ops.product(worker, pair.b(), pair.inner(worker, few), Selection.ALL, from, n, out, from, true);
            }
        }
    }
}
