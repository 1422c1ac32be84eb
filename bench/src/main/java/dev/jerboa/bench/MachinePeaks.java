package dev.jerboa.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What one thread of the machine can do at most, by the Vector API: fused multiply-adds, and reading memory. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class MachinePeaks {
    static final long READ_BYTES = 256L << 20;
    static final int ROUNDS = 100_000;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int SUMS = 10;

    private Arena arena = Arena.ofConfined();
    private MemorySegment memory = MemorySegment.NULL;

    /** Floating-point operations of one {@link #fusedMultiplyAdd}. */
    static double operations() {
        return 2.0 * ROUNDS * SUMS * FLOATS.length();
    }

    @Setup(Level.Trial)
    public void allocate() {
        arena = Arena.ofConfined();
        memory = arena.allocate(READ_BYTES, 64);
        memory.fill((byte) 1);
    }

    @TearDown(Level.Trial)
    public void free() {
        arena.close();
    }

    /** Ten independent sums in registers. */
    @Benchmark
    public FloatVector fusedMultiplyAdd() {
        FloatVector x = FloatVector.broadcast(FLOATS, 0.5f);
        FloatVector y = FloatVector.broadcast(FLOATS, 0.25f);
        FloatVector a = x;
        FloatVector b = x;
        FloatVector c = x;
        FloatVector d = x;
        FloatVector e = x;
        FloatVector f = y;
        FloatVector g = y;
        FloatVector h = y;
        FloatVector i = y;
        FloatVector j = y;
        for (int round = 0; round < ROUNDS; round++) {
            a = a.fma(x, y);
            b = b.fma(x, y);
            c = c.fma(x, y);
            d = d.fma(x, y);
            e = e.fma(x, y);
            f = f.fma(x, y);
            g = g.fma(x, y);
            h = h.fma(x, y);
            i = i.fma(x, y);
            j = j.fma(x, y);
        }
        return a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j);
    }

    /** Reads more than any cache holds, in order. */
    @Benchmark
    public FloatVector read() {
        int bytes = FLOATS.vectorByteSize();
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (long at = 0; at < READ_BYTES; at += 4L * bytes) {
            a = a.add(FloatVector.fromMemorySegment(FLOATS, memory, at, ByteOrder.LITTLE_ENDIAN));
            b = b.add(FloatVector.fromMemorySegment(FLOATS, memory, at + bytes, ByteOrder.LITTLE_ENDIAN));
            c = c.add(FloatVector.fromMemorySegment(FLOATS, memory, at + 2L * bytes, ByteOrder.LITTLE_ENDIAN));
            d = d.add(FloatVector.fromMemorySegment(FLOATS, memory, at + 3L * bytes, ByteOrder.LITTLE_ENDIAN));
        }
        return a.add(b).add(c).add(d);
    }
}
