package dev.jerboa.bench;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.kernel.memory.PageArena;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.Panel;
import dev.jerboa.kernel.ops.Peaks;
import dev.jerboa.kernel.ops.Weights;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
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
 * Matrix products of the chosen tier: one token, whose weights come from memory (as many matrices in turn as no cache holds),
 * and 256 tokens by one matrix. {@link #main} prints GB/s (of the published blocks) or GFLOP/s and their share of {@link
 * Peaks}, measured before and after with as many threads.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class KernelBenchmark {
    private static final int TOKENS = 256;
    private static final long MORE_THAN_A_CACHE = 128L << 20;

    /** The weight type, a {@link DType}. */
    @Param({"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K", "MXFP4"})
    public String type = "F32";

    /** Outputs × inputs. */
    @Param({"2048x2048", "1024x3072"})
    public String size = "2048x2048";

    /** Threads of the team. */
    @Param("1")
    public int threads = 1;

    private final Ops ops = OpsProvider.ops();
    private PageArena arena = new PageArena();
    private Team team = Team.ofSize(1);
    private List<Weights> matrices = List.of();
    private Panel inputs = ops.panel(arena, 1, 1, List.of());
    private FloatRows outputs = FloatRows.allocate(arena, 1, 1);

    @Setup(Level.Trial)
    public void allocate() {
        int rows = rows(size);
        int cols = cols(size);
        arena = new PageArena();
        team = Team.ofSize(threads);
        Random random = new Random(1);
        long bytes = DType.valueOf(type).bytes((long) rows * cols);
        matrices = new ArrayList<>();
        for (int i = 0; i < copies(type, size); i++) {
            MemorySegment data = arena.allocate(bytes, 64);
            fill(data, random);
            matrices.add(ops.weights(new Matrix(DType.valueOf(type), rows, cols, data), Ops.Precision.FAST, arena));
        }
        inputs = ops.panel(arena, TOKENS, cols, matrices);
        for (int t = 0; t < TOKENS; t++) {
            for (int c = 0; c < cols; c++) {
                inputs.rows().set(t, c, (float) random.nextGaussian());
            }
        }
        team.run(worker -> ops.prepare(worker, inputs, TOKENS));
        outputs = FloatRows.allocate(arena, TOKENS, rows);
    }

    @TearDown(Level.Trial)
    public void free() {
        team.close();
        arena.close();
    }

    /** Random bytes of which every second leaves half-precision scales and floats small and finite. */
    private static void fill(MemorySegment data, Random random) {
        byte[] chunk = new byte[1 << 16];
        random.nextBytes(chunk);
        for (int i = 0; i < chunk.length; i++) {
            chunk[i] &= 0x3b;
        }
        for (long at = 0; at < data.byteSize(); at += chunk.length) {
            int count = (int) Math.min(chunk.length, data.byteSize() - at);
            MemorySegment.copy(chunk, 0, data, ValueLayout.JAVA_BYTE, at, count);
        }
    }

    private static int rows(String size) {
        return Integer.parseInt(size.substring(0, size.indexOf('x')));
    }

    private static int cols(String size) {
        return Integer.parseInt(size.substring(size.indexOf('x') + 1));
    }

    private static int copies(String type, String size) {
        long bytes = DType.valueOf(type).bytes((long) rows(size) * cols(size));
        return (int) (MORE_THAN_A_CACHE / bytes) + 1;
    }

    /** One token by each of many matrices. */
    @Benchmark
    public FloatRows generation() {
        team.run(worker -> {
            for (Weights matrix : matrices) {
                ops.product(worker, matrix, inputs, 1, outputs);
            }
        });
        return outputs;
    }

    /** Many tokens by one matrix. */
    @Benchmark
    public FloatRows prompt() {
        team.run(worker -> ops.product(worker, matrices.getFirst(), inputs, TOKENS, outputs));
        return outputs;
    }

    /** Runs all types, or those of the first argument, on the threads of the second, and prints rates and shares. */
    public static void main(String[] arguments) throws RunnerException {
        OptionsBuilder options = new OptionsBuilder();
        options.include(KernelBenchmark.class.getName());
        if (arguments.length > 0) {
            options.param("type", arguments[0].split(","));
        }
        if (arguments.length > 1) {
            options.param("threads", arguments[1].split(","));
        }
        Map<Integer, Limits> limits = new TreeMap<>();
        for (String count : arguments.length > 1 ? arguments[1].split(",") : new String[] {"1"}) {
            limits.put(Integer.valueOf(count), Limits.measure(Integer.parseInt(count)));
        }
        Collection<RunResult> results = new Runner(options.build()).run();
        limits.replaceAll((count, before) -> before.with(Limits.measure(count)));
        System.out.println(OpsProvider.choice().description());
        limits.forEach((count, limit) -> System.out.printf(
                "%d threads: %.1f GFLOP/s, %.1f Gop/s of bytes, reads %.1f GB/s%n",
                count, limit.multiplyAdds, limit.byteProducts, limit.reads));
        results.forEach(result -> print(
                result, limits.getOrDefault(Integer.valueOf(result.getParams().getParam("threads")), Limits.UNKNOWN)));
    }

    /** The machine's peaks, before and after all runs; not a number where they are not known. */
    private record Limits(double multiplyAdds, double byteProducts, double reads) {
        static final Limits UNKNOWN = new Limits(Double.NaN, Double.NaN, Double.NaN);

        static Limits measure(int threads) {
            try (Team team = Team.ofSize(threads)) {
                return Peaks.here()
                        .map(peaks -> new Limits(
                                peaks.multiplyAdds(team),
                                peaks.byteProducts(team),
                                peaks.reads(team, NativePages.Use.HUGE)))
                        .orElse(UNKNOWN);
            }
        }

        Limits with(Limits other) {
            return new Limits(
                    (multiplyAdds + other.multiplyAdds) / 2,
                    (byteProducts + other.byteProducts) / 2,
                    (reads + other.reads) / 2);
        }
    }

    private static void print(RunResult result, Limits limits) {
        String type = result.getParams().getParam("type");
        String size = result.getParams().getParam("size");
        double micros = result.getPrimaryResult().getScore();
        double weights = (double) rows(size) * cols(size);
        boolean prompt = result.getPrimaryResult().getLabel().equals("prompt");
        double rate = prompt
                ? 2 * weights * TOKENS / micros / 1e3
                : (double) DType.valueOf(type).bytes((long) weights) * copies(type, size) / micros / 1e3;
        System.out.printf(
                "%-10s %-6s %-10s %s threads %8.1f %-7s %3.0f %% of %s%n",
                result.getPrimaryResult().getLabel(),
                type,
                size,
                result.getParams().getParam("threads"),
                rate,
                prompt ? "GFLOP/s" : "GB/s",
                100 * rate / (prompt ? limits.multiplyAdds : limits.reads),
                prompt ? "the multiply-add peak" : "reading");
    }
}
