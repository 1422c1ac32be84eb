package dev.jerboa.kernel.ops.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.ops.machine.GuardedMemory.Edge;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class QuantiserTest {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Property(tries = 150)
    void rowsBecomeRecords(
            @ForAll @IntRange(min = 1, max = 4) int rows,
            @ForAll @IntRange(min = 1, max = 9) int blocks,
            @ForAll @IntRange(min = 0, max = 5) int gap,
            @ForAll Edge edge,
            @ForAll long seed) {
        Random random = new Random(seed);
        int cols = 32 * blocks;
        int width = cols + gap; // floats from row to row, so that rows are not aligned either
        float[] x = new float[(rows - 1) * width + cols];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(4)));
        }
        for (Routines routines : Targets.here()) {
            compare(routines, x, rows, cols, width, edge);
        }
    }

    /** Blocks with extremes: each among ordinary values, and alone. */
    @Property(tries = 150)
    void extremes(@ForAll Edge edge, @ForAll long seed) {
        Random random = new Random(seed);
        float[] extremes = {
            0f,
            -0f,
            Float.NaN,
            Float.intBitsToFloat(0xffc00001),
            Float.intBitsToFloat(0x7f800001),
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.MIN_VALUE,
            -Float.MIN_NORMAL,
            3.7e-37f,
            3.73e-37f,
            -3.74e-37f,
            1e-36f,
            Float.MAX_VALUE,
            -Float.MAX_VALUE
        };
        float[] x = new float[32 * 8];
        for (int block = 0; block < 8; block++) {
            float ordinary = random.nextInt(3) == 0 ? 0 : (float) Math.pow(10, random.nextInt(-39, 38));
            for (int i = 0; i < 32; i++) {
                x[32 * block + i] = (random.nextFloat() - 0.5f) * ordinary;
            }
            for (int i = random.nextInt(4); i > 0; i--) {
                x[32 * block + random.nextInt(32)] = extremes[random.nextInt(extremes.length)];
            }
        }
        for (Routines routines : Targets.here()) {
            compare(routines, x, 1, x.length, x.length, edge);
        }
    }

    @Test
    void halvesRoundToEvenAndTheLargestMagnitudeIs127() {
        float[] x = new float[32];
        x[0] = -127;
        x[1] = 0.5f;
        x[2] = 1.5f;
        x[3] = -2.5f;
        x[31] = 126.5f;
        for (Routines routines : Targets.here()) {
            MemorySegment record = compare(routines, x, 1, 32, 32, Edge.LAST);
            assertThat(record.asSlice(0, 4).toArray(ValueLayout.JAVA_BYTE)).containsExactly(-127, 0, 2, -2);
            assertThat(record.get(ValueLayout.JAVA_BYTE, 31)).isEqualTo((byte) 126);
            assertThat(record.get(FLOAT, ActivationRecord.SCALE)).isEqualTo(1f);
        }
    }

    @Test
    void partsOfBlocksAreRefusedAndEmptyTablesAreFine() {
        for (Routines routines : Targets.here()) {
            try (Arena arena = Arena.ofConfined()) {
                Quantiser quantiser = new Quantiser(routines);
                Arguments arguments = new Arguments(arena);
                assertThatThrownBy(() -> quantiser.run(arguments, 0, 0, 0, 0, 1, 48))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("48");
                quantiser.run(arguments, 0, 0, 0, 0, 0, 32);
                quantiser.run(arguments, 0, 0, 0, 0, 1, 0);
            }
        }
    }

    /** Runs the kernel between guard pages and compares every byte; returns a copy of the records. */
    private static MemorySegment compare(Routines routines, float[] x, int rows, int cols, int width, Edge edge) {
        long bytes = ActivationRecord.rowBytes(cols);
        long stride = bytes + 3;
        try (GuardedMemory memory = new GuardedMemory();
                Arena arena = Arena.ofConfined()) {
            MemorySegment from = memory.floats(x, edge);
            MemorySegment to = memory.buffer((rows - 1) * stride + bytes, edge);
            to.fill((byte) 0x5a);
            new Quantiser(routines)
                    .run(new Arguments(arena), from.address(), 4L * width, to.address(), stride, rows, cols);
            MemorySegment expected = MemorySegment.ofArray(new byte[(int) to.byteSize()]);
            expected.fill((byte) 0x5a);
            for (int r = 0; r < rows; r++) {
                for (int b = 0; b < cols / 32; b++) {
                    float[] block = Arrays.copyOfRange(x, r * width + 32 * b, r * width + 32 * b + 32);
                    reference(
                            block,
                            ActivationRecord.SUM_FACTOR,
                            expected.asSlice(r * stride + (long) b * ActivationRecord.BYTES));
                }
            }
            assertThat(from.toArray(INT))
                    .as("inputs")
                    .isEqualTo(MemorySegment.ofArray(x).toArray(INT));
            assertThat(to.mismatch(expected))
                    .as("first byte that differs, %s", routines.target().isa())
                    .isEqualTo(-1);
            return MemorySegment.ofArray(to.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private static void reference(float[] x, int factor, MemorySegment record) {
        float largest = 0;
        for (float value : x) {
            largest = Math.max(largest, Math.abs(value));
        }
        float scale = largest / 127;
        float inverse = 1 / scale;
        boolean finite = largest <= Float.MAX_VALUE;
        boolean usable = finite && inverse <= Float.MAX_VALUE;
        int low = 0;
        int high = 0;
        for (int i = 0; i < 32; i++) {
            int q = usable ? (int) Math.rint(x[i] * inverse) : 0;
            assertThat(q).isBetween(-127, 127);
            record.set(ValueLayout.JAVA_BYTE, i, (byte) q);
            low += i < 16 ? q : 0;
            high += i < 16 ? 0 : q;
        }
        record.set(FLOAT, ActivationRecord.SCALE, usable ? scale : finite ? 0 : Float.NaN);
        record.set(INT, ActivationRecord.SUM, factor * (low + high));
        record.set(INT, ActivationRecord.SUM_LOW, factor * low);
        record.set(INT, ActivationRecord.SUM_HIGH, factor * high);
    }
}
