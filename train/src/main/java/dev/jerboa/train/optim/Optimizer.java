package dev.jerboa.train.optim;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.FLOATS;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.store;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.kernel.ops.Gemm.Form;
import dev.jerboa.kernel.ops.vector.Lanes;
import dev.jerboa.train.autograd.Parameter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.incubator.vector.FloatVector;

/**
 * AdamW (arXiv 1711.05101) for every parameter, or Muon with the hybrid Newton–Schulz iteration of DeepSeek-V4 for matrices that
 * ask for it.
 *
 * <p>AdamW: {@code m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; w ← w − lr·λ·w − lr · m̂ / (√v̂ + ε)} with bias-corrected m̂ and v̂.
 *
 * <p>Muon: {@code m ← μm + g; o = NS(μm + g) · √max(rows, cols) · 0.18; w ← w − lr·λ·w − lr·o}; NS begins at {@code x / ‖x‖} and takes
 * {@code x ← ax + (b·xxᵀ + c·(xxᵀ)²)x} eight times with (3.4445, −4.7750, 2.0315), then twice with (2, −1.5, 0.5).
 *
 * <p>Bits do not depend on the number of workers. State lives in the arena; for one thread at a time.
 */
public final class Optimizer {
    /** Elements whose squares are summed by one worker. */
    private static final int CHUNK = 1 << 14;

    private static final double[][] NEWTON_SCHULZ = {
        {3.4445, -4.7750, 2.0315},
        {3.4445, -4.7750, 2.0315},
        {3.4445, -4.7750, 2.0315},
        {3.4445, -4.7750, 2.0315},
        {3.4445, -4.7750, 2.0315},
        {3.4445, -4.7750, 2.0315},
        {3.4445, -4.7750, 2.0315},
        {3.4445, -4.7750, 2.0315},
        {2, -1.5, 0.5},
        {2, -1.5, 0.5}
    };

    private static final float MUON_RMS = 0.18f;

    /** How a parameter is changed. */
    public enum Rule {
        ADAMW,
        MUON,
        /** Not by gradients. */
        NONE
    }

    /**
     * A parameter and its rule.
     *
     * @param rate multiplies the learning rate
     * @param decay λ, the weight decay
     */
    public record Group(Parameter parameter, Rule rule, double rate, double decay) {}

    /**
     * Numbers that all parameters share.
     *
     * @param momentum μ of Muon
     * @param clip the largest norm of all gradients together; 0 for any
     */
    public record Settings(double rate, double beta1, double beta2, double eps, double momentum, double clip) {}

    private record State(Group group, FloatRows first, FloatRows second) {
        int elements() {
            return (int) group.parameter.elements();
        }

        long value() {
            return group.parameter.value().data().address();
        }

        long gradient() {
            return group.parameter.gradient().data().address();
        }
    }

    private record Chunk(long gradient, int elements) {}

    private final Team team;
    private final Gemm gemm;
    private final Settings settings;
    private final List<State> states = new ArrayList<>();
    private final List<Chunk> chunks = new ArrayList<>();
    private final double[] squares;
    private final double[] momentumSquares;
    private final MemorySegment room;
    private final List<FloatRows> squareTables = new ArrayList<>();
    private final List<FloatRows> wideTables = new ArrayList<>();

    /** State for each group, in {@code arena}. */
    public Optimizer(List<Group> groups, Settings settings, Gemm gemm, Team team, Arena arena) {
        this.team = team;
        this.gemm = gemm;
        this.settings = settings;
        int small = 0;
        long large = 0;
        for (Group group : groups) {
            Parameter p = group.parameter;
            FloatRows none = FloatRows.allocate(arena, 0, p.cols());
            FloatRows first = group.rule == Rule.NONE ? none : FloatRows.allocate(arena, p.rows(), p.cols());
            FloatRows second = group.rule == Rule.ADAMW ? FloatRows.allocate(arena, p.rows(), p.cols()) : none;
            states.add(new State(group, first, second));
            if (group.rule == Rule.MUON) {
                small = Math.max(small, Math.min(p.rows(), p.cols()));
                large = Math.max(large, p.elements());
            }
            if (group.rule != Rule.NONE) {
                for (long at = 0; at < p.elements(); at += CHUNK) {
                    chunks.add(new Chunk(p.gradient().data().address() + Float.BYTES * at, (int)
                            Math.min(CHUNK, p.elements() - at)));
                }
            }
        }
        this.squares = new double[chunks.size()];
        this.momentumSquares = new double[Math.toIntExact(Math.ceilDiv(large, CHUNK))];
        this.room = Gemm.room(arena);
        if (large > 0) {
            for (int i = 0; i < 2; i++) {
                squareTables.add(FloatRows.allocate(arena, small, small));
                wideTables.add(FloatRows.allocate(arena, 1, Math.toIntExact(large)));
            }
        }
    }

