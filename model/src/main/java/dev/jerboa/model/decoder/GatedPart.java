package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Weights;
import java.util.List;

/** {@code down(activation(gate(x)) · up(x))}. */
final class GatedPart implements FeedForwardPart {
    private final Ops ops;
    private final Activation activation;
    private final float limit;
    private final Linear gate;
    private final Linear up;
    private final Linear down;
    private final Scratch.Table gated;
    private final Scratch.Table raised;
    private final Scratch.Form middle;

    /**
     * @param limit see {@link FeedForwardSpec.Gated}
     * @param span when the unit runs, which tells the dense one from the one that runs beside experts
     * @param rising the part of it before the down projection
     */
    GatedPart(
            Slot gateSlot,
            Slot upSlot,
            Slot downSlot,
            int width,
            Activation activation,
            float limit,
            int layer,
            DecoderSpec model,
            WeightReader reader,
            Scratch.Span span,
            Scratch.Span rising,
            Scratch scratch) {
        this.ops = reader.ops();
        this.activation = activation;
        this.limit = limit;
        int hidden = model.hiddenSize();
        this.gate = reader.linear(gateSlot, layer, width, hidden, false, span);
        this.up = reader.linear(upSlot, layer, width, hidden, false, span);
        this.down = reader.linear(downSlot, layer, hidden, width, false, span);
        this.gated = scratch.table(span, span + " gate", width, 1);
        this.raised = scratch.table(rising, span + " up", width, 1);
        this.middle = scratch.form(gated, List.of(down.weights()));
    }

    @Override
    public List<Weights> consumers() {
        return List.of(gate.weights(), up.weights());
    }

    @Override
    public void forward(Worker worker, int count, Panel x, FloatRows out, boolean accumulate) {
        rise(worker, count, x);
        worker.barrier();
        fall(worker, count, out, accumulate);
    }

    /** Gate, up and activation; a barrier comes between this and {@link #fall}. */
    void rise(Worker worker, int count, Panel x) {
        gate.apply(ops, worker, x, count, gated.rows(), false);
        up.apply(ops, worker, x, count, raised.rows(), false);
        UnitLimit.apply(worker, limit, gated.rows(), raised.rows(), 0, count);
        ops.gatedUnit(worker, activation, gated.rows(), raised.rows(), 0, count, middle.panel());
    }

    /** The down projection into {@code out}. */
    void fall(Worker worker, int count, FloatRows out, boolean accumulate) {
        down.apply(ops, worker, middle.panel(), count, out, accumulate);
    }

    @Override
    public TokenWork work() {
        return TokenWork.of(gate).plus(TokenWork.of(up)).plus(TokenWork.of(down));
    }
}
