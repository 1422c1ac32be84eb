package dev.jerboa.train.autograd;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.train.autograd.Plan.Step;
import dev.jerboa.train.autograd.Recorded.Block;
import dev.jerboa.train.data.Batch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a network in order, with the memory of their activations and gradients.
 *
 * <p>Built by one thread: operations are constructed on it, then {@link #plan} is called once. {@link #forward} and {@link
 * #forwardAndBackward} are for one thread at a time; the team does the work. Memory belongs to the arena.
 */
public final class Tape {
    /** Floats that decoded panels of a frozen matrix have at least: small enough for a core's cache. */
    private static final long PANEL = 1 << 18;

    /** Rows that they have at least. */
    private static final int PANEL_ROWS = 32;

    /**
     * Bytes that a tape takes.
     *
     * @param shared by values, gradients and tables, each for as long as it is needed
     * @param values of activations, where all that is needed at a time is the most
     * @param gradients of activations, at the same time
     * @param tables that operations keep beside, at the same time
     * @param scratch working memory of workers and operations, always
     */
    public record Memory(long shared, long values, long gradients, long tables, long scratch) {
        public long total() {
            return shared + scratch;
        }
    }

    private final boolean derivatives;
    private final Gemm gemm;
    private final Arena arena;
    private final int maxTokens;
    private final Team team;
    private final List<Recorded> ops = new ArrayList<>();
    private final List<Tensor> outputs = new ArrayList<>();
    private final List<Input> inputs = new ArrayList<>();
    private final List<Table> tables = new ArrayList<>();
    private final MemorySegment room;
    private final List<MemorySegment> ownRooms = new ArrayList<>();
    private final List<MemorySegment> ownPanels = new ArrayList<>();
    private final List<MemorySegment> scratches = new ArrayList<>();
    private MemorySegment panel = MemorySegment.NULL;
    private long scratchBytes;
    private long ownBytes;
    private int panelCols;
    private int blocks;
    private @Nullable Block block;
    private List<Step> steps = List.of();
    private @Nullable Layout layout;
    private boolean spoils;
    private long[] nanos = {};

    /** An empty tape for batches of so many tokens, replayed by {@code team}. */
    public Tape(Gemm gemm, Arena arena, int maxTokens, Team team) {
        this(gemm, arena, maxTokens, team, true);
    }

    /** One whose passes have no derivatives: values give their memory back after their last reader. */
    public static Tape forwardOnly(Gemm gemm, Arena arena, int maxTokens, Team team) {
        return new Tape(gemm, arena, maxTokens, team, false);
    }

    private Tape(Gemm gemm, Arena arena, int maxTokens, Team team, boolean derivatives) {
        this.derivatives = derivatives;
        this.gemm = gemm;
        this.arena = arena;
        this.maxTokens = maxTokens;
        this.team = team;
        this.room = allocate(Gemm.ROOM_BYTES);
    }

    private MemorySegment allocate(long bytes) {
        ownBytes += bytes;
        return bytes == 0 ? MemorySegment.NULL : arena.allocate(bytes, FloatRows.ALIGNMENT);
    }

    /** The most tokens of a batch. */
    public int maxTokens() {
        return maxTokens;
    }

    Gemm gemm() {
        return gemm;
    }

    int workers() {
        return team.size();
    }

    /**
     * Has a pass with derivatives keep less of the operations from here to the next call, or to {@link #endBlock}: before their backward, what
     * {@code parts} says is computed again from what came into the block. Results are the same in every bit.
     */
    public void beginBlock(Parts parts) {
        block = new Block(blocks++, parts);
    }

    /** Ends the block at hand, if there is one: what follows is kept as long as backward needs it. */
    public void endBlock() {
        block = null;
    }

    /** A new activation, made by the operation that is being constructed. */
    Tensor tensor(String name, int cols) {
        Tensor tensor = new Tensor(name, maxTokens, cols);
        outputs.add(tensor);
        return tensor;
    }

    /** An activation that the operation which is being constructed reads. */
    Input use(Tensor tensor) {
        Input input = tensor.use(ops.size());
        inputs.add(input);
        return input;
    }

    /** A table of the operation that is being constructed, {@code cols} floats a token. */
    Table table(int cols) {
        return table(maxTokens, cols);
    }

    /** One of so many rows. */
    Table table(int rows, int cols) {
        Table table = new Table(rows, cols);
        tables.add(table);
        return table;
    }

    /** Memory that nothing else ever uses. */
    FloatRows own(int rows, int cols) {
        ownBytes += Math.multiplyExact(Math.multiplyExact((long) rows, cols), (long) Float.BYTES);
        return FloatRows.allocate(arena, rows, cols);
    }

    /** Asks for {@link Pass#scratch} of at least so many floats. */
    void scratch(long floats) {
        scratchBytes = Math.max(scratchBytes, Float.BYTES * floats);
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

    /** Ends the construction of an operation that is not cheap. */
    void add(Op op) {
        add(op, Repeat.COSTLY);
    }

    /** Ends the construction of an operation. */
    void add(Op op, Repeat repeat) {
        if (layout != null) {
            throw new IllegalStateException("the tape is planned already");
        }
        ops.add(new Recorded(op, repeat, block, outputs, inputs, tables));
        outputs.clear();
        inputs.clear();
        tables.clear();
    }

    /** Decides on the steps of passes and allocates all memory. */
    public void plan() {
        Plan plan = new Plan(ops, derivatives);
        steps = plan.steps();
        Layout placed = new Layout(plan.demands());
        placed.allocate(arena);
        layout = placed;
        long panelBytes = panelCols == 0 ? 0 : Float.BYTES * Math.max(PANEL, (long) PANEL_ROWS * panelCols);
        panel = allocate(panelBytes);
        for (int w = 0; w < team.size(); w++) {
            ownRooms.add(allocate(Gemm.ROOM_BYTES));
            ownPanels.add(allocate(panelBytes));
            scratches.add(allocate(Math.max(scratchBytes, 64)));
        }
        ops.forEach(recorded -> recorded.op().planned());
    }

    /** For tests of a planned tape: whatever is not needed is made NaN after every step, so that whoever reads it all the same shows. */
    void spoil() {
        spoils = true;
        for (int s = 0; s < steps.size(); s++) {
            planned().spoil(s);
        }
    }

    private Layout planned() {
        Layout placed = layout;
        if (placed == null) {
            throw new IllegalStateException("the tape is not planned");
        }
        return placed;
    }

    /** What the tape takes. */
    public Memory memory() {
        long[] fullest = planned().fullest(steps.size());
        return new Memory(
                planned().bytes(),
                fullest[Layout.Kind.VALUE.ordinal()],
                fullest[Layout.Kind.GRADIENT.ordinal()],
                fullest[Layout.Kind.TABLE.ordinal()],
                ownBytes);
    }

    /** Sets the parameters that begin with values that follow from others; once, after those are there. */
    public void begin() {
        planned();
        Batch none = new Batch(1);
        team.run(worker -> {
            Pass pass = pass(false, worker, none);
            for (Recorded recorded : ops) {
                recorded.op().begin(pass);
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
        if (!derivatives) {
            throw new IllegalStateException("the tape is for forward passes only");
        }
        run(batch, true);
    }

    private void run(Batch batch, boolean backward) {
        planned();
        if (batch.tokens() < 1 || batch.tokens() > maxTokens) {
            throw new IllegalArgumentException("a batch of " + batch.tokens() + " tokens, expected 1 to " + maxTokens);
        }
        int count = backward ? steps.size() : ops.size();
        team.run(worker -> {
            Pass pass = pass(backward, worker, batch);
            long last = System.nanoTime();
            for (int i = 0; i < count; i++) {
                Step step = steps.get(i);
                Op op = ops.get(step.op()).op();
                switch (step.way()) {
                    case FORWARD, AGAIN -> op.forward(pass);
                    case BACKWARD -> op.backward(pass);
                }
                worker.barrier();
                last = took(worker, i, last);
                if (spoils) {
                    spoil(worker, i);
                }
            }
        });
    }

    private void spoil(Worker worker, int step) {
        if (worker.id() == 0) {
            planned().spoil(step);
        }
        worker.barrier();
    }

    private long took(Worker worker, int step, long since) {
        if (worker.id() > 0 || nanos.length == 0) {
            return since;
        }
        long now = System.nanoTime();
        nanos[step] += now - since;
        return now;
    }

    /** Measures from now on where the time of passes goes; {@link #times} tells. */
    public void measure() {
        nanos = new long[steps.size()];
    }

    /**
     * Time of all operations of a kind since {@link #measure}.
     *
     * @param kind the operation's name
     * @param count how many of them are on the tape
     * @param againNanos of forwards that backward asked for
     */
    public record Time(String kind, int count, long forwardNanos, long againNanos, long backwardNanos) {
        public long nanos() {
            return forwardNanos + againNanos + backwardNanos;
        }

        Time plus(Time other) {
            return new Time(
                    kind,
                    count + other.count,
                    forwardNanos + other.forwardNanos,
                    againNanos + other.againNanos,
                    backwardNanos + other.backwardNanos);
        }
    }

    /** Where the time went, the most first; empty where it was not measured. */
    public List<Time> times() {
        Map<String, Time> byKind = new HashMap<>();
        for (int i = 0; i < nanos.length; i++) {
            Step step = steps.get(i);
            String kind = ops.get(step.op()).op().getClass().getSimpleName();
            Time time = switch (step.way()) {
                case FORWARD -> new Time(kind, 1, nanos[i], 0, 0);
                case AGAIN -> new Time(kind, 0, 0, nanos[i], 0);
                case BACKWARD -> new Time(kind, 0, 0, 0, nanos[i]);
            };
            byKind.merge(kind, time, Time::plus);
        }
        return byKind.values().stream()
                .sorted(Comparator.comparingLong(time -> -time.nanos()))
                .toList();
    }

    private Pass pass(boolean derivatives, Worker worker, Batch batch) {
        Crew together = new Crew(worker, gemm, room, panel);
        Crew own = new Crew(Worker.alone(), gemm, ownRooms.get(worker.id()), ownPanels.get(worker.id()));
        return new Pass(derivatives, worker, batch, together, own, scratches.get(worker.id()));
    }
}
