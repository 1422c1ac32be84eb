package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.StateHead;
import dev.jerboa.kernel.ops.StepTokens;
import dev.jerboa.kernel.ops.Weights;
import java.util.List;

/**
 * Lightning attention.
 *
 * <pre>
 * x → heads of [q | k | v], gate → SiLU → by head: state → norm over all heads, gate → output projection → out
 * </pre>
 *
 * A worker takes heads through all tokens, in order.
 */
final class LightningPart implements AttentionPart {
    private final Ops ops;
    private final AttentionSpec.Lightning spec;
    private final Linear inputs;
    private final Linear gate;
    private final Linear output;
    private final FloatRows norm;
    private final Scratch.Table projected;
    private final Scratch.Table gates;
    private final Scratch.Form attended;
    private final StateHead[] heads;

    /** One row for each token of a step, all alike: each head's decay. */
    private final FloatRows decays;

    LightningPart(AttentionSpec.Lightning spec, int layer, DecoderSpec model, WeightReader reader, Scratch scratch) {
        this.ops = reader.ops();
        this.spec = spec;
        int hidden = model.hiddenSize();
        int width = spec.heads() * spec.headDim();
        Scratch.Span span = Scratch.Span.ATTENTION;
        this.inputs = reader.linear(Slot.STATE_INPUTS_BY_HEAD, layer, 3 * width, hidden, false, span);
        this.gate = reader.linear(Slot.STATE_GATE, layer, width, hidden, false, span);
        this.output = reader.linear(Slot.STATE_OUTPUT, layer, hidden, width, false, span);
        this.norm = reader.vector(Slot.STATE_NORM, layer, width);
        this.projected = scratch.table(span, "state inputs", 3 * width, 1);
        this.gates = scratch.table(span, "state gates", width, 1);
        this.attended = scratch.form(span, "attended", width, List.of(output.weights()));
        this.heads = new StateHead[spec.heads()];
        this.decays = FloatRows.allocate(reader.arena(), scratch.maxTokens(), spec.heads());
        int size = spec.headDim();
        for (int h = 0; h < heads.length; h++) {
            int at = 3 * h * size;
            heads[h] = new StateHead(
                    size, size, at, at + size, at + 2 * size, h, false, 0, false, h * size * size, h * size);
            for (int t = 0; t < decays.rows(); t++) {
                decays.set(t, h, (float) Math.exp(-spec.slope(h)));
            }
        }
    }

    @Override
    public List<Weights> consumers() {
        return List.of(inputs.weights(), gate.weights());
    }

    @Override
    public void forward(Worker worker, StepTokens tokens, Panel x, KvLayer cache, FloatRows out, boolean accumulate) {
        int count = tokens.count();
        FloatRows qkv = projected.rows();
        FloatRows mixed = attended.panel().rows();
        inputs.apply(ops, worker, x, count, qkv, false);
        gate.apply(ops, worker, x, count, gates.rows(), false);
        worker.barrier();
        int each = 3 * spec.headDim();
        for (int h = worker.from(spec.heads(), 1), end = worker.to(spec.heads(), 1); h < end; h++) {
            Gates.silu(qkv, h * each, each, count);
            ops.advance(tokens, heads[h], qkv, qkv, qkv, decays, decays, cache.states(), mixed);
        }
        worker.barrier();
        int width = spec.heads() * spec.headDim();
        ops.rmsNormInPlace(worker, mixed, count, 0, 1, width, norm, spec.normEps());
        Gates.sigmoid(worker, mixed, 0, gates.rows(), 0, width, count);
        ops.prepare(worker, attended.panel(), count);
        worker.barrier();
        output.apply(ops, worker, attended.panel(), count, out, accumulate);
    }

    @Override
    public TokenWork work() {
        return TokenWork.of(inputs).plus(TokenWork.of(gate)).plus(TokenWork.of(output));
    }

    @Override
    public void reach(int positions) {
        // states know no positions
    }
}
