package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.Weights;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A layer's selection of positions, and attention over them: what a part with a {@link SelectionSpec} asks in its flow.
 *
 * <pre>
 * {@link #project}, {@link #projectLatent} → barrier → {@link #turn} → barrier → {@link #attend} → barrier
 * </pre>
 *
 * @param indexer null where the layer shares what another has chosen
 */
record Selecting(@Nullable Indexer indexer, SparseAttention attention) {
    /** The weights that read the normed hidden state. */
    List<Weights> consumers() {
        return indexer == null ? List.of() : indexer.consumers();
    }

    /** The weights that read the normed query latent. */
    List<Weights> latentConsumers() {
        return indexer == null ? List.of() : indexer.latentConsumers();
    }

    void project(Worker worker, StepTokens tokens, Panel x) {
        if (indexer != null) {
            indexer.project(worker, tokens, x);
        }
    }

    void projectLatent(Worker worker, StepTokens tokens, Panel latent) {
        if (indexer != null) {
            indexer.projectLatent(worker, tokens, latent);
        }
    }

    void turn(Worker worker, StepTokens tokens, KvLayer cache) {
        if (indexer != null) {
            indexer.turn(worker, tokens, cache);
        }
    }

    void attend(Worker worker, StepTokens tokens, FloatRows queries, KvLayer cache, FloatRows out) {
        if (indexer != null && indexer.pools()) {
            indexer.pool(worker, tokens, cache);
            worker.barrier();
        }
        if (indexer != null && attention.chooses(tokens)) {
            indexer.choose(worker, tokens, cache);
            worker.barrier();
        }
        attention.attend(worker, tokens, queries, cache, out);
    }

    TokenWork work() {
        return indexer == null ? TokenWork.NONE : indexer.work();
    }

    void reach(int positions) {
        if (indexer != null) {
            indexer.reach(positions);
        }
    }
}
