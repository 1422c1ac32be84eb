package dev.jerboa.kernel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm.Form;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every tier's products have the bits of a plain loop of fused multiply-adds, whatever the sizes, strides and workers. */
class GemmTest {
    private static final int[][] SIZES = {
        {1, 1, 1},
        {1, 16, 3},
        {5, 7, 9},
        {12, 32, 8},
        {13, 33, 17},
        {24, 64, 256},
        {25, 40, 257},
        {37, 96, 300},
        {11, 15, 520},
        {128, 130, 64},
        {3, 600, 30},
        {7, 1100, 20}
    };

    private static final int PAD = 3;

    private static Stream<OpsProvider.Tier> tiers() {
        List<OpsProvider.Tier> tiers = new ArrayList<>();
        for (OpsProvider.Tier tier : OpsProvider.Tier.values()) {
            try {
                OpsProvider.choose(tier.key());
                tiers.add(tier);
            } catch (IllegalStateException e) {
                System.out.println("SKIPPED: " + tier + " cannot run here: " + e.getMessage());
            }
        }
        return tiers.stream();
    }

    @TestFactory
    Stream<DynamicTest> bitsOfThePlainLoop() {
        return tiers().map(tier -> DynamicTest.dynamicTest(tier.key(), () -> {
            Gemm gemm = OpsProvider.choose(tier.key()).ops().gemm();
            for (int workers = 1; workers <= 3; workers++) {
                try (Team team = Team.ofSize(workers)) {
                    for (int[] size : SIZES) {
                        for (Form form : Form.values()) {
                            check(gemm, team, form, size[0], size[1], size[2], false);
                            check(gemm, team, form, size[0], size[1], size[2], true);
                        }
                    }
                }
            }
        }));
    }

    /** Deeper and wider than the working memory holds at once. */
    @Test
    void piecesLargerThanTheRoom() {
        Gemm gemm = OpsProvider.ops().gemm();
        try (Team team = Team.ofSize(2)) {
            check(gemm, team, Form.NN, 14, 300, 5000, true);
            check(gemm, team, Form.NT, 14, 5000, 300, false);
            check(gemm, team, Form.TN, 14, 270, 9000, false);
        }
    }

    private static void check(Gemm gemm, Team team, Form form, int m, int n, int k, boolean accumulate) {
        try (Arena arena = Arena.ofShared()) {
            int aRows = form == Form.TN ? k : m;
            int aCols = form == Form.TN ? m : k;
            int bRows = form == Form.NT ? n : k;
            int bCols = form == Form.NT ? k : n;
            FloatRows a = random(arena, aRows, aCols + PAD, 1);
            FloatRows b = random(arena, bRows, bCols + PAD, 2);
            FloatRows c = random(arena, m, n + PAD, 3);
            FloatRows expected = FloatRows.allocate(arena, m, n + PAD);
            MemorySegment.copy(c.data(), 0, expected.data(), 0, c.data().byteSize());
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    float sum = accumulate ? c.get(i, j) : 0;
                    for (int p = 0; p < k; p++) {
                        float x = form == Form.TN ? a.get(p, i) : a.get(i, p);
                        float y = form == Form.NT ? b.get(j, p) : b.get(p, j);
                        sum = Math.fma(x, y, sum);
                    }
                    expected.set(i, j, sum);
                }
            }
            MemorySegment room = Gemm.room(arena);
            team.run(worker -> gemm.multiply(
                    worker,
                    form,
                    m,
                    n,
                    k,
                    a.data().address(),
                    a.cols(),
                    b.data().address(),
                    b.cols(),
                    c.data().address(),
                    c.cols(),
                    accumulate,
                    room));
            same(form, c, expected, n, k, team);
            if (!accumulate) {
                FloatRows again = FloatRows.allocate(arena, m, gemm.packedColumns(n) + PAD);
                MemorySegment packed = arena.allocate(gemm.packedBytes(n, k), 64);
                long from = b.data().address();
                team.run(worker -> gemm.pack(worker, form == Form.NT, n, k, from, b.cols(), packed));
                for (int columns : new int[] {n, gemm.packedColumns(n)}) {
                    gemm.multiplyPacked(
                            form == Form.TN,
                            m,
                            columns,
                            k,
                            a.data().address(),
                            a.cols(),
                            packed,
                            again.data().address(),
                            again.cols(),
                            false);
                    for (int i = 0; i < m; i++) {
                        assertThat(Arrays.copyOf(again.row(i), n))
                                .as("packed %s %d × %d × %d, row %d", form, m, n, k, i)
                                .isEqualTo(Arrays.copyOf(expected.row(i), n));
                    }
                }
            }
        }
    }

    private static void same(Form form, FloatRows c, FloatRows expected, int n, int k, Team team) {
        for (int i = 0; i < c.rows(); i++) {
            if (!Arrays.equals(c.row(i), expected.row(i))) {
                assertThat(c.row(i))
                        .as("%s %d × %d × %d, row %d, %d workers", form, c.rows(), n, k, i, team.size())
                        .isEqualTo(expected.row(i));
            }
        }
    }

    private static FloatRows random(Arena arena, int rows, int cols, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        FloatRows table = FloatRows.allocate(arena, rows, cols);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                table.set(i, j, (float) random.nextDouble(-1, 1));
            }
        }
        return table;
    }

    @Test
    void tablesOfOtherShapesAreRefused() {
        try (Arena arena = Arena.ofShared()) {
            FloatRows a = FloatRows.allocate(arena, 4, 8);
            FloatRows w = FloatRows.allocate(arena, 5, 7);
            FloatRows c = FloatRows.allocate(arena, 4, 5);
            assertThatThrownBy(() -> OpsProvider.ops()
                            .gemm()
                            .multiply(
                                    dev.jerboa.kernel.cpu.Worker.alone(), Form.NT, a, w, c, 4, false, Gemm.room(arena)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("4 × 8 by 5 × 7");
        }
    }
}
