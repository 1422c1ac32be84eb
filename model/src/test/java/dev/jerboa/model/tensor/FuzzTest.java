package dev.jerboa.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.gguf.GgufFile;
import dev.jerboa.model.safetensors.SafetensorsFile;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged real files either open, and then all their tensors can be read, or are refused with a {@link ModelException};
 * memory and time are bounded by the file. Runs for {@code -Djerboa.fuzz.seconds} (3) a container, from
 * {@code -Djerboa.fuzz.seed}.
 */
class FuzzTest {
    private static final long[] HOSTILE = {
        -1,
        0,
        1,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0xffff,
        Integer.MAX_VALUE,
        0xffff_ffffL,
        1L << 31,
        1L << 32,
        1L << 40,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        1L << 61,
        24,
        32,
        9,
        8
    };
    private static final long ALLOCATION_FLOOR = 4 << 20;
    private static final int ALLOCATION_FACTOR = 40;

    @TempDir
    Path folder;

    @FunctionalInterface
    private interface Opener {
        TensorSource open(Path path, Arena arena);
    }

    @Test
    void gguf() throws IOException {
        List<byte[]> seeds = seeds(".gguf", data -> data.length);
        fuzz("x.gguf", seeds, GgufFile::open);
    }

    @Test
    void safetensors() throws IOException {
        List<byte[]> seeds = seeds(
                ".safetensors",
                data -> 8
                        + (int) ByteBuffer.wrap(data)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .getLong());
        fuzz("x.safetensors", seeds, SafetensorsFile::open);
    }

    private void fuzz(String name, List<byte[]> seeds, Opener opener) throws IOException {
        long seconds = Long.getLong("jerboa.fuzz.seconds", 3);
        long seed = Long.getLong("jerboa.fuzz.seed", 20261123);
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        Path file = folder.resolve(name);
        // What is loaded and set up once is not the file's doing: an intact file goes first, unmeasured.
        Files.write(file, seeds.getLast());
        try (Arena arena = Arena.ofConfined()) {
            assertThat(opener.open(file, arena).source()).isEqualTo(file.toString());
        }
        int opened = 0;
        int refused = 0;
        for (long round = seed; System.nanoTime() < end; round++) {
            byte[] data = mutate(new Random(round), seeds);
            Files.write(file, data);
            if (opens(file, data, round, opener)) {
                opened++;
            } else {
                refused++;
            }
        }
        System.out.println("fuzzed " + name + ": " + opened + " opened, " + refused + " refused");
        assertThat(opened).isPositive();
        assertThat(refused).isPositive();
    }

    private static boolean opens(Path file, byte[] data, long round, Opener opener) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        try (Arena arena = Arena.ofConfined()) {
            TensorSource source = opener.open(file, arena);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(allocated)
                    .as("round %s", round)
                    .isLessThan(ALLOCATION_FLOOR + (long) ALLOCATION_FACTOR * data.length);
            for (StoredTensor tensor : source.tensors()) {
                if (tensor.elements() > 0 && tensor.rank() > 0 && tensor.size(-1) < 1 << 16) {
                    float[] row = new float[(int) tensor.size(-1)];
                    tensor.rows(0, 1, row, 0);
                    tensor.rows(tensor.elements() / row.length - 1, 1, row, 0);
                }
            }
            return true;
        } catch (ModelException e) {
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(allocated)
                    .as("round %s", round)
                    .isLessThan(ALLOCATION_FLOOR + (long) ALLOCATION_FACTOR * data.length);
            assertThat(e.getMessage()).contains(file.getFileName().toString());
            return false;
        } catch (RuntimeException | Error e) {
            byte[] head = Arrays.copyOf(data, Math.min(data.length, 256));
            return fail(
                    "round " + round + " (" + data.length + " bytes, "
                            + HexFormat.of().formatHex(head) + "…)",
                    e);
        } finally {
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        }
    }

    /** Mostly one damage, sometimes up to eight, most of them in the header. */
    private static byte[] mutate(Random random, List<byte[]> seeds) {
        byte[] data = seeds.get(random.nextInt(seeds.size())).clone();
        for (int i = random.nextInt(4) == 0 ? random.nextInt(1, 9) : 1; i > 0 && data.length > 8; i--) {
            int at = random.nextInt(random.nextInt(4) == 0 ? data.length : Math.min(data.length, 4096));
            switch (random.nextInt(7)) {
                case 0 -> data[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> data[at] = (byte) random.nextInt();
                case 2 -> data = Arrays.copyOf(data, random.nextInt(data.length));
                case 3 -> put(data, at, HOSTILE[random.nextInt(HOSTILE.length)], random.nextBoolean() ? 8 : 4);
                case 4 -> data = Arrays.copyOf(data, data.length + random.nextInt(64));
                case 5 -> {
                    int count = random.nextInt(Math.min(64, data.length - at));
                    System.arraycopy(data, at, data, random.nextInt(data.length - count), count);
                }
                default -> data = digits(random, data, at);
            }
        }
        return data;
    }

    private static void put(byte[] data, int at, long value, int bytes) {
        for (int i = 0; i < bytes && at + i < data.length; i++) {
            data[at + i] = (byte) (value >> 8 * i);
        }
    }

    /** Replaces a decimal number after {@code at}, as JSON headers have them, by another. */
    private static byte[] digits(Random random, byte[] data, int at) {
        int from = at;
        while (from < data.length && !(data[from] >= '0' && data[from] <= '9')) {
            from++;
        }
        int to = from;
        while (to < data.length && data[to] >= '0' && data[to] <= '9') {
            to++;
        }
        byte[] number = Long.toString(HOSTILE[random.nextInt(HOSTILE.length)]).getBytes(StandardCharsets.US_ASCII);
        byte[] out = new byte[data.length - (to - from) + number.length];
        System.arraycopy(data, 0, out, 0, from);
        System.arraycopy(number, 0, out, from, number.length);
        System.arraycopy(data, to, out, from + number.length, data.length - to);
        if (random.nextBoolean()) {
            long length = ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
            put(out, 0, length + out.length - data.length, 8);
        }
        return out;
    }

    /** Small files, whole and cut where {@code cut} says. */
    private static List<byte[]> seeds(String suffix, java.util.function.ToIntFunction<byte[]> cut) throws IOException {
        SharedFolder.require("models");
        List<byte[]> seeds = new ArrayList<>();
        try (Stream<Path> all = Files.walk(SharedFolder.path(".").toRealPath())) {
            for (Path path :
                    all.filter(p -> p.toString().endsWith(suffix)).sorted().toList()) {
                byte[] data = Files.readAllBytes(path);
                if (data.length < 1_200_000) {
                    seeds.add(Arrays.copyOf(data, cut.applyAsInt(data)));
                    seeds.add(data);
                }
            }
        }
        assertThat(seeds).hasSizeGreaterThan(10);
        return seeds;
    }
}
