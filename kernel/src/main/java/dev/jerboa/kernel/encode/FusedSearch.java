package dev.jerboa.kernel.encode;

import static dev.jerboa.kernel.memory.FloatRows.FLOAT;

import dev.jerboa.kernel.dtype.GroupSearch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A {@link GroupSearch} of many groups at a time: value j of all groups lies side by side, a group in each lane, so that sums
 * over a group need no lane but their own. A row of a loop is one try. One thread; the bits are those of {@link
 * GroupSearch#PLAIN}.
 */
final class FusedSearch implements GroupSearch {
    private static final int RUN_VALUES = SearchLoops.RUN_VALUES;

    private final Tile tile;

    FusedSearch(Arena arena) {
        tile = new Tile(arena);
    }

    /** The memory of a run, in the heap and beside it, where loops can reach it. */
    private static final class Tile {
        final float[] turned = new float[RUN_VALUES];
        final float[] low = new float[RUN_VALUES / 16];
        final float[] high = new float[RUN_VALUES / 16];
        final float[] squares = new float[RUN_VALUES / 16];
        final float[] gains = new float[STEPS * RUN_VALUES / 16];
        final float[] scales = new float[STEPS * RUN_VALUES / 16];
        final float[] shifts = new float[STEPS * RUN_VALUES / 16];
        final float[] targets = new float[STEPS];
        final MemorySegment values;
        final MemorySegment importances;
        final MemorySegment above;
        final MemorySegment weights;
        final MemorySegment lows;
        final MemorySegment highs;
        final MemorySegment squaresOf;
        final MemorySegment bases;
        final MemorySegment inverses;
        final MemorySegment depths;
        final MemorySegment weightSums;
        final MemorySegment aboveSums;
        final MemorySegment allTargets;
        final MemorySegment allGains;
        final MemorySegment allScales;
        final MemorySegment allShifts;

        Tile(Arena arena) {
            values = floats(arena, RUN_VALUES);
            importances = floats(arena, RUN_VALUES);
            above = floats(arena, RUN_VALUES);
            weights = floats(arena, RUN_VALUES);
            lows = floats(arena, low.length);
            highs = floats(arena, low.length);
            squaresOf = floats(arena, low.length);
            bases = floats(arena, low.length);
            inverses = floats(arena, low.length);
            depths = floats(arena, low.length);
            weightSums = floats(arena, low.length);
            aboveSums = floats(arena, low.length);
            allTargets = floats(arena, STEPS);
            allGains = floats(arena, gains.length);
            allScales = floats(arena, gains.length);
            allShifts = floats(arena, gains.length);
        }

        private static MemorySegment floats(Arena arena, int count) {
            return arena.allocate((long) count * Float.BYTES, 64);
        }
    }

    @Override
    public void symmetric(
            float[] values,
            float @Nullable [] importances,
            int from,
            int groups,
            int size,
            int centre,
            float[] scales) {
        SearchLoops loops = SearchLoops.of(size);
        int lanes = SearchLoops.lanes(size);
        targets(centre);
        for (int g = 0; g < groups; g += lanes) {
            int count = Math.min(lanes, groups - g);
            range(loops, values, importances, from + g * size, count, size);
            float[] inverse = tile.low; // overwritten lane by lane after it was read
            for (int i = 0; i < count; i++) {
                float extreme = tile.high[i] < -tile.low[i] ? tile.low[i] : tile.high[i];
                tile.high[i] = extreme;
                inverse[i] = extreme == 0 ? 0 : -1 / extreme;
                tile.squares[i] /= size;
            }
            put(inverse, tile.inverses, lanes);
            put(tile.squares, tile.bases, lanes);
            (importances == null ? loops.squareWeights() : loops.importantSquares())
                    .call()
                    .at(0, tile.values.address(), 0)
                    .at(1, tile.weights.address(), 0)
                    .at(2, tile.bases.address(), 0)
                    .at(3, tile.importances.address(), 0)
                    .count(0, lanes)
                    .run(1);
            loops.symmetric()
                    .call()
                    .at(0, tile.values.address(), 0)
                    .at(1, tile.weights.address(), 0)
                    .at(2, tile.inverses.address(), 0)
                    .at(3, tile.allTargets.address(), Float.BYTES)
                    .at(4, tile.allGains.address(), (long) lanes * Float.BYTES)
                    .at(5, tile.allScales.address(), (long) lanes * Float.BYTES)
                    .scalar(0, -centre)
                    .scalar(1, centre - 1f)
                    .count(0, lanes)
                    .run(STEPS);
            get(tile.allGains, tile.gains, STEPS * lanes);
            get(tile.allScales, tile.scales, STEPS * lanes);
            for (int i = 0; i < count; i++) {
                float best = 0;
                float scale = tile.high[i] == 0 ? 0 : tile.high[i] / -centre;
                for (int at = i; at < STEPS * lanes; at += lanes) {
                    if (tile.gains[at] > best) {
                        best = tile.gains[at];
                        scale = tile.scales[at];
                    }
                }
                scales[g + i] = tile.high[i] == 0 ? 0 : scale;
            }
        }
    }

    @Override
    public void affine(
            float[] values,
            float @Nullable [] importances,
            int from,
            int groups,
            int size,
            int last,
            float[] scales,
            float[] minimums) {
        SearchLoops loops = SearchLoops.of(size);
        int lanes = SearchLoops.lanes(size);
        targets(last);
        for (int g = 0; g < groups; g += lanes) {
            int count = Math.min(lanes, groups - g);
            range(loops, values, importances, from + g * size, count, size);
            float[] depth = tile.low; // these are overwritten lane by lane after they were read
            float[] inverse = tile.high;
            for (int i = 0; i < count; i++) {
                float low = tile.low[i] < 0 ? tile.low[i] : 0;
                depth[i] = -low;
                inverse[i] = tile.high[i] > low ? 1 / (tile.high[i] - low) : 0;
                float meanSquare = tile.squares[i] / size;
                tile.squares[i] = importances == null ? (float) Math.sqrt(meanSquare) : meanSquare;
            }
            put(inverse, tile.inverses, lanes);
            put(depth, tile.depths, lanes);
            put(tile.squares, tile.bases, lanes);
            (importances == null ? loops.aboveLowest() : loops.importantAboveLowest())
                    .call()
                    .at(0, tile.values.address(), 0)
                    .at(1, tile.weights.address(), 0)
                    .at(2, tile.bases.address(), 0)
                    .at(3, tile.importances.address(), 0)
                    .at(4, tile.depths.address(), 0)
                    .at(5, tile.above.address(), 0)
                    .at(6, tile.weightSums.address(), 0)
                    .at(7, tile.aboveSums.address(), 0)
                    .count(0, lanes)
                    .run(1);
            loops.affine()
                    .call()
                    .at(0, tile.above.address(), 0)
                    .at(1, tile.weights.address(), 0)
                    .at(2, tile.inverses.address(), 0)
                    .at(3, tile.allTargets.address(), Float.BYTES)
                    .at(4, tile.allGains.address(), (long) lanes * Float.BYTES)
                    .at(5, tile.allScales.address(), (long) lanes * Float.BYTES)
                    .at(6, tile.allShifts.address(), (long) lanes * Float.BYTES)
                    .at(7, tile.weightSums.address(), 0)
                    .at(8, tile.aboveSums.address(), 0)
                    .at(9, tile.depths.address(), 0)
                    .scalar(0, last)
                    .count(0, lanes)
                    .run(STEPS);
            get(tile.allGains, tile.gains, STEPS * lanes);
            get(tile.allScales, tile.scales, STEPS * lanes);
            get(tile.allShifts, tile.shifts, STEPS * lanes);
            for (int i = 0; i < count; i++) {
                float best = 0;
                float scale = inverse[i] == 0 ? 0 : 1 / (inverse[i] * last);
                float minimum = depth[i];
                for (int at = i; at < STEPS * lanes; at += lanes) {
                    if (tile.gains[at] > best && tile.scales[at] > 0) {
                        best = tile.gains[at];
                        scale = tile.scales[at];
                        minimum = depth[i] - tile.shifts[at];
                    }
                }
                scales[g + i] = inverse[i] == 0 ? 0 : scale;
                minimums[g + i] = inverse[i] == 0 ? depth[i] : minimum;
            }
        }
    }

    private void targets(int last) {
        for (int step = 0; step < STEPS; step++) {
            tile.targets[step] = GroupSearch.target(last, step);
        }
        put(tile.targets, tile.allTargets, STEPS);
    }

    /** Turns a run's groups into lanes and finds each one's least and greatest value and sum of squares. */
    private void range(
            SearchLoops loops, float[] values, float @Nullable [] importances, int from, int groups, int size) {
        turn(values, from, groups, size, tile.values);
        if (importances != null) {
            turn(importances, from, groups, size, tile.importances);
        }
        int lanes = SearchLoops.lanes(size);
        loops.range()
                .call()
                .at(0, tile.values.address(), 0)
                .at(1, tile.lows.address(), 0)
                .at(2, tile.highs.address(), 0)
                .at(3, tile.squaresOf.address(), 0)
                .count(0, lanes)
                .run(1);
        get(tile.lows, tile.low, lanes);
        get(tile.highs, tile.high, lanes);
        get(tile.squaresOf, tile.squares, lanes);
    }

    /** Groups to lanes; lanes without a group keep what they had. */
    private void turn(float[] from, int at, int groups, int size, MemorySegment to) {
        int lanes = SearchLoops.lanes(size);
        float[] turned = tile.turned;
        for (int g = 0; g < groups; g++) {
            int start = at + g * size;
            for (int j = 0; j < size; j++) {
                turned[j * lanes + g] = from[start + j];
            }
        }
        put(turned, to, RUN_VALUES);
    }

    private static void put(float[] from, MemorySegment to, int count) {
        MemorySegment.copy(from, 0, to, FLOAT, 0, count);
    }

    private static void get(MemorySegment from, float[] to, int count) {
        MemorySegment.copy(from, FLOAT, 0, to, 0, count);
    }
}
