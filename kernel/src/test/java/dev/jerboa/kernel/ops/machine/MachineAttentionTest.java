package dev.jerboa.kernel.ops.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.AttentionShape;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.StepTokens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Attention in machine code against sums in double, on every instruction set that this machine has, over every cache type,
 * between guard pages; and its independence of workers, of how a prompt is cut, and of the other rows.
 */
class MachineAttentionTest {
    private record Case(int heads, int kvHeads, int headDim, int valueDim, int window, boolean latent) {}

    private static final List<Case> CASES = List.of(
            new Case(1, 1, 8, 8, 0, false),
            new Case(4, 2, 16, 16, 0, false),
            new Case(6, 2, 64, 64, 20, false),
            new Case(8, 1, 32, 40, 0, false),
            new Case(3, 3, 20, 12, 0, false),
            new Case(5, 1, 22, 27, 0, false),
            new Case(7, 1, 44, 27, 0, false),
            new Case(4, 4, 192, 128, 0, false),
            new Case(14, 2, 80, 80, 130, false),
            new Case(5, 1, 40, 24, 0, true),
            new Case(16, 1, 76, 65, 33, true),
            new Case(20, 1, 576, 512, 0, true),
            new Case(2, 1, 128, 128, 1, false));

    private record Setting(Routines routines, CacheType type) {
        Isa isa() {
            return routines.target().isa();
        }

        /** The shapes that the cache type can have. */
        List<Case> cases() {
            return CASES.stream()
                    .filter(shape -> !type.scaled() || shape.headDim % 4 == 0)
                    .toList();
        }

        @Override
        public String toString() {
            return isa().key() + " " + type.key();
        }
    }

    static List<Setting> settings() {
        List<Setting> settings = new ArrayList<>();
        Set<String> kinds = new HashSet<>(); // instruction sets that differ elsewhere only emit the same code
        for (Routines routines : Targets.here()) {
            for (CacheType type : CacheType.values()) {
                Isa isa = routines.target().isa();
                if (kinds.add(isa.vectorBytes() + " " + CacheFormat.of(type, isa) + type.scaled())) {
                    settings.add(new Setting(routines, type));
                }
            }
        }
        return settings;
    }

    /** One sequence with its keys and values in scattered pages, everything between guard pages. */
    private static final class Sequence {
        final Case shape;
        final int length;
        final FloatRows keys;
        final FloatRows values;
        final FloatRows queries;
        final KvLayer cache;
        final int[] pages;
        AttentionShape attention;
        final Setting setting;

        Sequence(GuardedMemory memory, Setting setting, Case shape, int length, int shift, long seed) {
            Random random = new Random(seed);
            this.shape = shape;
            this.length = length;
            this.setting = setting;
            int keyDim = shape.kvHeads * shape.headDim;
            int valueStride = shape.latent ? keyDim : shape.kvHeads * shape.valueDim;
            int count = (length - 1 >> shift) + 2;
            int heads = seed % 2 == 0 || setting.type.scaled() ? shape.kvHeads : 1;
            long slots = (long) count << shift;
            CacheType type = setting.type;
            MemorySegment keyMemory = memory.buffer(slots * type.keyBytes(keyDim, heads), GuardedMemory.Edge.LAST);
            MemorySegment valueMemory = shape.latent
                    ? keyMemory
                    : memory.buffer(slots * type.valueBytes(valueStride, heads), GuardedMemory.Edge.FIRST);
            keys = random(memory, random, length, keyDim);
            values = shape.latent ? keys : random(memory, random, length, valueStride);
            queries = random(memory, random, length, shape.heads * shape.headDim);
            cache = new KvLayer(keyMemory, valueMemory, keyDim, valueStride, shift, heads, setting.type);
            pages = random.ints(0, count).distinct().limit(count).toArray();
            float scale = (float) (1 / Math.sqrt(shape.headDim));
            attention =
                    new AttentionShape(shape.heads, shape.kvHeads, shape.headDim, shape.valueDim, scale, shape.window);
        }

