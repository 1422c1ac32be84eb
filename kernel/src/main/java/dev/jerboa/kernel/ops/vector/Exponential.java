package dev.jerboa.kernel.ops.vector;

import static dev.jerboa.kernel.ops.loop.Exponential.BIAS;
import static dev.jerboa.kernel.ops.loop.Exponential.HIGHEST;
import static dev.jerboa.kernel.ops.loop.Exponential.LN2_HIGH;
import static dev.jerboa.kernel.ops.loop.Exponential.LN2_LOW;
import static dev.jerboa.kernel.ops.loop.Exponential.LOG2_E;
import static dev.jerboa.kernel.ops.loop.Exponential.LOWEST;
import static dev.jerboa.kernel.ops.loop.Exponential.MANTISSA_BITS;
import static dev.jerboa.kernel.ops.loop.Exponential.P0;
import static dev.jerboa.kernel.ops.loop.Exponential.P1;
import static dev.jerboa.kernel.ops.loop.Exponential.P2;
import static dev.jerboa.kernel.ops.loop.Exponential.P3;
import static dev.jerboa.kernel.ops.loop.Exponential.P4;
import static dev.jerboa.kernel.ops.loop.Exponential.ROUND;
import static dev.jerboa.kernel.ops.loop.Exponential.ROUND_BITS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link dev.jerboa.kernel.ops.loop.Exponential} by lanes: the same steps, so the same bits whether computed in a lane or alone. */
public final class Exponential {
    private Exponential() {}

    public static FloatVector of(FloatVector x) {
        FloatVector c = x.max(LOWEST).min(HIGHEST);
        FloatVector shifted =
                c.fma(FloatVector.broadcast(Lanes.FLOATS, LOG2_E), FloatVector.broadcast(Lanes.FLOATS, ROUND));
        FloatVector whole = shifted.sub(ROUND);
        FloatVector r = whole.fma(FloatVector.broadcast(Lanes.FLOATS, -LN2_HIGH), c);
        r = whole.fma(FloatVector.broadcast(Lanes.FLOATS, -LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(Lanes.FLOATS, P4);
        p = p.fma(r, FloatVector.broadcast(Lanes.FLOATS, P3));
        p = p.fma(r, FloatVector.broadcast(Lanes.FLOATS, P2));
        p = p.fma(r, FloatVector.broadcast(Lanes.FLOATS, P1));
        p = p.fma(r, FloatVector.broadcast(Lanes.FLOATS, P0));
        FloatVector e = p.fma(r.mul(r), r).add(1f);
        IntVector n = shifted.viewAsIntegralLanes().sub(ROUND_BITS);
        IntVector half = n.lanewise(VectorOperators.ASHR, 1);
        return e.mul(power(half)).mul(power(n.sub(half)));
    }

    private static FloatVector power(IntVector n) {
        return n.add(BIAS).lanewise(VectorOperators.LSHL, MANTISSA_BITS).viewAsFloatingLanes();
    }

    public static float of(float x) {
        return dev.jerboa.kernel.ops.loop.Exponential.of(x);
    }
}
