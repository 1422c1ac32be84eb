package dev.jerboa.kernel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention over paged caches against sums in double, and its independence of workers and of how a prompt is cut. */
class AttentionTest {
    static List<Ops> tiers() {
        return OpsTest.tiers();
    }

    private record Case(int heads, int kvHeads, int headDim, int valueDim, int window, boolean latent) {}

    private static final List<Case> CASES = List.of(
            new Case(1, 1, 8, 8, 0, false),
            new Case(4, 2, 16, 16, 0, false),
            new Case(6, 2, 64, 64, 20, false),
            new Case(8, 1, 32, 32, 0, false),
            new Case(3, 3, 20, 12, 0, false),
            new Case(4, 4, 192, 128, 0, false),
            new Case(5, 1, 40, 24, 0, true),
            new Case(16, 1, 72, 64, 33, true),
            new Case(2, 1, 128, 128, 1, false));

    /** One sequence with its keys and values in scattered pages. */
    private static final class Sequence {
        final Case shape;
        final int length;
        final FloatRows keys;
        final FloatRows values;
        final FloatRows queries;
        final KvLayer cache;
        final int[] pages;
        AttentionShape attention;

        Sequence(Arena arena, Case shape, int length, int pageShift, long seed) {
            Random random = new Random(seed);
            this.shape = shape;
            this.length = length;
            int keyDim = shape.kvHeads * shape.headDim;
            int valueStride = shape.latent ? keyDim : shape.kvHeads * shape.valueDim;
            int count = (length >> pageShift) + 3;
            keys = OpsTest.random(arena, random, count << pageShift, keyDim);
            values = shape.latent ? keys : OpsTest.random(arena, random, count << pageShift, valueStride);
            queries = OpsTest.random(arena, random, length, shape.heads * shape.headDim);
            cache = new KvLayer(keys.data(), values.data(), keyDim, valueStride, pageShift);
            pages = random.ints(0, count).distinct().limit(count - 1).toArray();
            attention =
                    new AttentionShape(shape.heads, shape.kvHeads, shape.headDim, shape.valueDim, 0.3f, shape.window);
        }

        /** The same with chunks, a soft cap and sinks. */
        Sequence with(int chunk, float softCap, boolean sinks) {
            float[] row = new float[shape.heads];
            for (int h = 0; h < row.length; h++) {
                row[h] = h % 3 == 0 ? 60 : (float) Math.sin(h) * 3;
            }
            attention = new AttentionShape(
                    shape.heads,
                    shape.kvHeads,
                    shape.headDim,
                    shape.valueDim,
                    0.3f,
                    shape.window,
                    chunk,
                    softCap,
                    sinks ? FloatRows.copyOf(Arena.ofAuto(), row, row.length) : null);
            return this;
        }

        double[] expected(int position, int head) {
            int kvHead = head / (shape.heads / shape.kvHeads);
            int first = shape.window == 0 ? 0 : Math.max(0, position - shape.window + 1);
            if (attention.chunk() > 0) {
                first = Math.max(first, position / attention.chunk() * attention.chunk());
            }
            double[] scores = new double[position + 1];
            double largest = Double.NEGATIVE_INFINITY;
            for (int p = first; p <= position; p++) {
                int slot = (int) cache.slot(pages, p);
                for (int d = 0; d < shape.headDim; d++) {
                    scores[p] += (double) queries.get(position, head * shape.headDim + d)
                            * keys.get(slot, kvHead * shape.headDim + d);
                }
                scores[p] *= 0.3f;
                if (attention.softCap() > 0) {
                    scores[p] = attention.softCap() * Math.tanh(scores[p] / attention.softCap());
                }
                largest = Math.max(largest, scores[p]);
            }
            double[] out = new double[shape.valueDim];
            FloatRows sinks = attention.sinks();
            double total = sinks == null ? 0 : Math.exp(sinks.get(0, head) - largest);
            for (int p = first; p <= position; p++) {
                double weight = Math.exp(scores[p] - largest);
                total += weight;
                int slot = (int) cache.slot(pages, p);
                for (int d = 0; d < shape.valueDim; d++) {
                    out[d] += weight * values.get(slot, kvHead * shape.valueDim + d);
                }
            }
            for (int d = 0; d < shape.valueDim; d++) {
                out[d] /= total;
            }
            return out;
        }

