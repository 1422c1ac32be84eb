package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** What comes before the layer that predicts a token further: tokens and the states before them become its hidden states. */
final class PredictionPart {
    private final Ops ops;
    private final int hidden;
    private final float eps;
    private final Embedding embedding;
    private final FloatRows embeddingNorm;
    private final FloatRows stateNorm;
    private final Linear input;
    /** [embedding | state] of each token, read by the projection. */
    private final Scratch.Form pairs;

    /** @param layer its number among the container's layers */
    PredictionPart(DecoderSpec spec, int layer, WeightReader reader, Embedding embedding, Scratch scratch) {
        this.ops = reader.ops();
        this.hidden = spec.hiddenSize();
        this.eps = spec.normEps();
        this.embedding = embedding;
        this.embeddingNorm = reader.vector(Slot.PREDICTION_EMBEDDING_NORM, layer, hidden);
        this.stateNorm = reader.vector(Slot.PREDICTION_STATE_NORM, layer, hidden);
        this.input = reader.linear(Slot.PREDICTION_INPUT, layer, hidden, 2 * hidden, false, Scratch.Span.PREDICTION);
        this.pairs = scratch.form(Scratch.Span.PREDICTION, "embedding and state", 2 * hidden, List.of(input.weights()));
    }

    /** Sets the hidden states that the layer begins with. Share: by column, so a barrier comes after. */
    void begin(Worker worker, Step step, FloatRows before, FloatRows out) {
        int count = step.count();
        FloatRows pair = pairs.panel().rows();
        FloatRows halves = new FloatRows(pair.data(), 2 * pair.rows(), hidden);
        embedding.rows(worker, step, halves, 2);
        for (int t = worker.from(count, 1), end = worker.to(count, 1); t < end; t++) {
            MemorySegment.copy(
                    before.data(),
                    before.offset(t),
                    halves.data(),
                    halves.offset(2 * t + 1),
                    (long) hidden * Float.BYTES);
        }
        ops.rmsNormInPlace(worker, pair, count, 0, 1, hidden, embeddingNorm, eps);
        ops.rmsNormInPlace(worker, pair, count, hidden, 1, hidden, stateNorm, eps);
        ops.prepare(worker, pairs.panel(), count);
        worker.barrier();
        input.apply(ops, worker, pairs.panel(), count, out, false);
    }
}
