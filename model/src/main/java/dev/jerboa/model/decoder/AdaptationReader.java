package dev.jerboa.model.decoder;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Weights;
import dev.jerboa.model.ModelException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes the low-rank products of a decoder's adaptations, slot by slot. */
final class AdaptationReader {
    private static final int NO_EXPERT = -1;

    private final List<Adaptation> adaptations;
    private final Ops ops;
    private final Arena arena;
    private final Scratch scratch;
    private final AdaptedTokens tokens = new AdaptedTokens();

    AdaptationReader(List<Adaptation> adaptations, Ops ops, Arena arena, Scratch scratch) {
        this.adaptations = adaptations;
        this.ops = ops;
        this.arena = arena;
        this.scratch = scratch;
    }

    /** Which adaptation each token of the running step has. */
    AdaptedTokens tokens() {
        return tokens;
    }

    /** What is beside a projection; null where nothing is. */
    @Nullable
    LowRankProducts products(Slot slot, int layer, Scratch.Span span, Weights base) {
        List<@Nullable LowRankPair> pairs = new ArrayList<>();
        for (Adaptation adaptation : adaptations) {
            pairs.add(pair(adaptation.beside(slot, layer, NO_EXPERT), base, slot, span, 0));
        }
        return pairs.stream().anyMatch(Objects::nonNull) ? new LowRankProducts(ops, tokens, pairs) : null;
    }

    /** What is beside the projections of experts; null where nothing is. */
    @Nullable
    LowRankExperts experts(Slot slot, int layer, int perToken, List<Weights> bases) {
        List<List<@Nullable LowRankPair>> all = new ArrayList<>();
        boolean some = false;
        for (int e = 0; e < bases.size(); e++) {
            List<@Nullable LowRankPair> pairs = new ArrayList<>();
            for (Adaptation adaptation : adaptations) {
                LowRankPair pair =
                        pair(adaptation.beside(slot, layer, e), bases.get(e), slot, Scratch.Span.EXPERTS, perToken);
                some |= pair != null;
                pairs.add(pair);
            }
            all.add(pairs);
        }
        return some ? new LowRankExperts(ops, tokens, all) : null;
    }

    /** @param perToken places a token, 0 for a projection that all tokens pass */
    private @Nullable LowRankPair pair(
            Adaptation.@Nullable Product product, Weights base, Slot slot, Scratch.Span span, int perToken) {
        if (product == null) {
            return null;
        }
        int rank = product.a().rows();
        if (product.a().cols() != base.cols()
                || product.b().rows() != base.rows()
                || product.b().cols() != rank) {
            throw new ModelException("an adaptation of " + slot + " is for "
                    + product.b().rows() + " × " + product.a().cols() + " of rank " + rank + ", expected " + base.rows()
                    + " × " + base.cols());
        }
        Weights a = weights(product.a(), 1);
        Weights b = weights(product.b(), product.scale());
        String purpose = "rank " + rank + " beside " + slot + " in " + span;
        Scratch.Form shared = scratch.form(span, purpose, rank, Math.max(1, perToken), List.of(b));
        List<Scratch.Form> own = new ArrayList<>();
        for (int w = 0; perToken == 0 && w < scratch.workers(); w++) {
            own.add(scratch.form(scratch.few(span, purpose + " of worker " + w, rank, 1), List.of(b)));
        }
        return new LowRankPair(a, b, shared, own);
    }

    private Weights weights(FloatRows rows, float scale) {
        FloatRows scaled = FloatRows.allocate(arena, rows.rows(), rows.cols());
        for (int r = 0; r < rows.rows(); r++) {
            for (int c = 0; c < rows.cols(); c++) {
                scaled.set(r, c, scale * rows.get(r, c));
            }
        }
        Matrix matrix = new Matrix(DType.F32, rows.rows(), rows.cols(), scaled.data());
        return ops.weights(matrix, Ops.Precision.EXACT, arena);
    }
}