    /** The state by the names that checkpoints use: {@code exp_avg}, {@code exp_avg_sq}, {@code muon_momentum} behind the parameter's. */
    public Map<String, FloatRows> state() {
        Map<String, FloatRows> all = new LinkedHashMap<>();
        for (State state : states) {
            String name = state.group.parameter.name();
            switch (state.group.rule) {
                case ADAMW -> {
                    all.put(name + ".exp_avg", state.first);
                    all.put(name + ".exp_avg_sq", state.second);
                }
                case MUON -> all.put(name + ".muon_momentum", state.first);
                case NONE -> {}
            }
        }
        return all;
    }

    /**
     * Changes all parameters.
     *
     * @param step how many steps came before
     * @param factor of the learning rate
     * @return the norm of all gradients together, before clipping
     */
    public double step(long step, double factor) {
        double[] norm = new double[1];
        team.run(worker -> {
            for (int i = worker.from(chunks.size(), 1); i < worker.to(chunks.size(), 1); i++) {
                squares[i] = squares(chunks.get(i));
            }
            worker.barrier();
            double sum = 0;
            for (double square : squares) {
                sum += square;
            }
            double all = Math.sqrt(sum);
            if (worker.id() == 0) {
                norm[0] = all;
            }
            double clip = settings.clip > 0 && all > settings.clip ? settings.clip / all : 1;
            for (State state : states) {
                switch (state.group.rule) {
                    case ADAMW -> adamW(worker, state, step, factor, clip);
                    case MUON -> muon(worker, state, factor, clip);
                    case NONE -> {}
                }
            }
        });
        return norm[0];
    }

