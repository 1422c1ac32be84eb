package dev.jerboa.kernel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gathered positions against the same positions stored by themselves: attention gives the same bits. */
class GatherTest {
    private static final int LENGTH = 300;
    private static final int SHIFT = 6;

    static List<Ops> tiers() {
        return Stream.concat(OpsTest.tiers().stream(), Stream.of(OpsProvider.ops()))
                .toList();
    }

    /** @param together whether the cache tells its heads apart */
    private record Case(int kvHeads, int headDim, int valueDim, boolean latent, boolean together) {}

    private static final List<Case> CASES = List.of(
            new Case(1, 48, 32, true, true),
            new Case(1, 32, 32, false, true),
            new Case(4, 24, 24, false, true),
            new Case(2, 64, 32, false, true),
            new Case(3, 16, 8, false, false));

    @ParameterizedTest
    @MethodSource("tiers")
    void attentionOverGatheredPositionsIsAttentionOverThemAlone(Ops ops) {
        for (Case shape : CASES) {
            for (CacheType type : CacheType.values()) {
                if (type.scaled() && (!shape.together || !takes(ops, type))) {
                    continue;
                }
                for (int[] positions : selections()) {
                    for (int head = 0; head < shape.kvHeads; head++) {
                        compare(ops, shape, type, positions, head);
                    }
                }
            }
        }
    }

    private static boolean takes(Ops ops, CacheType type) {
        try {
            ops.requireCacheType(type);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Scattered positions, blocks of 16 and of 8, blocks and a piece of one, all. */
    private static List<int[]> selections() {
        Random random = new Random(3);
        return List.of(
                random.ints(0, LENGTH).distinct().limit(70).sorted().toArray(),
                blocks(16, 3, 5, 6, 17),
                blocks(8, 0, 5, 6, 7, 22),
                Arrays.copyOf(blocks(16, 1, 2, 9), 37),
                blocks(1, random.ints(0, 40).distinct().limit(17).sorted().toArray()),
                new int[] {LENGTH - 1},
                blocks(LENGTH, 0));
    }

    private static int[] blocks(int size, int... blocks) {
        return Arrays.stream(blocks)
                .flatMap(b -> IntStream.range(b * size, (b + 1) * size))
                .toArray();
    }

    private static void compare(Ops ops, Case shape, CacheType type, int[] positions, int head) {
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(7);
            int keyDim = shape.kvHeads * shape.headDim;
            int valueDim = shape.latent ? keyDim : shape.kvHeads * shape.valueDim;
            FloatRows keys = OpsTest.random(arena, random, LENGTH, keyDim);
            FloatRows values = shape.latent ? keys : OpsTest.random(arena, random, LENGTH, valueDim);
            int count = (LENGTH >> SHIFT) + 2;
            int[] pages = random.ints(0, count).distinct().limit(count - 1).toArray();
            KvLayer cache = layer(arena, shape.latent, keyDim, valueDim, shape.together ? shape.kvHeads : 1, type);
            store(ops, keys, values, cache, pages);

            int one = shape.latent ? shape.headDim : shape.valueDim;
            KvLayer gathered = layer(arena, shape.latent, shape.headDim, one, 1, type);
            int half = positions.length / 2 & -16;
            ops.gather(cache, pages, head, positions, 0, half, gathered, 64);
            ops.gather(cache, pages, head, positions, half, positions.length - half, gathered, 64);

            KvLayer alone = layer(arena, shape.latent, shape.headDim, one, 1, type);
            FloatRows someKeys = rows(arena, keys, positions, head * shape.headDim, shape.headDim);
            FloatRows someValues = shape.latent ? someKeys : rows(arena, values, positions, head * one, one);
            store(ops, someKeys, someValues, alone, new int[] {0, 1, 2, 3, 4});

            AttentionShape attention = new AttentionShape(2, 1, shape.headDim, shape.valueDim, 0.3f, 0);
            FloatRows query = OpsTest.random(arena, random, 1, 2 * shape.headDim);
            FloatRows expected = FloatRows.allocate(arena, 1, 2 * shape.valueDim);
            FloatRows found = FloatRows.allocate(arena, 1, 2 * shape.valueDim);
            int[] last = {positions.length - 1};
            ops.attention(
                    Worker.alone(),
                    query,
                    new StepTokens(1, last, new int[][] {{0, 1, 2, 3, 4}}),
                    alone,
                    attention,
                    expected);
            ops.attention(
                    Worker.alone(),
                    query,
                    new StepTokens(1, last, new int[][] {{1, 2, 3, 4, 5}}),
                    gathered,
                    attention,
                    found);
            assertThat(found.row(0))
                    .as("%s, %s, head %d, %d positions", shape, type, head, positions.length)
                    .isEqualTo(expected.row(0));
        }
    }

    private static KvLayer layer(Arena arena, boolean latent, int keyDim, int valueDim, int heads, CacheType type) {
        long slots = ((LENGTH >> SHIFT) + 2) << SHIFT;
        MemorySegment keys = arena.allocate(slots * type.keyBytes(keyDim, heads), 64);
        MemorySegment values = latent ? keys : arena.allocate(slots * type.valueBytes(valueDim, heads), 64);
        return new KvLayer(keys, values, keyDim, latent ? keyDim : valueDim, SHIFT, heads, type);
    }

    private static void store(Ops ops, FloatRows keys, FloatRows values, KvLayer cache, int[] pages) {
        int[] positions = new int[keys.rows()];
        int[][] tables = new int[keys.rows()][];
        Arrays.setAll(positions, i -> i);
        Arrays.fill(tables, pages);
        ops.store(Worker.alone(), new StepTokens(keys.rows(), positions, tables), keys, 0, values, 0, cache);
    }

    private static FloatRows rows(Arena arena, FloatRows from, int[] positions, int col, int size) {
        FloatRows some = FloatRows.allocate(arena, positions.length, size);
        for (int i = 0; i < positions.length; i++) {
            for (int c = 0; c < size; c++) {
                some.set(i, c, from.get(positions[i], col + c));
            }
        }
        return some;
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void refusesWhatIsNotThere(Ops ops) {
        try (Arena arena = Arena.ofConfined()) {
            KvLayer cache = layer(arena, false, 32, 32, 2, CacheType.F32);
            KvLayer to = layer(arena, false, 16, 16, 1, CacheType.F32);
            int[] pages = {0, 1, 2};
            int[] good = {1, 5, 100};
            assertThatThrownBy(() -> ops.gather(cache, pages, 2, good, 0, 3, to, 0))
                    .hasMessageContaining("head 2");
            assertThatThrownBy(() -> ops.gather(cache, pages, 0, good, 0, 4, to, 0))
                    .hasMessageContaining("positions 0 to 3 of 3");
            assertThatThrownBy(() -> ops.gather(cache, pages, 0, new int[] {5, 5}, 0, 2, to, 0))
                    .hasMessageContaining("position 5 after position 5");
            assertThatThrownBy(() -> ops.gather(cache, pages, 0, new int[] {200}, 0, 1, to, 0))
                    .hasMessageContaining("page 3 of a table of 3");
            assertThatThrownBy(() -> ops.gather(cache, pages, 0, good, 0, 3, to, to.slots() - 2))
                    .hasMessageContaining("slots");
        }
    }
}
