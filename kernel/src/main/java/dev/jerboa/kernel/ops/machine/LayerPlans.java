package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.ops.KvLayer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * What was worked out for layers' caches, found again without a lookup: layers come in the same order each step, so that the
 * next one is looked for behind the last one. Keeps up to {@value #MOST}, then starts anew. An instance is one thread's.
 */
final class LayerPlans<P> {
    private static final int MOST = 1024;

    private final List<KvLayer> layers = new ArrayList<>();
    private final List<P> plans = new ArrayList<>();
    private int next;

    /** The plan for {@code layer}, the very same object; {@code maker} makes it the first time. */
    P get(KvLayer layer, Supplier<P> maker) {
        for (int i = 0; i < layers.size(); i++) {
            int at = next + i < layers.size() ? next + i : next + i - layers.size();
            if (layers.get(at) == layer) {
                next = at + 1 < layers.size() ? at + 1 : 0;
                return plans.get(at);
            }
        }
        P plan = maker.get();
        if (layers.size() == MOST) {
            layers.clear();
            plans.clear();
        }
        layers.add(layer);
        plans.add(plan);
        next = 0;
        return plan;
    }
}
