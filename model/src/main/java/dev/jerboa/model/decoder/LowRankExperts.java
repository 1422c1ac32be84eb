package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Selection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What adaptations add to one projection of each expert, for runs of an expert's places whose tokens have the same adaptation. */
final class LowRankExperts {
    private final Ops ops;
    private final AdaptedTokens tokens;
    private final List<List<@Nullable LowRankPair>> pairs;

    /** @param pairs by expert, then by the number of the adaptation */
    LowRankExperts(Ops ops, AdaptedTokens tokens, List<List<@Nullable LowRankPair>> pairs) {
        this.ops = ops;
        this.tokens = tokens;
        this.pairs = pairs;
    }

    private @Nullable LowRankPair pair(int expert, int token) {
        int adaptation = tokens.at(token);
        return adaptation == AdaptedTokens.NONE ? null : pairs.get(expert).get(adaptation);
    }

    private int end(ExpertsPart.Choices choices, int place, int to) {
        int end = place + 1;
        while (end < to && tokens.at(choices.tokenAt[end]) == tokens.at(choices.tokenAt[place])) {
            end++;
        }
        return end;
    }

    /**
     * {@code A x} of this worker's share of all places. A barrier comes after.
     *
     * @param index whose row of {@code x} belongs to a place; empty where the place's own does
     */
    void begin(Worker worker, ExpertsPart.Choices choices, int[] index, Panel x) {
        int experts = pairs.size();
        int places = choices.starts[experts];
        int first = worker.from(places, 1);
        int last = worker.to(places, 1);
        for (int e = 0; e < experts; e++) {
            int to = Math.min(last, choices.starts[e + 1]);
            for (int from = Math.max(first, choices.starts[e]); from < to; ) {
                int end = end(choices, from, to);
                LowRankPair pair = pair(e, choices.tokenAt[from]);
                if (pair != null) {
                    FloatRows inner = pair.shared().panel().rows();
                    ops.product(Worker.alone(), pair.a(), x, index, from, end - from, inner, from, false);
                }
                from = end;
            }
        }
    }

    /** Adds to an expert's rows of {@code out}. Share: by output column. */
    void add(Worker worker, ExpertsPart.Choices choices, int expert, FloatRows out) {
        int to = choices.starts[expert + 1];
        for (int from = choices.starts[expert]; from < to; ) {
            int end = end(choices, from, to);
            LowRankPair pair = pair(expert, choices.tokenAt[from]);
            if (pair != null) {
                ops.product(worker, pair.b(), pair.shared().panel(), Selection.ALL, from, end - from, out, from, true);
            }
            from = end;
        }
    }
}