        /** The same with chunks of 40, a soft cap and sinks. */
        Sequence special() {
            float[] sinks = new float[shape.heads];
            for (int h = 0; h < sinks.length; h++) {
                sinks[h] = h % 3 == 1 ? 90 : (float) Math.sin(h) * 3;
            }
            attention = new AttentionShape(
                    shape.heads,
                    shape.kvHeads,
                    shape.headDim,
                    shape.valueDim,
                    attention.scale(),
                    shape.window,
                    40,
                    0.75f,
                    FloatRows.copyOf(Arena.ofAuto(), sinks, sinks.length));
            return this;
        }

        void store(int from, int to) {
            new MachineAttention(setting.routines)
                    .store(
                            Worker.alone(),
                            step(from, to),
                            keys.slice(from, to - from),
                            0,
                            values.slice(from, to - from),
                            0,
                            cache);
        }

        FloatRows run(GuardedMemory memory, int workers, int from, int to) {
            FloatRows out = rows(memory, to - from, shape.heads * shape.valueDim);
            for (int worker = 0; worker < workers; worker++) {
                new MachineAttention(setting.routines)
                        .run(
                                new Tables.OneOf(worker, workers),
                                queries.slice(from, to - from),
                                step(from, to),
                                cache,
                                attention,
                                out);
            }
            return out;
        }

        /** What the cache type leaves of {@code size} elements of a row, those that share scales in blocks. */
        private float[] stored(FloatRows rows, int row, int from, int size, int block) {
            float[] left = new float[size];
            if (cache.type().scaled()) {
                for (int at = 0; at < size; at += block) {
                    eightBits(rows, row, from + at, left, at, Math.min(size, at + block));
                }
                return left;
            }
            MemorySegment one = MemorySegment.ofArray(new byte[4]);
            for (int d = 0; d < size; d++) {
                cache.type().set(one, 0, rows.get(row, from + d));
                left[d] = cache.type().get(one, 0);
            }
            return left;
        }

        private static void eightBits(FloatRows rows, int row, int from, float[] left, int at, int end) {
            float largest = 1e-30f;
            for (int d = at; d < end; d++) {
                largest = Math.max(largest, Math.abs(rows.get(row, from + d - at)));
            }
            float scale = Float.intBitsToFloat(Float.floatToRawIntBits(largest * (1f / 127)) + 0xffff & 0xffff0000);
            for (int d = at; d < end; d++) {
                double code = Math.rint(rows.get(row, from + d - at) * (1 / scale));
                assertThat(Math.abs(code)).isLessThanOrEqualTo(127);
                left[d] = (float) code * scale;
            }
        }

        private float[] storedKey(int position, int kvHead) {
            return stored(keys, position, kvHead * shape.headDim, shape.headDim, CacheType.BLOCK);
        }

        /** With latent attention a prefix of the key. */
        private float[] storedValue(int position, int kvHead) {
            return shape.latent
                    ? storedKey(position, kvHead)
                    : stored(values, position, kvHead * shape.valueDim, shape.valueDim, shape.valueDim);
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
                float[] key = storedKey(p, kvHead);
                for (int d = 0; d < shape.headDim; d++) {
                    scores[p] += (double) queries.get(position, head * shape.headDim + d) * key[d];
                }
                scores[p] *= attention.scale();
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
                float[] value = storedValue(p, kvHead);
                for (int d = 0; d < shape.valueDim; d++) {
                    out[d] += weight * value[d];
                }
            }
            for (int d = 0; d < shape.valueDim; d++) {
                out[d] /= total;
            }
            return out;
        }

