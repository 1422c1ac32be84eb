package dev.jerboa.engine.constrain.grammar;

import java.util.Arrays;

/** A set of Unicode code points: disjoint ranges in order. Immutable. */
public final class CodePoints {
    public static final int MAX = 0x10ffff;
    public static final CodePoints NONE = new CodePoints(new int[0]);
    public static final CodePoints ALL = range(0, MAX);

    /** First and last of each range, ascending, with a gap between ranges. */
    private final int[] bounds;

    private CodePoints(int[] bounds) {
        this.bounds = bounds;
    }

    public static CodePoints range(int first, int last) {
        return new CodePoints(new int[] {first, last});
    }

    public static CodePoints of(int codePoint) {
        return range(codePoint, codePoint);
    }

    /** The code points of a text. */
    public static CodePoints anyOf(String characters) {
        Builder builder = new Builder();
        characters.codePoints().forEach(c -> builder.add(c, c));
        return builder.build();
    }

    public boolean isEmpty() {
        return bounds.length == 0;
    }

    public int ranges() {
        return bounds.length / 2;
    }

    public int first(int range) {
        return bounds[2 * range];
    }

    public int last(int range) {
        return bounds[2 * range + 1];
    }

    public boolean contains(int codePoint) {
        int at = Arrays.binarySearch(bounds, codePoint);
        return at >= 0 || (~at & 1) == 1;
    }

    public CodePoints union(CodePoints other) {
        return new Builder().add(this).add(other).build();
    }

    public CodePoints complement() {
        Builder builder = new Builder();
        int next = 0;
        for (int i = 0; i < bounds.length; i += 2) {
            if (bounds[i] > next) {
                builder.add(next, bounds[i] - 1);
            }
            next = bounds[i + 1] + 1;
        }
        if (next <= MAX) {
            builder.add(next, MAX);
        }
        return builder.build();
    }

    public CodePoints intersect(CodePoints other) {
        Builder builder = new Builder();
        int i = 0;
        int j = 0;
        while (i < bounds.length && j < other.bounds.length) {
            int low = Math.max(bounds[i], other.bounds[j]);
            int high = Math.min(bounds[i + 1], other.bounds[j + 1]);
            if (low <= high) {
                builder.add(low, high);
            }
            if (bounds[i + 1] < other.bounds[j + 1]) {
                i += 2;
            } else {
                j += 2;
            }
        }
        return builder.build();
    }

    public CodePoints minus(CodePoints other) {
        return intersect(other.complement());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CodePoints set && Arrays.equals(bounds, set.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder("[");
        for (int i = 0; i < ranges(); i++) {
            out.append(i == 0 ? "" : " ").append(Integer.toHexString(first(i)));
            if (last(i) != first(i)) {
                out.append('-').append(Integer.toHexString(last(i)));
            }
        }
        return out.append(']').toString();
    }

    /** Collects ranges in any order. */
    public static final class Builder {
        private long[] ranges = new long[8];
        private int count;

        public Builder add(int first, int last) {
            if (count == ranges.length) {
                ranges = Arrays.copyOf(ranges, 2 * count);
            }
            ranges[count++] = (long) first << 32 | last;
            return this;
        }

        public Builder add(CodePoints set) {
            for (int i = 0; i < set.ranges(); i++) {
                add(set.first(i), set.last(i));
            }
            return this;
        }

        public CodePoints build() {
            Arrays.sort(ranges, 0, count);
            int[] bounds = new int[2 * count];
            int used = 0;
            for (int i = 0; i < count; i++) {
                int first = (int) (ranges[i] >>> 32);
                int last = (int) ranges[i];
                if (used > 0 && first <= bounds[used - 1] + 1) {
                    bounds[used - 1] = Math.max(bounds[used - 1], last);
                } else {
                    bounds[used++] = first;
                    bounds[used++] = last;
                }
            }
            return used == 0 ? NONE : new CodePoints(Arrays.copyOf(bounds, used));
        }
    }
}
