package dev.jerboa.train.optim;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.kernel.ops.Gemm.Form;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.Value;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.autograd.Rows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

    private static final int G = 0;
    private static final int FIRST = 1;
    private static final int W = 2;
    private static final int SECOND = 3;
    private static final int FOUND = 1;

    private static final Loop SQUARES = OpsProvider.loop("squares", l -> {
        l.each(0, 4);
        Value g = l.load(G);
        Value sum = l.sum(g, g);
        l.row();
        l.store(FOUND, 0, sum);
    });

    /** {@code m ← μm + g; x = μm + g}. */
    private static final Loop MOMENTUM = OpsProvider.loop("Muon's momentum", l -> {
        l.each(0);
        Value g = l.load(G).mul(l.scalar(0));
        Value m = l.load(FIRST).fma(l.scalar(1), g);
        l.store(FIRST, m);
        l.store(W, m.fma(l.scalar(1), g));
    });

    private static final Loop COMBINE = OpsProvider.loop("a x + b y", l -> {
        l.each(0);
        l.store(W, l.load(FIRST).fma(l.scalar(1), l.load(G).mul(l.scalar(0))));
    });

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
    private final Loop adamW;
    /** Of each worker: what a loop finds. */
    private final FloatRows numbers;

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
        this.adamW = adamW(settings);
        this.numbers = FloatRows.allocate(arena, team.size(), FloatRows.ALIGNMENT / Float.BYTES);
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
                squares[i] = squares(chunks.get(i), found(worker));
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

    private static double squares(Chunk chunk, long found) {
        SQUARES.call()
                .at(G, chunk.gradient, 0)
                .at(FOUND, found, 0)
                .count(0, chunk.elements)
                .run(1);
        return Rows.get(found);
    }

    private long found(Worker worker) {
        return numbers.data().address() + numbers.offset(worker.id());
    }

    private void adamW(Worker worker, State state, long step, double factor, double clip) {
        double rate = settings.rate * factor * state.group.rate;
        int from = worker.from(state.elements(), CHUNK);
        int to = worker.to(state.elements(), CHUNK);
        adamW.call()
                .at(G, Rows.at(state.gradient(), from), 0)
                .at(W, Rows.at(state.value(), from), 0)
                .at(FIRST, Rows.at(state.first.data().address(), from), 0)
                .at(SECOND, Rows.at(state.second.data().address(), from), 0)
                .scalar(0, (float) clip)
                .scalar(1, (float) (1 - rate * state.group.decay))
                .scalar(2, (float) (rate / (1 - Math.pow(settings.beta1, step + 1.0))))
                .scalar(3, (float) (1 / (1 - Math.pow(settings.beta2, step + 1.0))))
                .count(0, to - from)
                .run(1);
    }

    private static Loop adamW(Settings settings) {
        float beta1 = (float) settings.beta1;
        float beta2 = (float) settings.beta2;
        return OpsProvider.loop("AdamW", l -> {
            l.each(0);
            Value gradient = l.load(G).mul(l.scalar(0));
            Value first = l.load(FIRST).fma(l.constant(beta1), gradient.mul(1 - beta1));
            Value second =
                    l.load(SECOND).fma(l.constant(beta2), gradient.mul(gradient).mul(1 - beta2));
            l.store(FIRST, first);
            l.store(SECOND, second);
            Value size = second.mul(l.scalar(3)).sqrt().add((float) settings.eps);
            l.store(W, l.load(W).mul(l.scalar(1)).sub(first.mul(l.scalar(2)).div(size)));
        });
    }

    private void muon(Worker worker, State state, double factor, double clip) {
        Parameter p = state.group.parameter;
        int elements = state.elements();
        int from = worker.from(elements, CHUNK);
        int to = worker.to(elements, CHUNK);
        long x = wideTables.get(0).data().address();
        long next = wideTables.get(1).data().address();
        MOMENTUM.call()
                .at(G, Rows.at(state.gradient(), from), 0)
                .at(FIRST, Rows.at(state.first.data().address(), from), 0)
                .at(W, Rows.at(x, from), 0)
                .scalar(0, (float) clip)
                .scalar(1, (float) settings.momentum)
                .count(0, to - from)
                .run(1);
        worker.barrier();
        float scale = (float) (1 / (Math.sqrt(momentumSquares(worker, x, elements)) + 1e-20));
        combine(scale, x, 0, x, x, from, to);
        worker.barrier();
        for (double[] abc : NEWTON_SCHULZ) {
            iterate(worker, abc, x, next, p.rows(), p.cols());
            long other = x;
            x = next;
            next = other;
        }
        double rate = settings.rate * factor * state.group.rate;
        float size = (float) (rate * MUON_RMS * Math.sqrt(Math.max(p.rows(), p.cols())));
        float shrink = (float) (1 - rate * state.group.decay);
        combine(shrink, state.value(), -size, x, state.value(), from, to);
        worker.barrier();
    }

    /** {@code to = a · x + b · y} for some elements. */
    private static void combine(float a, long x, float b, long y, long to, int from, int upTo) {
        COMBINE.call()
                .at(G, Rows.at(x, from), 0)
                .at(FIRST, Rows.at(y, from), 0)
                .at(W, Rows.at(to, from), 0)
                .scalar(0, a)
                .scalar(1, b)
                .count(0, upTo - from)
                .run(1);
    }

    /** The sum of the squares of a table: each worker takes chunks, every worker adds them up in their order. */
    private double momentumSquares(Worker worker, long x, int elements) {
        int count = Math.ceilDiv(elements, CHUNK);
        for (int i = worker.from(count, 1); i < worker.to(count, 1); i++) {
            int first = i * CHUNK;
            Chunk chunk = new Chunk(Rows.at(x, first), Math.min(CHUNK, elements - first));
            momentumSquares[i] = squares(chunk, found(worker));
        }
        worker.barrier();
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += momentumSquares[i];
        }
        return sum;
    }

    /**
     * {@code next = a·x + (b·G + c·G²)·x} with {@code G = x·xᵀ}; of a matrix with more rows than columns {@code a·x + x·(b·G + c·G²)}
     * with {@code G = xᵀ·x}, which is the same.
     */
    private void iterate(Worker worker, double[] abc, long x, long next, int rows, int cols) {
        long g = squareTables.get(0).data().address();
        long h = squareTables.get(1).data().address();
        boolean tall = rows > cols;
        int small = Math.min(rows, cols);
        int large = Math.max(rows, cols);
        Form square = tall ? Form.TN : Form.NT;
        gemm.multiply(worker, square, small, small, large, x, cols, x, cols, g, small, false, room);
        worker.barrier();
        gemm.multiply(worker, Form.NN, small, small, small, g, small, g, small, h, small, false, room);
        worker.barrier();
        int squares = small * small;
        combine((float) abc[1], g, (float) abc[2], h, h, worker.from(squares, CHUNK), worker.to(squares, CHUNK));
        int elements = rows * cols;
        combine((float) abc[0], x, 0, x, next, worker.from(elements, CHUNK), worker.to(elements, CHUNK));
        worker.barrier();
        if (tall) {
            gemm.multiply(worker, Form.NN, rows, cols, cols, x, cols, h, cols, next, cols, true, room);
        } else {
            gemm.multiply(worker, Form.NN, rows, cols, rows, h, rows, x, cols, next, cols, true, room);
        }
        worker.barrier();
    }
}
