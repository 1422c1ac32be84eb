package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Panel;

/**
 * The hidden states of a step's tokens, and how sub-layers read them and add to them. Every worker calls the same methods
 * together; site 2l is the attention of layer l, site 2l + 1 its feed-forward unit.
 *
 * <pre>
 * begin → for each site: barrier, read → norm → sub-layer into target → write → barrier, end
 * </pre>
 */
sealed interface ResidualPart permits PlainResidual, ResultResidual, HyperResidual {
    /** Makes views of working memory; once, after {@link Scratch#allocate}. */
    void bind();

    /** Starts from the embeddings of the step's tokens. */
    void begin(Worker worker, Embedding embedding, Step step);

    /**
     * The rows that a site's sub-layer norms and reads, one a token. Of {@link dev.jerboa.kernel.ops.Ops#FEW} tokens at most they
     * are all ready for this worker; of more those of its share by token are. Expects a barrier before.
     */
    FloatRows read(Worker worker, int site, int count);

    /** Where a sub-layer puts its result, one row a token. */
    FloatRows target();

    /** Whether a sub-layer adds to {@link #target} rather than setting it. */
    boolean accumulates();

    /**
     * Takes in what the sub-layer left in {@link #target}. Share: by column, as the sub-layer's output projection.
     *
     * @param normed what the sub-layer read, ready for this worker
     */
    void write(Worker worker, int site, int count, Panel normed);

    /** The hidden states that the prediction is made of, one a token, ready for every worker. Expects a barrier before. */
    FloatRows end(Worker worker, int count);

    /** What one token takes of weights. */
    TokenWork work();
}
