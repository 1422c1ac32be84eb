package dev.jerboa.train.autograd;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.FLOATS;
import static dev.jerboa.kernel.ops.vector.Lanes.get;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.set;
import static dev.jerboa.kernel.ops.vector.Lanes.store;
import static dev.jerboa.train.autograd.Rows.at;

import dev.jerboa.kernel.ops.vector.Exponential;
import jdk.incubator.vector.FloatVector;

/** {@code out = silu(gate) · up}, with {@code silu(g) = g / (1 + e^−g)}. */
public final class GatedUnit implements Op {
    private final Input gate;
    private final Input up;
    private final Tensor out;

    /** Adds itself to the tape. */
    public GatedUnit(Tape tape, Tensor gate, Tensor up) {
        this.gate = tape.use(gate);
        this.up = tape.use(up);
        this.out = tape.tensor("gated " + up.name(), gate.cols());
        tape.add(this);
    }

    public Tensor out() {
        return out;
    }

    @Override
    public void forward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            forward(gate.address(t), up.address(t), out.address(t), out.cols());
        }
    }

    @Override
    public void backward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            backward(
                    gate.address(t),
                    up.address(t),
                    out.gradientAddress(t),
                    gate.gradientAddress(t),
                    gate.adds(),
                    up.gradientAddress(t),
                    up.adds(),
                    out.cols());
        }
    }

    /** {@code out = silu(gate) · up} for n values. */
    static void forward(long gate, long up, long out, int n) {
        int i = 0;
        for (; i + COUNT <= n; i += COUNT) {
            FloatVector g = load(at(gate, i));
            FloatVector s = g.div(Exponential.of(g.neg()).add(1f));
            store(s.mul(load(at(up, i))), at(out, i));
        }
        for (; i < n; i++) {
            float g = get(at(gate, i));
            set(at(out, i), g / (Exponential.of(-g) + 1f) * get(at(up, i)));
        }
    }

    /** The gradients of gate and up from that of the output. The output's may be overwritten by one of them. */
    static void backward(long gate, long up, long dOut, long dGate, boolean gateAdds, long dUp, boolean upAdds, int n) {
        FloatVector one = FloatVector.broadcast(FLOATS, 1f);
        int i = 0;
        for (; i + COUNT <= n; i += COUNT) {
            FloatVector g = load(at(gate, i));
            FloatVector d = load(at(dOut, i));
            FloatVector sigma = one.div(Exponential.of(g.neg()).add(1f));
            FloatVector silu = g.mul(sigma);
            FloatVector slope = silu.fma(one.sub(sigma), sigma);
            FloatVector ofUp = d.mul(silu);
            FloatVector ofGate = d.mul(load(at(up, i))).mul(slope);
            store(gateAdds ? ofGate.add(load(at(dGate, i))) : ofGate, at(dGate, i));
            store(upAdds ? ofUp.add(load(at(dUp, i))) : ofUp, at(dUp, i));
        }
        for (; i < n; i++) {
            float g = get(at(gate, i));
            float d = get(at(dOut, i));
            float sigma = 1f / (Exponential.of(-g) + 1f);
            float silu = g * sigma;
            float slope = Math.fma(silu, 1f - sigma, sigma);
            float ofUp = d * silu;
            float ofGate = d * get(at(up, i)) * slope;
            set(at(dGate, i), gateAdds ? ofGate + get(at(dGate, i)) : ofGate);
            set(at(dUp, i), upAdds ? ofUp + get(at(dUp, i)) : ofUp);
        }
    }
}