    private static double squares(Chunk chunk) {
        FloatVector sums = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i + COUNT <= chunk.elements; i += COUNT) {
            FloatVector g = load(chunk.gradient + Float.BYTES * (long) i);
            sums = g.fma(g, sums);
        }
        double sum = Lanes.sum(sums);
        for (; i < chunk.elements; i++) {
            float g = Lanes.get(chunk.gradient + Float.BYTES * (long) i);
            sum += (double) g * g;
        }
        return sum;
    }

    private void adamW(Worker worker, State state, long step, double factor, double clip) {
        double rate = settings.rate * factor * state.group.rate;
        float shrink = (float) (1 - rate * state.group.decay);
        float stepSize = (float) (rate / (1 - Math.pow(settings.beta1, step + 1.0)));
        float correction = (float) (1 / (1 - Math.pow(settings.beta2, step + 1.0)));
        int from = worker.from(state.elements(), CHUNK);
        int to = worker.to(state.elements(), CHUNK);
        adamW(
                state.value(),
                state.gradient(),
                state.first.data().address(),
                state.second.data().address(),
                from,
                to,
                (float) clip,
                shrink,
                stepSize,
                correction);
    }

    private void adamW(
            long w,
            long g,
            long m,
            long v,
            int from,
            int to,
            float clip,
            float shrink,
            float stepSize,
            float correction) {
        float beta1 = (float) settings.beta1;
        float beta2 = (float) settings.beta2;
        float eps = (float) settings.eps;
        FloatVector b1 = FloatVector.broadcast(FLOATS, beta1);
        FloatVector b2 = FloatVector.broadcast(FLOATS, beta2);
        int i = from;
        for (; i + COUNT <= to; i += COUNT) {
            long at = Float.BYTES * (long) i;
            FloatVector gradient = load(g + at).mul(clip);
            FloatVector first = load(m + at).fma(b1, gradient.mul(1 - beta1));
            FloatVector second = load(v + at).fma(b2, gradient.mul(gradient).mul(1 - beta2));
            store(first, m + at);
            store(second, v + at);
            FloatVector change =
                    first.mul(stepSize).div(second.mul(correction).sqrt().add(eps));
            store(load(w + at).mul(shrink).sub(change), w + at);
        }
        for (; i < to; i++) {
            long at = Float.BYTES * (long) i;
            float gradient = Lanes.get(g + at) * clip;
            float first = Math.fma(Lanes.get(m + at), beta1, gradient * (1 - beta1));
            float second = Math.fma(Lanes.get(v + at), beta2, gradient * gradient * (1 - beta2));
            Lanes.set(m + at, first);
            Lanes.set(v + at, second);
            float change = first * stepSize / ((float) Math.sqrt(second * correction) + eps);
            Lanes.set(w + at, Lanes.get(w + at) * shrink - change);
        }
    }

    private void muon(Worker worker, State state, double factor, double clip) {
        Parameter p = state.group.parameter;
        boolean tall = p.rows() > p.cols();
        int rows = Math.min(p.rows(), p.cols());
        int cols = Math.max(p.rows(), p.cols());
        int elements = state.elements();
        float mu = (float) settings.momentum;
        long x = wideTables.get(0).data().address();
        long next = wideTables.get(1).data().address();
        for (int r = worker.from(p.rows(), 1); r < worker.to(p.rows(), 1); r++) {
            for (int c = 0; c < p.cols(); c++) {
                long at = Float.BYTES * ((long) r * p.cols() + c);
                float g = Lanes.get(state.gradient() + at) * (float) clip;
                long place = state.first.data().address() + at;
                float m = Math.fma(Lanes.get(place), mu, g);
                Lanes.set(place, m);
                long to = Float.BYTES * (tall ? (long) c * cols + r : (long) r * cols + c);
                Lanes.set(x + to, Math.fma(m, mu, g));
            }
        }
        worker.barrier();
        float scale = (float) (1 / (Math.sqrt(momentumSquares(worker, x, elements)) + 1e-20));
        int from = worker.from(elements, CHUNK);
        int to = worker.to(elements, CHUNK);
        for (int i = from; i < to; i++) {
            long at = x + Float.BYTES * (long) i;
            Lanes.set(at, Lanes.get(at) * scale);
        }
        worker.barrier();
        for (double[] abc : NEWTON_SCHULZ) {
            iterate(worker, abc, x, next, rows, cols);
            long other = x;
            x = next;
            next = other;
        }
        double rate = settings.rate * factor * state.group.rate;
        float shrink = (float) (1 - rate * state.group.decay);
        float size = (float) (rate * MUON_RMS * Math.sqrt(cols));
        for (int r = worker.from(p.rows(), 1); r < worker.to(p.rows(), 1); r++) {
            for (int c = 0; c < p.cols(); c++) {
                long at = state.value() + Float.BYTES * ((long) r * p.cols() + c);
                long of = x + Float.BYTES * (tall ? (long) c * cols + r : (long) r * cols + c);
                Lanes.set(at, Lanes.get(at) * shrink - size * Lanes.get(of));
            }
        }
        worker.barrier();
    }

    /** The sum of the squares of a table: each worker takes chunks, every worker adds them up in their order. */
    private double momentumSquares(Worker worker, long x, int elements) {
        int count = Math.ceilDiv(elements, CHUNK);
        for (int i = worker.from(count, 1); i < worker.to(count, 1); i++) {
            int first = i * CHUNK;
            momentumSquares[i] = squares(new Chunk(x + Float.BYTES * (long) first, Math.min(CHUNK, elements - first)));
        }
        worker.barrier();
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += momentumSquares[i];
        }
        return sum;
    }

    /** {@code next = a·x + (b·G + c·G²)·x} with {@code G = x·xᵀ}. */
    private void iterate(Worker worker, double[] abc, long x, long next, int rows, int cols) {
        long g = squareTables.get(0).data().address();
        long h = squareTables.get(1).data().address();
        gemm.multiply(worker, Form.NT, rows, rows, cols, x, cols, x, cols, g, rows, false, room);
        worker.barrier();
        gemm.multiply(worker, Form.NN, rows, rows, rows, g, rows, g, rows, h, rows, false, room);
        worker.barrier();
        float b = (float) abc[1];
        float c = (float) abc[2];
        for (int i = worker.from(rows * rows, 16); i < worker.to(rows * rows, 16); i++) {
            long at = Float.BYTES * (long) i;
            Lanes.set(h + at, Math.fma(Lanes.get(h + at), c, Lanes.get(g + at) * b));
        }
        float a = (float) abc[0];
        for (int i = worker.from(rows * cols, 16); i < worker.to(rows * cols, 16); i++) {
            long at = Float.BYTES * (long) i;
            Lanes.set(next + at, Lanes.get(x + at) * a);
        }
        worker.barrier();
        gemm.multiply(worker, Form.NN, rows, cols, rows, h, rows, x, cols, next, cols, true, room);
        worker.barrier();
    }
}
