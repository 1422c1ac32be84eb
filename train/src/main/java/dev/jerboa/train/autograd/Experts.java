package dev.jerboa.train.autograd;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm.Form;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The routed experts of a mixture: {@code out[t] = Σ_j weight(t, j) · down_e(silu(gate_e x[t]) · up_e x[t])} over the choices j of
 * {@link Routing}. An expert's tokens lie beside each other; each expert is taken by whoever is free, and the sums over a
 * token's experts are taken in the order of its choices.
 */
public final class Experts implements Op {
    private final Input x;
    private final Routing routing;
    private final List<Parameter> gates;
    private final List<Parameter> ups;
    private final List<Parameter> downs;
    private final Tensor out;
    private final FloatRows inputs;
    private final FloatRows gate;
    private final FloatRows up;
    private final FloatRows middle;
    private final FloatRows results;
    private final FloatRows gateGradient;
    private final FloatRows upGradient;
    private final AtomicInteger next = new AtomicInteger();

    /** Adds itself to the tape. One gate {@code [width, in]}, up {@code [width, in]} and down {@code [in, width]} for each expert. */
    public Experts(
            Tape tape, Tensor x, Routing routing, List<Parameter> gates, List<Parameter> ups, List<Parameter> downs) {
        this.x = tape.use(x);
        this.routing = routing;
        this.gates = List.copyOf(gates);
        this.ups = List.copyOf(ups);
        this.downs = List.copyOf(downs);
        int width = gates.getFirst().rows();
        int places = tape.maxTokens() * routing.perToken();
        this.out = tape.tensor("experts of " + gates.getFirst().name(), x.cols());
        this.inputs = FloatRows.allocate(tape.arena(), places, x.cols());
        this.gate = FloatRows.allocate(tape.arena(), places, width);
        this.up = FloatRows.allocate(tape.arena(), places, width);
        this.middle = FloatRows.allocate(tape.arena(), places, width);
        this.results = FloatRows.allocate(tape.arena(), places, x.cols());
        this.gateGradient = FloatRows.allocate(tape.arena(), places, width);
        this.upGradient = FloatRows.allocate(tape.arena(), places, width);
        tape.add(this);
    }

    public Tensor out() {
        return out;
    }

    private static long row(FloatRows table, int row) {
        return table.data().address() + table.offset(row);
    }

    private interface Task {
        void run(int expert, int from, int tokens);
    }

    private void each(Pass pass, Task task) {
        pass.barrier();
        if (pass.worker().id() == 0) {
            next.set(0);
        }
        pass.barrier();
        for (int e = next.getAndIncrement(); e < routing.experts(); e = next.getAndIncrement()) {
            int from = routing.start(e);
            int tokens = routing.start(e + 1) - from;
            if (tokens > 0) {
                task.run(e, from, tokens);
            }
        }
        pass.barrier();
    }

    @Override
    public void forward(Pass pass) {
        int c = x.cols();
        int f = gate.cols();
        each(pass, (e, from, tokens) -> {
            for (int i = from; i < from + tokens; i++) {
                Rows.copy(x.address(routing.token(i)), row(inputs, i), c);
            }
            long in = row(inputs, from);
            pass.multiplyAlone(Form.NT, tokens, f, c, in, c, gates.get(e).address(0), c, row(gate, from), f, false);
            pass.multiplyAlone(Form.NT, tokens, f, c, in, c, ups.get(e).address(0), c, row(up, from), f, false);
            GatedUnit.forward(row(gate, from), row(up, from), row(middle, from), tokens * f);
            pass.multiplyAlone(
                    Form.NT,
                    tokens,
                    c,
                    f,
                    row(middle, from),
                    f,
                    downs.get(e).address(0),
                    f,
                    row(results, from),
                    c,
                    false);
        });
        for (int t = pass.from(); t < pass.to(); t++) {
            Rows.setScaled(routing.weight(t, 0), row(results, routing.place(t, 0)), out.address(t), c);
            for (int j = 1; j < routing.perToken(); j++) {
                Rows.addScaled(routing.weight(t, j), row(results, routing.place(t, j)), out.address(t), c);
            }
        }
    }

    @Override
    public void backward(Pass pass) {
        int c = x.cols();
        int f = gate.cols();
        for (int t = pass.from(); t < pass.to(); t++) {
            for (int j = 0; j < routing.perToken(); j++) {
                long result = row(results, routing.place(t, j));
                routing.weightGradient(t, j, Rows.dot(out.gradientAddress(t), result, c));
                Rows.setScaled(routing.weight(t, j), out.gradientAddress(t), result, c);
            }
        }
        each(pass, (e, from, tokens) -> {
            long d = row(results, from);
            long dMiddle = row(gateGradient, from);
            long dUp = row(upGradient, from);
            long in = row(inputs, from);
            pass.multiplyAlone(
                    Form.TN,
                    c,
                    f,
                    tokens,
                    d,
                    c,
                    row(middle, from),
                    f,
                    downs.get(e).gradientAddress(0),
                    f,
                    true);
            pass.multiplyAlone(Form.NN, tokens, f, c, d, c, downs.get(e).address(0), f, dMiddle, f, false);
            GatedUnit.backward(row(gate, from), row(up, from), dMiddle, dMiddle, false, dUp, false, tokens * f);
            pass.multiplyAlone(
                    Form.TN, f, c, tokens, dMiddle, f, in, c, gates.get(e).gradientAddress(0), c, true);
            pass.multiplyAlone(Form.TN, f, c, tokens, dUp, f, in, c, ups.get(e).gradientAddress(0), c, true);
            pass.multiplyAlone(Form.NN, tokens, c, f, dMiddle, f, gates.get(e).address(0), c, d, c, false);
            pass.multiplyAlone(Form.NN, tokens, c, f, dUp, f, ups.get(e).address(0), c, d, c, true);
        });
        for (int t = pass.from(); t < pass.to(); t++) {
            Rows.give(row(results, routing.place(t, 0)), x.gradientAddress(t), c, x.adds());
            for (int j = 1; j < routing.perToken(); j++) {
                Rows.addTo(row(results, routing.place(t, j)), x.gradientAddress(t), c);
            }
        }
    }
}
