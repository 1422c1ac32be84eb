package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.stride;

import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.Value;

/** {@code out = silu(gate) · up}, with {@code silu(g) = g / (1 + e^−g)}. */
public final class GatedUnit implements Op {
    private static final int GATE = 0;
    private static final int UP = 1;
    private static final int OUT = 2;
    private static final int D_GATE = 3;
    private static final int D_UP = 4;

    private static final Loop FORWARD = Rows.loop("gated unit", l -> {
        Value g = l.load(GATE);
        l.store(OUT, g.mul(g.sigmoid()).mul(l.load(UP)));
    });

    private static final Loop[] BACKWARD = {back(false, false), back(true, false), back(false, true), back(true, true)};

    private static Loop back(boolean gateAdds, boolean upAdds) {
        return Rows.loop("gated unit back" + (gateAdds ? ", gate added" : "") + (upAdds ? ", up added" : ""), l -> {
            Value g = l.load(GATE);
            Value up = l.load(UP);
            Value d = l.load(OUT);
            Value sigma = g.sigmoid();
            Value silu = g.mul(sigma);
            Value slope = silu.fma(l.constant(1).sub(sigma), sigma);
            l.give(D_GATE, 0, d.mul(up).mul(slope), gateAdds);
            l.give(D_UP, 0, d.mul(silu), upAdds);
        });
    }

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
        int t = pass.from();
        forward(gate.address(t), up.address(t), out.address(t), pass.to() - t, out.cols());
    }

    @Override
    public void backward(Pass pass) {
        int t = pass.from();
        backward(
                gate.address(t),
                up.address(t),
                out.gradientAddress(t),
                gate.gradientAddress(t),
                gate.adds(),
                up.gradientAddress(t),
                up.adds(),
                pass.to() - t,
                out.cols());
    }

    /** {@code out = silu(gate) · up} for rows of n values. */
    static void forward(long gate, long up, long out, int rows, int n) {
        FORWARD.call()
                .at(GATE, gate, stride(n))
                .at(UP, up, stride(n))
                .at(OUT, out, stride(n))
                .count(0, n)
                .run(rows);
    }

    /** The gradients of gate and up from that of the output. The output's may be overwritten by one of them. */
    static void backward(
            long gate, long up, long dOut, long dGate, boolean gateAdds, long dUp, boolean upAdds, int rows, int n) {
        BACKWARD[(gateAdds ? 1 : 0) + (upAdds ? 2 : 0)]
                .call()
                .at(GATE, gate, stride(n))
                .at(UP, up, stride(n))
                .at(OUT, dOut, stride(n))
                .at(D_GATE, dGate, stride(n))
                .at(D_UP, dUp, stride(n))
                .count(0, n)
                .run(rows);
    }
}