        StepTokens step(int from, int to) {
            int[] positions = new int[to - from];
            int[][] tables = new int[to - from][];
            Arrays.setAll(positions, i -> from + i);
            Arrays.fill(tables, pages);
            return new StepTokens(to - from, positions, tables);
        }
    }

    private static FloatRows rows(GuardedMemory memory, int rows, int cols) {
        return new FloatRows(memory.buffer(4L * rows * cols, GuardedMemory.Edge.LAST), rows, cols);
    }

    private static FloatRows random(GuardedMemory memory, Random random, int rows, int cols) {
        FloatRows table = rows(memory, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                table.set(r, c, (float) random.nextGaussian());
            }
        }
        return table;
    }

    /**
     * Rounded queries and weights cost what bfloat16 has, 8 bits, averaged over a sum; and what 8-bit numbers have, a part in
     * 254 of a block's largest query, and a part in 510 of a tile's largest weight.
     */
    private static double tolerance(Setting setting, Case shape) {
        if (CacheFormat.of(setting.type, setting.isa()) == CacheFormat.BYTES && !shape.latent) {
            return 4e-2;
        }
        return setting.type == CacheType.BF16 && setting.isa() == Isa.AVX512_BF16 ? 3e-2 : 1e-5;
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("settings")
    void agreesWithSumsInDouble(Setting setting) {
        long seed = 1;
        for (Case shape : setting.cases()) {
            for (int pageShift : shape.headDim > 500 ? new int[] {6} : new int[] {4 + (int) seed % 2, 6, 7}) {
                try (GuardedMemory memory = new GuardedMemory()) {
                    int length = pageShift == 6 ? 149 : 67;
                    Sequence s = new Sequence(memory, setting, shape, length, pageShift, seed++);
                    s.store(0, length);
                    agrees(memory, s);
                    if (pageShift == 6) {
                        agrees(memory, s.special());
                    }
                }
            }
        }
    }

    private static void agrees(GuardedMemory memory, Sequence s) {
        Case shape = s.shape;
        FloatRows out = s.run(memory, 2, 0, s.length);
        for (int t = 0; t < s.length; t += t < s.length - 3 ? 17 : 1) {
            for (int h = 0; h < shape.heads; h += 1 + shape.heads / 5) {
                double[] expected = s.expected(t, h);
                double[] found = new double[shape.valueDim];
                for (int d = 0; d < shape.valueDim; d++) {
                    found[d] = out.get(t, h * shape.valueDim + d);
                }
                assertThat(found)
                        .as("%s, %s: token %d, head %d", shape, s.attention, t, h)
                        .containsExactly(expected, within(tolerance(s.setting, shape)));
            }
        }
    }

    /** Whole, in pieces, token by token; one to three workers; stored before or between: the same bits. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("settings")
    void bitsDoNotDependOnWorkersOrPieces(Setting setting) {
        for (Case shape : setting.cases()) {
            bitsDoNotDependOnWorkersOrPieces(setting, shape, false);
        }
        bitsDoNotDependOnWorkersOrPieces(setting, new Case(4, 2, 64, 64, 0, false), true);
    }

    private static void bitsDoNotDependOnWorkersOrPieces(Setting setting, Case shape, boolean special) {
        try (GuardedMemory memory = new GuardedMemory()) {
            int length = shape.headDim > 500 ? 70 : 141;
            Sequence s = new Sequence(memory, setting, shape, length, 6, 8);
            s = special ? s.special() : s;
            s.store(0, length);
            FloatRows whole = s.run(memory, 1, 0, length);
            for (int piece : new int[] {1, 2, 7, 33, length}) {
                s.cache.keys().fill((byte) 0xff);
                s.cache.values().fill((byte) 0xff);
                for (int from = 0; from < length; from += piece) {
                    int to = Math.min(length, from + piece);
                    s.store(from, to);
                    FloatRows out = s.run(memory, 1 + piece % 3, from, to);
                    assertThat(out.data().mismatch(whole.slice(from, to - from).data()))
                            .as("%s in pieces of %d from %d", shape, piece, from)
                            .isEqualTo(-1);
                }
            }
        }
    }

    /** Tokens of two sequences in one step, in any order, give what each gives alone. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("settings")
    void sequencesShareAStep(Setting setting) {
        for (Case shape : setting.cases()) {
            try (GuardedMemory memory = new GuardedMemory()) {
                Sequence s = new Sequence(memory, setting, shape, 100, 4, 3);
                s.store(0, 100);
                FloatRows whole = s.run(memory, 1, 0, 100);
                int[][] tables = {s.pages, s.pages.clone()};
                int count = 9;
                FloatRows queries = rows(memory, count, s.queries.cols());
                FloatRows out = rows(memory, count, whole.cols());
                int[] positions = {99, 98, 98, 3, 15, 16, 64, 63, 99};
                int[][] pages = new int[count][];
                for (int i = 0; i < count; i++) {
                    pages[i] = tables[i % 4 / 2];
                    queries.slice(i, 1)
                            .data()
                            .copyFrom(s.queries.slice(positions[i], 1).data());
                }
                for (int worker = 0; worker < 2; worker++) {
                    new MachineAttention(setting.routines)
                            .run(
                                    new Tables.OneOf(worker, 2),
                                    queries,
                                    new StepTokens(count, positions, pages),
                                    s.cache,
                                    s.attention,
                                    out);
                }
                for (int i = 0; i < count; i++) {
                    assertThat(out.row(i)).isEqualTo(whole.row(positions[i]));
                }
            }
        }
    }

    /** What a token must not see cannot spoil it; what it sees does, when it is no number. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("settings")
    void laterPositionsDoNotLeakIn(Setting setting) {
        for (Case shape : setting.cases()) {
            try (GuardedMemory memory = new GuardedMemory()) {
                Sequence s = new Sequence(memory, setting, shape, 90, 6, 4);
                s.store(0, 90);
                FloatRows clean = s.run(memory, 1, 0, 90);
                for (int position = 53; position < 90; position++) {
                    for (int c = 0; c < s.keys.cols(); c++) {
                        s.keys.set(position, c, Float.NaN);
                    }
                    for (int c = 0; c < s.values.cols(); c++) {
                        s.values.set(position, c, Float.POSITIVE_INFINITY);
                    }
                }
                s.store(53, 90);
                FloatRows spoilt = s.run(memory, 1, 0, 90);
                assertThat(spoilt.slice(0, 53)
                                .data()
                                .mismatch(clean.slice(0, 53).data()))
                        .isEqualTo(-1);
                assertThat(spoilt.get(53, 0)).isNaN();
            }
        }
    }

    /** Pages before a window, and between the windows of two tokens of one step, may be gone: only visible ones are read. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("settings")
    void pagesOutsideTheWindowsAreNotTouched(Setting setting) {
        try (GuardedMemory memory = new GuardedMemory()) {
            Sequence s = new Sequence(memory, setting, new Case(2, 1, 32, 32, 20, false), 400, 4, 7);
            s.store(0, 400);
            FloatRows all = s.run(memory, 1, 0, 400);
            int[] at = {25, 45, 399};
            FloatRows queries = rows(memory, 3, 64);
            FloatRows out = rows(memory, 3, 64);
            for (int i = 0; i < 3; i++) {
                queries.slice(i, 1).data().copyFrom(s.queries.slice(at[i], 1).data());
            }
            for (int page = 0; page < s.pages.length; page++) {
                int start = page << 4;
                boolean visible = start <= 45 && start + 16 > 6 || start <= 399 && start + 16 > 380;
                s.pages[page] = visible ? s.pages[page] : Integer.MIN_VALUE / 32;
            }
            StepTokens step = new StepTokens(3, at, new int[][] {s.pages, s.pages, s.pages});
            new MachineAttention(setting.routines).run(Worker.alone(), queries, step, s.cache, s.attention, out);
            for (int i = 0; i < 3; i++) {
                assertThat(out.row(i)).isEqualTo(all.row(at[i]));
            }
        }
    }

    /** Scores far apart, and some infinite: the same fate as in the scalar tier. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("settings")
    void extremeScores(Setting setting) {
        if (setting.type.scaled()) {
            return; // a block with an infinite element is no number: see largestCodes
        }
        Case shape = new Case(1, 1, 8, 8, 0, false);
        try (GuardedMemory memory = new GuardedMemory()) {
            Sequence s = new Sequence(memory, setting, shape, 200, 6, 2);
            for (int p = 0; p < 200; p++) {
                for (int c = 0; c < 8; c++) {
                    s.keys.set(p, c, 0);
                }
                s.keys.set(p, 0, p < 70 ? Float.NEGATIVE_INFINITY : p < 100 ? 0 : p < 150 ? 60_000 : -60_000);
                s.queries.set(p, 0, 1);
            }
            s.store(0, 200);
            FloatRows out = s.run(memory, 1, 0, 200);
            assertThat(out.get(69, 0)).isNaN();
            for (int t : new int[] {70, 99, 100, 149, 199}) {
                double[] expected = s.expected(t, 0);
                for (int d = 0; d < 8; d++) {
                    assertThat((double) out.get(t, d)).isCloseTo(expected[d], within(tolerance(setting, shape)));
                }
            }
        }
    }

    /** Every product and sum as large as 8 bits make them, of either sign; blocks a million times as large as others. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("settings")
    void largestCodes(Setting setting) {
        Case shape = new Case(2, 1, 96, 32, 0, false);
        for (int sign = -1; sign <= 1; sign += 2) {
            try (GuardedMemory memory = new GuardedMemory()) {
                Sequence s = new Sequence(memory, setting, shape, 130, 6, 2);
                for (int p = 0; p < 130; p++) {
                    for (int c = 0; c < 96; c++) {
                        float key = c < 32 ? 1e6f : c < 64 ? p % 2 : 1e-3f;
                        s.keys.set(p, c, sign * key);
                        s.queries.set(p, c, c < 32 ? 1e-6f : c < 64 ? 2 : 1e3f);
                        s.queries.set(p, 96 + c, 0);
                    }
                    for (int c = 0; c < 32; c++) {
                        s.values.set(p, c, c % 2 == 0 ? -7e4f : 7e4f * (p % 2));
                    }
                }
                s.store(0, 130);
                FloatRows out = s.run(memory, 1, 0, 130);
                for (int t : new int[] {0, 1, 62, 63, 64, 65, 129}) {
                    for (int h = 0; h < 2; h++) {
                        double[] expected = s.expected(t, h);
                        for (int d = 0; d < 32; d++) {
                            if (setting.type != CacheType.F16) { // in which 70,000 is infinite
                                assertThat(out.get(t, h * 32 + d) / 7e4)
                                        .as("%s token %d head %d dimension %d", setting, t, h, d)
                                        .isCloseTo(expected[d] / 7e4, within(tolerance(setting, shape)));
                            }
                        }
                    }
                }
            }
        }
    }

    /** What is no number, or infinite, in a key or a value spoils what sees it, and nothing else. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("settings")
    void whatIsNoNumberStaysSo(Setting setting) {
        for (float bad : new float[] {Float.NaN, Float.intBitsToFloat(-1), Float.POSITIVE_INFINITY}) {
            for (boolean inKey : new boolean[] {true, false}) {
                try (GuardedMemory memory = new GuardedMemory()) {
                    Sequence s = new Sequence(memory, setting, new Case(3, 1, 64, 32, 0, false), 100, 6, 2);
                    (inKey ? s.keys : s.values).set(70, 5, inKey && bad == Float.POSITIVE_INFINITY ? Float.NaN : bad);
                    s.store(0, 100);
                    FloatRows out = s.run(memory, 1, 0, 100);
                    for (int t = 0; t < 100; t++) {
                        assertThat(Float.isFinite(out.get(t, 5)))
                                .as("%s %s in %s token %d", setting, bad, inKey ? "key" : "value", t)
                                .isEqualTo(t < 70);
                    }
                }
            }
        }
    }

    @Test
    void cachesWithoutALayoutAreRefused() {
        Routines routines = Targets.here().getFirst();
        MemorySegment memory = MemorySegment.ofArray(new byte[1]);
        AttentionShape shape = new AttentionShape(2, 1, 3, 3, 1, 0);
        assertThatThrownBy(() -> AttentionPlan.of(new KvLayer(memory, memory, 3, 3, 3), shape, routines))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("pages of 8 positions");
        assertThatThrownBy(() ->
                        AttentionPlan.of(new KvLayer(memory, memory, 3, 3, 6, 1, CacheType.BF16), shape, routines))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("even number");
    }
}
