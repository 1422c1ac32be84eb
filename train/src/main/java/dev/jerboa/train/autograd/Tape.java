package dev.jerboa.train.autograd;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.train.data.Batch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The operations of a network in order, with the memory of their activations and gradients.
 *
 * <p>Built by one thread: operations are constructed on it, then {@link #plan} is called once. {@link #forward} and {@link
 * #backward} are for one thread at a time; the team does the work. Memory belongs to the arena.
 */
public final class Tape {
    /** Floats that decoded panels of a frozen matrix have at least: small enough for a core's cache. */
    private static final long PANEL = 1 << 18;

    /** Rows that they have at least. */
    private static final int PANEL_ROWS = 32;

    private final Gemm gemm;
    private final Arena arena;
    private final int maxTokens;
    private final Team team;
    private final List<Op> ops = new ArrayList<>();
    private final List<Tensor> tensors = new ArrayList<>();
    private final List<Integer> makers = new ArrayList<>();
    private final MemorySegment room;
    private final List<MemorySegment> ownRooms = new ArrayList<>();
    private final List<MemorySegment> ownPanels = new ArrayList<>();
    private final List<MemorySegment> scratches = new ArrayList<>();
    private MemorySegment panel = MemorySegment.NULL;
    private long scratchBytes;
    private long commonBytes;
    private MemorySegment common = MemorySegment.NULL;
    private int panelCols;
    private boolean planned;
    private long[] forwardNanos = {};
    private long[] backwardNanos = {};

    /** An empty tape for batches of so many tokens, replayed by {@code team}. */
    public Tape(Gemm gemm, Arena arena, int maxTokens, Team team) {
        this.gemm = gemm;
        this.arena = arena;
        this.maxTokens = maxTokens;
        this.team = team;
        this.room = Gemm.room(arena);
    }

    /** The most tokens of a batch. */
    public int maxTokens() {
        return maxTokens;
    }

    Gemm gemm() {
        return gemm;
    }

    Arena arena() {
        return arena;
    }

    int workers() {
        return team.size();
    }

    /** A new activation, made by the operation that is being constructed. */
    Tensor tensor(String name, int cols) {
        Tensor tensor = new Tensor(name, FloatRows.allocate(arena, maxTokens, cols));
        tensors.add(tensor);
        makers.add(ops.size());
        return tensor;
    }

    /** An activation that the operation which is being constructed reads. */
    Input use(Tensor tensor) {
        return tensor.use(ops.size());
    }

    /** Memory that stays an operation's own, {@code cols} floats a token. */
    FloatRows table(int cols) {
        return FloatRows.allocate(arena, maxTokens, cols);
    }

    /** The same for {@link StreamMap}: of each block of tokens, {@code cols} columns of them. */
    FloatRows columns(int cols) {
        return FloatRows.allocate(arena, Math.ceilDiv(maxTokens, StreamMap.TOKENS) * cols, StreamMap.TOKENS);
    }

    /** Asks for {@link Pass#scratch} of at least so many floats. */
    void scratch(long floats) {
        scratchBytes = Math.max(scratchBytes, Float.BYTES * floats);
    }

    /** Asks for {@link Pass#common} of at least so many floats. */
    void common(long floats) {
        commonBytes = Math.max(commonBytes, Float.BYTES * floats);
    }

    /** Asks for {@link Crew#panel} of at least {@link #PANEL_ROWS} rows of so many floats. */
    void panel(int cols) {
        panelCols = Math.max(panelCols, cols);
    }

    /** {@link #panel}, where products decode this matrix. */
    void panel(Weight weight) {
        if (weight instanceof Frozen frozen && !frozen.direct()) {
            panel(frozen.cols());
        }
    }

    /** Ends the construction of an operation. */
    void add(Op op) {
        if (planned) {
            throw new IllegalStateException("the tape is planned already");
        }
        ops.add(op);
    }

    /** Allocates gradients and working memory. */
    public void plan() {
        planned = true;
        Map<Integer, Deque<FloatRows>> free = new HashMap<>();
        for (int op = ops.size() - 1; op >= 0; op--) {
            for (Tensor tensor : tensors) {
                if (tensor.lastReader() == op) {
                    FloatRows rows = free.computeIfAbsent(tensor.cols(), c -> new ArrayDeque<>())
                            .poll();
                    tensor.gradient(rows != null ? rows : table(tensor.cols()));
                }
            }
            for (int t = 0; t < tensors.size(); t++) {
                if (makers.get(t) == op && tensors.get(t).used()) {
                    Tensor tensor = tensors.get(t);
                    free.computeIfAbsent(tensor.cols(), c -> new ArrayDeque<>()).add(tensor.gradient());
                }
            }
        }
        long panelBytes = panelCols == 0 ? 0 : Float.BYTES * Math.max(PANEL, (long) PANEL_ROWS * panelCols);
        panel = panelBytes == 0 ? MemorySegment.NULL : arena.allocate(panelBytes, FloatRows.ALIGNMENT);
        common = arena.allocate(Math.max(commonBytes, 64), FloatRows.ALIGNMENT);
        for (int w = 0; w < team.size(); w++) {
            ownRooms.add(Gemm.room(arena));
            ownPanels.add(panelBytes == 0 ? MemorySegment.NULL : arena.allocate(panelBytes, FloatRows.ALIGNMENT));
            scratches.add(arena.allocate(Math.max(scratchBytes, 64), FloatRows.ALIGNMENT));
        }
        ops.forEach(Op::planned);
    }

    /** Sets the parameters that begin with values that follow from others; once, after those are there. */
    public void begin() {
        Batch none = new Batch(1);
        team.run(worker -> {
            Pass pass = pass(false, worker, none);
            for (Op op : ops) {
                op.begin(pass);
                worker.barrier();
            }
        });
    }

    /** Computes all activations and losses of a batch, and no gradients. */
    public void forward(Batch batch) {
        run(batch, false);
    }

    /** Computes all activations and losses, then adds to the gradients of all parameters. */
    public void forwardAndBackward(Batch batch) {
        run(batch, true);
    }

    private void run(Batch batch, boolean backward) {
        if (!planned) {
            throw new IllegalStateException("the tape is not planned");
        }
        if (batch.tokens() < 1 || batch.tokens() > maxTokens) {
            throw new IllegalArgumentException("a batch of " + batch.tokens() + " tokens, expected 1 to " + maxTokens);
        }
        team.run(worker -> {
            Pass pass = pass(backward, worker, batch);
            long last = System.nanoTime();
            for (int i = 0; i < ops.size(); i++) {
                ops.get(i).forward(pass);
                worker.barrier();
                last = took(worker, forwardNanos, i, last);
            }
            if (backward) {
                for (int i = ops.size() - 1; i >= 0; i--) {
                    ops.get(i).backward(pass);
                    worker.barrier();
                    last = took(worker, backwardNanos, i, last);
                }
            }
        });
    }

    private static long took(Worker worker, long[] nanos, int op, long since) {
        if (worker.id() > 0 || nanos.length == 0) {
            return since;
        }
        long now = System.nanoTime();
        nanos[op] += now - since;
        return now;
    }

    /** Measures from now on where the time of passes goes; {@link #times} tells. */
    public void measure() {
        forwardNanos = new long[ops.size()];
        backwardNanos = new long[ops.size()];
    }

    /**
     * Time of all operations of a kind since {@link #measure}.
     *
     * @param kind the operation's name
     * @param count how many of them are on the tape
     */
    public record Time(String kind, int count, long forwardNanos, long backwardNanos) {}

    /** Where the time went, the most first; empty where it was not measured. */
    public List<Time> times() {
        Map<String, Time> byKind = new HashMap<>();
        for (int i = 0; i < forwardNanos.length; i++) {
            Time time = new Time(ops.get(i).getClass().getSimpleName(), 1, forwardNanos[i], backwardNanos[i]);
            byKind.merge(
                    time.kind,
                    time,
                    (a, b) -> new Time(
                            a.kind,
                            a.count + b.count,
                            a.forwardNanos + b.forwardNanos,
                            a.backwardNanos + b.backwardNanos));
        }
        return byKind.values().stream()
                .sorted(Comparator.comparingLong(time -> -time.forwardNanos - time.backwardNanos))
                .toList();
    }

    private Pass pass(boolean derivatives, Worker worker, Batch batch) {
        Crew together = new Crew(worker, gemm, room, panel);
        Crew own = new Crew(Worker.alone(), gemm, ownRooms.get(worker.id()), ownPanels.get(worker.id()));
        return new Pass(derivatives, worker, batch, together, own, scratches.get(worker.id()), common.address());
    }
}
