package dev.jerboa.train.autograd;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The routed experts of a mixture: {@code out[t] = Σ_j weight(t, j) · down_e(silu(gate_e x[t]) · up_e x[t])} over the choices j of
 * {@link Routing}. An expert's tokens lie beside each other; each expert is taken by whoever is free, and the sums over a
 * token's experts are taken in the order of its choices.
 */
public final class Experts implements Op {
    private final Input x;
    private final Routing routing;
    private final List<Part> gates;
    private final List<Part> ups;
    private final List<Part> downs;
    private final float limit;
    private final Tensor out;
    private final Table inputs;
    private final Table gate;
    private final Table up;
    private final Table middle;
    private final Table results;
    private final Table gateGradient;
    private final Table upGradient;
    private final AtomicInteger next = new AtomicInteger();

    /** A matrix of one expert, and what is learned beside it. */
    public record Matrix(Weight weight, @Nullable LowRank beside) {}

    private record Part(Weight weight, @Nullable Beside beside) {
        static List<Part> of(Tape tape, List<Matrix> matrices, int places) {
            List<Part> parts = new ArrayList<>();
            Map<Integer, Beside.Places> byRank = new HashMap<>();
            for (Matrix matrix : matrices) {
                Weight weight = matrix.weight;
                LowRank what = matrix.beside;
                int rows = weight.rows();
                tape.panel(weight);
                parts.add(new Part(
                        weight,
                        what == null
                                ? null
                                : new Beside(
                                        tape,
                                        what,
                                        weight,
                                        0,
                                        rows,
                                        byRank.computeIfAbsent(
                                                what.rank(), r -> Beside.Places.of(tape, what, rows, places)))));
            }
            return parts;
        }

        void begin(Crew crew) {
            if (beside != null) {
                beside.measure(crew);
                beside.begin(crew);
            }
        }

        /** {@code out = W x} and what is beside, for an expert's tokens, the first of which is at {@code place}. */
        void forward(Crew crew, int place, int tokens, long x, long out) {
            int n = weight.rows();
            int k = weight.cols();
            crew.forward(weight, 0, n, tokens, x, k, out, n);
            if (beside != null) {
                beside.measure(crew);
                beside.forward(crew, place, tokens, x, k, out, n);
            }
        }

        /** Learns, and gives dx from dy; dx may not be where dy or x are. */
        void backward(Crew crew, int place, int tokens, long dy, long x, long dx, boolean adds) {
            int n = weight.rows();
            int k = weight.cols();
            long dz = beside == null ? dy : beside.plainGradient(crew, place, tokens, dy, n);
            crew.learn(weight, 0, n, tokens, dz, n, x, k);
            crew.back(weight, 0, n, tokens, dz, n, dx, k, adds);
            if (beside != null) {
                beside.backward(crew, place, tokens, dz, n, x, k, dx, k);
            }
        }
    }

    /** Experts of trained matrices: {@link #of} with nothing beside. */
    public Experts(
            Tape tape, Tensor x, Routing routing, List<Parameter> gates, List<Parameter> ups, List<Parameter> downs) {
        this(routing, alone(gates), alone(ups), alone(downs), Float.POSITIVE_INFINITY, tape, x);
    }

    private static List<Matrix> alone(List<Parameter> weights) {
        return weights.stream().map(weight -> new Matrix(weight, null)).toList();
    }

    /** Without a limit. */
    public static Experts of(
            Tape tape, Tensor x, Routing routing, List<Matrix> gates, List<Matrix> ups, List<Matrix> downs) {
        return of(tape, x, routing, gates, ups, downs, Float.POSITIVE_INFINITY);
    }

    /**
     * Adds itself to the tape. One gate {@code [width, in]}, up {@code [width, in]} and down {@code [in, width]} for each expert.
     *
     * @param limit gates are at most this, ups at most this in magnitude; infinite for no limit
     */
    public static Experts of(
            Tape tape,
            Tensor x,
            Routing routing,
            List<Matrix> gates,
            List<Matrix> ups,
            List<Matrix> downs,
            float limit) {
        return new Experts(routing, gates, ups, downs, limit, tape, x);
    }

    private Experts(
            Routing routing,
            List<Matrix> gates,
            List<Matrix> ups,
            List<Matrix> downs,
            float limit,
            Tape tape,
            Tensor x) {
        this.x = tape.use(x).forwardOnly();
        this.routing = routing;
        this.limit = limit;
        int places = tape.maxTokens() * routing.perToken();
        this.gates = Part.of(tape, gates, places);
        this.ups = Part.of(tape, ups, places);
        this.downs = Part.of(tape, downs, places);
        int width = gates.getFirst().weight.rows();
        this.out = tape.tensor("experts of " + gates.getFirst().weight.name(), x.cols());
        this.inputs = tape.table(places, x.cols());
        this.gate = tape.table(places, width);
        this.up = tape.table(places, width);
        this.middle = tape.table(places, width);
        this.results = tape.table(places, x.cols());
        this.gateGradient = tape.table(places, width).backwardOnly();
        this.upGradient = tape.table(places, width).backwardOnly();
        tape.add(this);
    }

    public Tensor out() {
        return out;
    }

    private static long row(Table table, int row) {
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
    public void begin(Pass pass) {
        for (int e = pass.worker().from(gates.size(), 1); e < pass.worker().to(gates.size(), 1); e++) {
            gates.get(e).begin(pass.own());
            ups.get(e).begin(pass.own());
            downs.get(e).begin(pass.own());
        }
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
            gates.get(e).forward(pass.own(), from, tokens, in, row(gate, from));
            ups.get(e).forward(pass.own(), from, tokens, in, row(up, from));
            if (limit < Float.POSITIVE_INFINITY) {
                Clamp.clamp(row(gate, from), tokens * f, Float.NEGATIVE_INFINITY, limit);
                Clamp.clamp(row(up, from), tokens * f, -limit, limit);
            }
            GatedUnit.forward(row(gate, from), row(up, from), row(middle, from), tokens, f);
            downs.get(e).forward(pass.own(), from, tokens, row(middle, from), row(results, from));
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
            downs.get(e).backward(pass.own(), from, tokens, d, row(middle, from), dMiddle, false);
            GatedUnit.backward(row(gate, from), row(up, from), dMiddle, dMiddle, false, dUp, false, tokens, f);
            if (limit < Float.POSITIVE_INFINITY) {
                Clamp.stop(row(gate, from), dMiddle, tokens * f, Float.NEGATIVE_INFINITY, limit);
                Clamp.stop(row(up, from), dUp, tokens * f, -limit, limit);
            }
            gates.get(e).backward(pass.own(), from, tokens, dMiddle, in, d, false);
            ups.get(e).backward(pass.own(), from, tokens, dUp, in, d, true);
        });
        for (int t = pass.from(); t < pass.to(); t++) {
            Rows.give(row(results, routing.place(t, 0)), x.gradientAddress(t), c, x.adds());
            for (int j = 1; j < routing.perToken(); j++) {
                Rows.addTo(row(results, routing.place(t, j)), x.gradientAddress(t), c);
            }
        }
    }
}
