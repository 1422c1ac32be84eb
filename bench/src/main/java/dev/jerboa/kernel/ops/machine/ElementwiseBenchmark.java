package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.Peaks;
import dev.jerboa.kernel.ops.RotaryTable.Layout;
import dev.jerboa.kernel.ops.machine.asm.Convention;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Emitted kernels other than products, one thread: a token's rows, which stay in the first-level cache, and those of 256 tokens.
 * {@link #main} prints GB/s of float32 read and written (records and tables not counted) beside the machine's reading.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class ElementwiseBenchmark {
    private static final int COLS = 2048;
    private static final long STRIDE = 4L * COLS;
    private static final int HEAD = 128;
    private static final int EXPERTS = 8;

    /** Rows of {@value #COLS} floats. */
    @Param({"1", "256"})
    public int rows = 1;

    private final Routines routines = new Routines(
            new Target(Convention.here(), Isa.best(CpuFeatures.here()).orElseThrow()));
    private final Quantiser quantiser = new Quantiser(routines);
    private final Norm norm = new Norm(routines);
    private final GatedUnit gatedUnit = new GatedUnit(routines);
    private final Rotation rotation = new Rotation(routines);
    private final Elementwise elementwise = new Elementwise(routines);
    private final FloatRows ones = ones(COLS, COLS);
    private final FloatRows identity = ones(HEAD, HEAD / 2);
    private final int[] places = {7, 1, 3, 0, 2, 6, 5, 4};
    private final float[] scales = new float[EXPERTS];
    private Arena arena = Arena.ofShared();
    private Arguments arguments = new Arguments(arena);
    private long x;
    private long y;
    private long out;
    private long weight;
    private long records;

    @Setup(Level.Trial)
    public void allocate() {
        arena = Arena.ofShared();
        arguments = new Arguments(arena);
        x = table(rows);
        y = table(Math.max(rows, EXPERTS));
        out = table(rows);
        weight = ones.data().address();
        MemorySegment memory = arena.allocate(rows * ActivationRecord.rowBytes(COLS), FloatRows.ALIGNMENT);
        records = memory.address();
    }

    private long table(int count) {
        Random random = new Random(1);
        FloatRows table = FloatRows.allocate(arena, count, COLS);
        for (int r = 0; r < count; r++) {
            for (int c = 0; c < COLS; c++) {
                table.set(r, c, (float) random.nextGaussian());
            }
        }
        return table.data().address();
    }

    /** A row that begins with as many ones as {@code count} says, then has zeros. */
    private static FloatRows ones(int cols, int count) {
        FloatRows table = FloatRows.allocate(Arena.ofAuto(), 1, cols);
        for (int i = 0; i < count; i++) {
            table.set(0, i, 1);
        }
        return table;
    }

    @TearDown(Level.Trial)
    public void free() {
        arena.close();
    }

    @Benchmark
    public void quantise() {
        quantiser.run(arguments, x, STRIDE, records, ActivationRecord.rowBytes(COLS), rows, COLS);
    }

    @Benchmark
    public void norm() {
        norm.rows(arguments, x, STRIDE, out, STRIDE, rows, COLS, weight, 1e-6f);
    }

    @Benchmark
    public void normWithRecords() {
        norm.rowsAndRecords(
                arguments, x, STRIDE, out, STRIDE, records, ActivationRecord.rowBytes(COLS), rows, COLS, weight, 1e-6f);
    }

    /** Norms of heads, in place: by weights of 1, so that values soon stay what they are. */
    @Benchmark
    public void normOfHeads() {
        norm.inPlace(arguments, out, STRIDE, rows, COLS / HEAD, 4L * HEAD, HEAD, weight, 1e-6f);
    }

    @Benchmark
    public void silu() {
        gatedUnit.rows(arguments, Activation.SILU, x, STRIDE, y, STRIDE, out, STRIDE, rows, COLS);
    }

    @Benchmark
    public void siluWithRecords() {
        gatedUnit.rowsAndRecords(
                arguments,
                Activation.SILU,
                x,
                STRIDE,
                y,
                STRIDE,
                out,
                STRIDE,
                records,
                ActivationRecord.rowBytes(COLS),
                rows,
                COLS);
    }

    @Benchmark
    public void gelu() {
        gatedUnit.rows(arguments, Activation.GELU_TANH, x, STRIDE, y, STRIDE, out, STRIDE, rows, COLS);
    }

    @Benchmark
    public void rotateHalves() {
        rotate(Layout.HALF_SPLIT);
    }

    @Benchmark
    public void rotateNeighbours() {
        rotate(Layout.INTERLEAVED);
    }

    /** By cosines 1 and sines 0, so that values stay what they are. */
    private void rotate(Layout layout) {
        long turns = identity.data().address();
        for (int t = 0; t < rows; t++) {
            rotation.heads(arguments, layout, out + t * STRIDE, 4L * HEAD, COLS / HEAD, HEAD, turns);
        }
    }

    @Benchmark
    public void add() {
        elementwise.add(arguments, out, STRIDE, y, STRIDE, rows, COLS);
    }

    /** Eight rows with scales of 0. */
    @Benchmark
    public void addWeighted() {
        for (int t = 0; t < rows; t++) {
            elementwise.addWeighted(arguments, true, out + t * STRIDE, COLS, y, STRIDE, places, scales, 0, EXPERTS);
        }
    }

    @Benchmark
    public void copy() {
        elementwise.copy(arguments, x, STRIDE, 4L * HEAD, out, STRIDE, 4L * HEAD, rows, COLS / HEAD, HEAD);
    }

    /** Tables of float32 that a kernel reads or writes. */
    private static int tables(String label) {
        return switch (label) {
            case "quantise" -> 1;
            case "norm", "normWithRecords", "normOfHeads", "rotateHalves", "rotateNeighbours", "copy" -> 2;
            case "silu", "siluWithRecords", "gelu", "add" -> 3;
            case "addWeighted" -> EXPERTS + 2;
            default -> throw new IllegalArgumentException(label);
        };
    }

    /** Runs all of it, or the benchmarks whose names match the first argument, and prints rates. */
    public static void main(String[] arguments) throws RunnerException {
        String include = arguments.length > 0 ? arguments[0] : ElementwiseBenchmark.class.getName();
        try (Team team = Team.ofSize(1)) {
            Peaks.here()
                    .ifPresent(peaks -> System.out.printf(
                            "one thread reads memory at %.1f GB/s%n", peaks.reads(team, NativePages.Use.HUGE)));
        }
        for (RunResult result : new Runner(new OptionsBuilder().include(include).build()).run()) {
            String label = result.getPrimaryResult().getLabel();
            int rows = Integer.parseInt(result.getParams().getParam("rows"));
            double nanos = result.getPrimaryResult().getScore();
            System.out.printf(
                    "%-18s %3d rows %9.0f ns %7.1f GB/s%n",
                    label, rows, nanos, (double) tables(label) * rows * STRIDE / nanos);
        }
    }
}
