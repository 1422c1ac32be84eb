package dev.jerboa.train.autograd;

import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where tables lie in one stretch of memory, so that none is needed together with another one at the same place: the largest
 * first, each at the lowest place that is free whenever it is needed.
 */
final class Layout {
    /** What memory is for. */
    enum Kind {
        VALUE,
        GRADIENT,
        TABLE
    }

    /** Steps of a pass, both ends included; one past the last step is the time between passes. */
    record Span(int from, int to) {
        boolean meets(Span other) {
            return from <= other.to && other.from <= to;
        }
    }

    /** A table, and when it is needed: spans in order that do not meet. */
    record Demand(Kind kind, Table table, List<Span> spans) {
        boolean meets(Demand other) {
            for (Span mine : spans) {
                for (Span its : other.spans) {
                    if (mine.meets(its)) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    private record Placed(Demand demand, long from, long to) {}

    private final List<Demand> demands;
    /** By their first byte. */
    private final List<Placed> placed = new ArrayList<>();

    private long bytes;

    Layout(List<Demand> demands) {
        this.demands = demands;
        demands.stream()
                .filter(demand -> demand.table.bytes() > 0)
                .sorted(Comparator.<Demand>comparingLong(demand -> -demand.table.bytes())
                        .thenComparing(demand -> demand.spans.getFirst().from))
                .forEach(this::place);
    }

    private void place(Demand demand) {
        long size = demand.table.bytes() + FloatRows.ALIGNMENT - 1 & -FloatRows.ALIGNMENT;
        long at = 0;
        int before = 0;
        for (int i = 0; i < placed.size(); i++) {
            Placed other = placed.get(i);
            if (other.from >= at + size) {
                break;
            }
            if (other.to > at && other.demand.meets(demand)) {
                at = other.to;
            }
        }
        while (before < placed.size() && placed.get(before).from < at) {
            before++;
        }
        placed.add(before, new Placed(demand, at, at + size));
        bytes = Math.max(bytes, at + size);
    }

    /** The size of the stretch. */
    long bytes() {
        return bytes;
    }

    /** Gives all tables their memory. */
    void allocate(Arena arena) {
        MemorySegment all = arena.allocate(Math.max(bytes, 1), FloatRows.ALIGNMENT);
        for (Placed each : placed) {
            each.demand.table.place(all.asSlice(each.from, each.demand.table.bytes()));
        }
        for (Demand demand : demands) {
            if (demand.table.bytes() == 0) {
                demand.table.place(MemorySegment.NULL);
            }
        }
    }

    /** Puts NaN into all tables that nothing needs after a step. */
    void spoil(int step) {
        for (Placed each : placed) {
            if (each.demand.spans.stream().anyMatch(span -> span.to == step)) {
                FloatRows rows = each.demand.table.rows();
                for (long i = 0; i < (long) rows.rows() * rows.cols(); i++) {
                    rows.data().setAtIndex(FloatRows.FLOAT, i, Float.NaN);
                }
            }
        }
    }

    /** Bytes of each {@link Kind} at the step at which all together are the most. */
    long[] fullest(int steps) {
        long[][] changes = new long[steps + 2][Kind.values().length];
        for (Demand demand : demands) {
            for (Span span : demand.spans) {
                changes[span.from][demand.kind.ordinal()] += demand.table.bytes();
                changes[span.to + 1][demand.kind.ordinal()] -= demand.table.bytes();
            }
        }
        long[] now = new long[Kind.values().length];
        long[] most = now.clone();
        for (long[] change : changes) {
            for (int k = 0; k < now.length; k++) {
                now[k] += change[k];
            }
            if (sum(now) > sum(most)) {
                most = now.clone();
            }
        }
        return most;
    }

    private static long sum(long[] values) {
        long sum = 0;
        for (long value : values) {
            sum += value;
        }
        return sum;
    }
}
