package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Weights;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code down(function(gate(x), up(x)))}. */
final class GatedPart implements FeedForwardPart {
    private final Ops ops;
    private final UnitFunction function;
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
            UnitFunction function,
            boolean bias,
            int layer,
            DecoderSpec model,
            WeightReader reader,
            Scratch.Span span,
            Scratch.Span rising,
            Scratch scratch) {
        this.ops = reader.ops();
        this.function = function;
        int hidden = model.hiddenSize();
        this.gate = reader.linear(gateSlot, layer, width, hidden, bias, span);
        this.up = reader.linear(upSlot, layer, width, hidden, bias, span);
        this.down = reader.linear(downSlot, layer, hidden, width, bias, span);
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
        rise(worker, count, x, null);
    }

    /** {@link #rise(Worker, int, Panel)}, the unit of each token multiplied by its share. */
    void rise(Worker worker, int count, Panel x, float @Nullable [] shares) {
        gate.apply(ops, worker, x, count, gated.rows(), false);
        up.apply(ops, worker, x, count, raised.rows(), false);
        function.apply(ops, worker, gated.rows(), raised.rows(), 0, count, middle.panel(), shares, 0);
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
