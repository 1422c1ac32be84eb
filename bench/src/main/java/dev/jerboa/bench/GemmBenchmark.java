package dev.jerboa.bench;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.PageArena;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.kernel.ops.Gemm.Form;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.Peaks;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
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
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The general products of training, in the three forms. {@link #main} prints GFLOP/s and their share of the fused multiply-adds
 * that as many threads reach in registers ({@link Peaks}), the best of some measurements right before each case and right after it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class GemmBenchmark {
    private static final String[] SIZES = {"512x256x256", "768x768x768", "1536x1024x256", "4096x384x384"};

    private static final int ROUNDS = 5;

    /** Which factor is transposed. */
    @Param({"NN", "NT", "TN"})
    public Form form = Form.NN;

    /** m × n × k: rows and columns of the product, and products an element. */
    @Param({"512x256x256", "768x768x768", "1536x1024x256", "4096x384x384"})
    public String size = SIZES[0];

    /** Threads of the team. */
    @Param("2")
    public int threads = 2;

    private final Gemm gemm = OpsProvider.ops().gemm();
    private PageArena arena = new PageArena();
    private Team team = Team.ofSize(1);
    private MemorySegment room = MemorySegment.NULL;
    private FloatRows a = FloatRows.allocate(arena, 1, 1);
    private FloatRows b = a;
    private FloatRows c = a;
    private int[] shape = {1, 1, 1};

    @Setup(Level.Trial)
    public void allocate() {
        shape = shape(size);
        int m = shape[0];
        int n = shape[1];
        int k = shape[2];
        arena = new PageArena();
        team = Team.ofSize(threads);
        room = Gemm.room(arena);
        Random random = new Random(1);
        a = table(form == Form.TN ? k : m, form == Form.TN ? m : k, random);
        b = table(form == Form.NT ? n : k, form == Form.NT ? k : n, random);
        c = table(m, n, random);
    }

    private FloatRows table(int rows, int cols, Random random) {
        FloatRows table = FloatRows.allocate(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int col = 0; col < cols; col++) {
                table.set(r, col, (float) random.nextGaussian());
            }
        }
        return table;
    }

    @TearDown(Level.Trial)
    public void free() {
        team.close();
        arena.close();
    }

    private static int[] shape(String size) {
        return Arrays.stream(size.split("x")).mapToInt(Integer::parseInt).toArray();
    }

    /** One product. */
    @Benchmark
    public FloatRows product() {
        team.run(worker -> gemm.multiply(
                worker,
                form,
                shape[0],
                shape[1],
                shape[2],
                a.data().address(),
                a.cols(),
                b.data().address(),
                b.cols(),
                c.data().address(),
                c.cols(),
                false,
                room));
        return c;
    }

    /** Runs all forms and sizes, or the sizes of the first argument ({@code 768x768x768,…}), on the threads of the second. */
    public static void main(String[] arguments) throws RunnerException {
        String[] sizes = arguments.length > 0 ? arguments[0].split(",") : SIZES;
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
        System.out.println(OpsProvider.choice().description());
        System.out.printf("m x n x k      form threads  GFLOP/s    peak   share%n");
        for (String size : sizes) {
            for (Form form : Form.values()) {
                Options options = new OptionsBuilder()
                        .include(GemmBenchmark.class.getName())
                        .param("form", form.name())
                        .param("size", size)
                        .param("threads", String.valueOf(threads))
                        .verbosity(VerboseMode.SILENT)
                        .build();
                double before = peak(threads);
                double micros =
                        new Runner(options).runSingle().getPrimaryResult().getScore();
                double peak = Math.max(before, peak(threads));
                int[] shape = shape(size);
                double rate = 2.0 * shape[0] * shape[1] * shape[2] / micros / 1e3;
                System.out.printf(
                        "%-14s %-4s %7d %8.1f %7.1f %6.0f %%%n", size, form, threads, rate, peak, 100 * rate / peak);
            }
        }
    }

    /** Multiply-adds of the team, 10⁹ operations a second, the best of a few rounds; not a number where that is not known. */
    private static double peak(int threads) {
        try (Team team = Team.ofSize(threads)) {
            double best = Double.NaN;
            for (int i = 0; i < ROUNDS; i++) {
                double found =
                        Peaks.here().map(peaks -> peaks.multiplyAdds(team)).orElse(Double.NaN);
                best = Double.isNaN(best) ? found : Math.max(best, found);
            }
            return best;
        }
    }
}