        /** Positions from to to − 1 in one step. */
        StepTokens step(int from, int to) {
            int[] positions = new int[to - from];
            int[][] tables = new int[to - from][];
            Arrays.setAll(positions, i -> from + i);
            Arrays.fill(tables, pages);
            return new StepTokens(to - from, positions, tables);
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void agreesWithSumsInDouble(Ops ops) {
        for (Case shape : CASES) {
            for (int pageShift : new int[] {0, 4, 7}) {
                try (Arena arena = Arena.ofShared();
                        Team team = Team.ofSize(2)) {
                    agrees(ops, team, arena, new Sequence(arena, shape, 100, pageShift, 5));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void chunksSoftCapsAndSinksAgreeWithSumsInDouble(Ops ops) {
        for (Case shape : CASES) {
            try (Arena arena = Arena.ofShared();
                    Team team = Team.ofSize(2)) {
                Sequence s = new Sequence(arena, shape, 100, 4, 5);
                agrees(ops, team, arena, s.with(24, 0, false));
                agrees(ops, team, arena, s.with(0, 1.5f, false));
                agrees(ops, team, arena, s.with(0, 0, true));
                agrees(ops, team, arena, s.with(33, 2.5f, true));
            }
        }
    }

    private static void agrees(Ops ops, Team team, Arena arena, Sequence s) {
        Case shape = s.shape;
        FloatRows out = FloatRows.allocate(arena, 100, shape.heads * shape.valueDim);
        team.run(w -> ops.attention(w, s.queries, s.step(0, 100), s.cache, s.attention, out));
        for (int position : new int[] {0, 1, 15, 16, 31, 32, 33, 63, 64, 99}) {
            for (int head = 0; head < shape.heads; head++) {
                double[] expected = s.expected(position, head);
                for (int d = 0; d < shape.valueDim; d++) {
                    double found = out.get(position, head * shape.valueDim + d);
                    if (!(Math.abs(found - expected[d]) <= 2e-5)) { // a sentence only where it is needed
                        assertThat(found)
                                .as("%s position %d head %d value %d", s.attention, position, head, d)
                                .isCloseTo(expected[d], within(2e-5));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void bitsDependNeitherOnWorkersNorOnTheCutNorOnCompany(Ops ops) {
        for (Case shape : CASES) {
            bitsDependOnTheTokenAlone(ops, shape, 0, 0, false);
        }
        bitsDependOnTheTokenAlone(ops, CASES.getFirst(), 24, 2, true);
    }

    private static void bitsDependOnTheTokenAlone(Ops ops, Case shape, int chunk, float softCap, boolean sinks) {
        try (Arena arena = Arena.ofShared()) {
            int length = 75;
            Sequence s = new Sequence(arena, shape, length, 4, 6).with(chunk, softCap, sinks);
            Sequence other = new Sequence(arena, shape, length, 4, 6);
            int width = shape.heads * shape.valueDim;
            FloatRows whole = FloatRows.allocate(arena, length, width);
            FloatRows pieces = FloatRows.allocate(arena, length, width);
            try (Team team = Team.ofSize(1)) {
                team.run(w -> ops.attention(w, s.queries, s.step(0, length), s.cache, s.attention, whole));
            }
            for (int size = 1; size <= 3; size++) {
                for (int piece : new int[] {1, 2, 3, 7, 32, length}) {
                    try (Team team = Team.ofSize(size)) {
                        for (int from = 0; from < length; from += piece) {
                            int at = from;
                            int to = Math.min(length, from + piece);
                            StepTokens step = s.step(at, to);
                            team.run(w -> ops.attention(
                                    w,
                                    s.queries.slice(at, to - at),
                                    step,
                                    s.cache,
                                    s.attention,
                                    pieces.slice(at, to - at)));
                        }
                    }
                    assertSame(pieces, whole);
                }
            }
            mixedWithAnotherSequence(ops, arena, s, other, whole);
        }
    }

    /** The last tokens of two sequences, interleaved in one step. */
    private static void mixedWithAnotherSequence(Ops ops, Arena arena, Sequence s, Sequence other, FloatRows whole) {
        int count = 6;
        FloatRows queries = FloatRows.allocate(arena, 2 * count, s.queries.cols());
        FloatRows out = FloatRows.allocate(arena, 2 * count, whole.cols());
        int[] positions = new int[2 * count];
        int[][] pages = new int[2 * count][];
        for (int i = 0; i < 2 * count; i++) {
            int position = s.length - 1 - i / 2 * 3;
            positions[i] = position;
            pages[i] = i % 2 == 0 ? s.pages : other.pages.clone();
            queries.slice(i, 1).data().copyFrom(s.queries.slice(position, 1).data());
        }
        try (Team team = Team.ofSize(2)) {
            StepTokens step = new StepTokens(2 * count, positions, pages);
            team.run(w -> ops.attention(w, queries, step, s.cache, s.attention, out));
        }
        for (int i = 0; i < 2 * count; i++) {
            assertThat(out.row(i)).isEqualTo(whole.row(positions[i]));
        }
    }

    /** Pages before a window, and between the windows of two tokens of one step, may be gone: only visible ones are read. */
    @ParameterizedTest
    @MethodSource("tiers")
    void pagesOutsideTheWindowsAreNotTouched(Ops ops) {
        for (int pageShift : new int[] {0, 3, 5, 6}) {
            try (Arena arena = Arena.ofShared();
                    Team team = Team.ofSize(2)) {
                Sequence s = new Sequence(arena, new Case(2, 1, 32, 32, 20, false), 400, pageShift, 7);
                int[] at = {25, 45, 399};
                FloatRows queries = FloatRows.allocate(arena, 3, 64);
                for (int i = 0; i < 3; i++) {
                    queries.slice(i, 1)
                            .data()
                            .copyFrom(s.queries.slice(at[i], 1).data());
                }
                FloatRows out = FloatRows.allocate(arena, 3, 64);
                FloatRows again = FloatRows.allocate(arena, 3, 64);
                StepTokens step = new StepTokens(3, at, new int[][] {s.pages, s.pages, s.pages});
                team.run(w -> ops.attention(w, queries, step, s.cache, s.attention, out));
                for (int page = 0; page < s.pages.length; page++) {
                    int start = page << pageShift;
                    int end = (page + 1) << pageShift;
                    boolean visible = start <= 45 && end > 6 || start <= 399 && end > 380;
                    s.pages[page] = visible ? s.pages[page] : -1;
                }
                team.run(w -> ops.attention(w, queries, step, s.cache, s.attention, again));
                assertSame(again, out);
            }
        }
    }

    /** What a token must not see cannot spoil it: later keys and values that are no numbers, and unwritten slots. */
    @ParameterizedTest
    @MethodSource("tiers")
    void laterPositionsDoNotLeakIn(Ops ops) {
        for (Case shape : CASES) {
            try (Arena arena = Arena.ofShared();
                    Team team = Team.ofSize(2)) {
                Sequence s = new Sequence(arena, shape, 70, 6, 8);
                int width = shape.heads * shape.valueDim;
                FloatRows clean = FloatRows.allocate(arena, 70, width);
                FloatRows spoilt = FloatRows.allocate(arena, 70, width);
                team.run(w -> ops.attention(w, s.queries, s.step(0, 70), s.cache, s.attention, clean));
                for (int position = 50; position < 128; position++) {
                    int slot = (int) s.cache.slot(s.pages, position);
                    for (int c = 0; c < s.keys.cols(); c++) {
                        s.keys.set(slot, c, Float.NaN);
                    }
                    for (int c = 0; c < s.values.cols(); c++) {
                        s.values.set(slot, c, Float.POSITIVE_INFINITY);
                    }
                }
                team.run(w -> ops.attention(w, s.queries, s.step(0, 70), s.cache, s.attention, spoilt));
                for (int t = 0; t < 50; t++) {
                    assertThat(spoilt.row(t)).isEqualTo(clean.row(t));
                }
                assertThat(spoilt.get(50, 0)).isNaN();
            }
        }
    }

    /** Caches of small elements: what is stored is the nearest element, and attention is over that. */
    @ParameterizedTest
    @MethodSource("tiers")
    void smallElementsAreRoundedOnce(Ops ops) {
        for (CacheType type : List.of(CacheType.F32, CacheType.F16, CacheType.BF16)) {
            for (Case shape : CASES) {
                try (Arena arena = Arena.ofShared();
                        Team team = Team.ofSize(2)) {
                    Sequence s = new Sequence(arena, shape, 70, 4, 3);
                    int keyDim = s.cache.keyDim();
                    int stride = s.cache.valueStride();
                    long slots = s.cache.slots();
                    MemorySegment keys = arena.allocate(slots * keyDim * type.bytes());
                    MemorySegment values = shape.latent ? keys : arena.allocate(slots * stride * type.bytes());
                    KvLayer small = new KvLayer(keys, values, keyDim, stride, 4, shape.kvHeads, type);
                    FloatRows keyRows = FloatRows.allocate(arena, 70, keyDim);
                    FloatRows valueRows = FloatRows.allocate(arena, 70, stride);
                    for (int p = 0; p < 70; p++) {
                        int slot = (int) s.cache.slot(s.pages, p);
                        keyRows.slice(p, 1)
                                .data()
                                .copyFrom(s.keys.slice(slot, 1).data());
                        valueRows
                                .slice(p, 1)
                                .data()
                                .copyFrom(s.values.slice(slot, 1).data());
                        rounded(s.keys, slot, type);
                        rounded(s.values, slot, type);
                    }
                    FloatRows found = FloatRows.allocate(arena, 70, shape.heads * shape.valueDim);
                    FloatRows expected = FloatRows.allocate(arena, 70, shape.heads * shape.valueDim);
                    StepTokens step = s.step(0, 70);
                    team.run(w -> {
                        ops.store(w, step, keyRows, 0, valueRows, 0, small);
                        w.barrier();
                        ops.attention(w, s.queries, step, small, s.attention, found);
                        ops.attention(w, s.queries, step, s.cache, s.attention, expected);
                    });
                    assertSame(found, expected);
                }
            }
        }
    }

    private static void rounded(FloatRows rows, int row, CacheType type) {
        MemorySegment one = MemorySegment.ofArray(new byte[4]);
        for (int c = 0; c < rows.cols(); c++) {
            type.set(one, 0, rows.get(row, c));
            rows.set(row, c, type.get(one, 0));
        }
    }

    private static void assertSame(FloatRows found, FloatRows expected) {
        assertThat(found.data().mismatch(expected.data())).isEqualTo(-1);
    }
}
