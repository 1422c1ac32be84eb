package dev.jerboa.engine.constrain.regex;

import dev.jerboa.engine.constrain.grammar.CodePoints;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;

/** A regular expression as a graph of places, joined by characters or by nothing. One thread. */
final class CharacterGraph {
    private static final int MAX_PLACES = 60_000;
    private static final long MAX_WORK = 60_000_000;

    private final String where;
    private final List<List<Edge>> edges = new ArrayList<>();
    private final List<int[]> free = new ArrayList<>();
    private final BitSet seen = new BitSet();
    private int end;
    private long work;

    private record Edge(CodePoints set, int to) {}

    CharacterGraph(String where) {
        this.where = where;
    }

    /** Adds the whole expression; the place where it begins. */
    int add(Expression expression) {
        int start = place();
        end = place();
        add(expression, start, end);
        return start;
    }

    private int place() {
        if (edges.size() == MAX_PLACES) {
            throw tooLarge();
        }
        edges.add(new ArrayList<>(1));
        free.add(new int[0]);
        return edges.size() - 1;
    }

    private ConstraintException tooLarge() {
        return new ConstraintException(
                where + ": the pattern is too large to be combined with others or with bounds: make it simpler");
    }

    private void join(int from, int to) {
        int[] before = free.get(from);
        int[] after = Arrays.copyOf(before, before.length + 1);
        after[before.length] = to;
        free.set(from, after);
    }

    private void add(Expression expression, int from, int to) {
        switch (expression) {
            case Expression.Characters(CodePoints set) -> edges.get(from).add(new Edge(set, to));
            case Expression.Sequence(List<Expression> parts) -> {
                int at = from;
                for (Expression part : parts) {
                    int next = place();
                    add(part, at, next);
                    at = next;
                }
                join(at, to);
            }
            case Expression.Choice(List<Expression> alternatives) -> {
                for (Expression alternative : alternatives) {
                    add(alternative, from, to);
                }
            }
            case Expression.Repeat(Expression part, int least, int most) -> repeat(part, least, most, from, to);
            default -> throw new IllegalArgumentException(where + ": not a regular expression over characters");
        }
    }

    private void repeat(Expression part, int least, int most, int from, int to) {
        int at = from;
        boolean open = most == Expression.Repeat.UNBOUNDED;
        for (int i = 0; i < (open ? least : most); i++) {
            if (i >= least) {
                join(at, to);
            }
            int next = place();
            add(part, at, next);
            at = next;
        }
        if (open) {
            int hub = place();
            join(at, hub);
            add(part, hub, hub);
            at = hub;
        }
        join(at, to);
    }

    int[] classStarts() {
        TreeSet<Integer> starts = new TreeSet<>();
        starts.add(0);
        for (List<Edge> from : edges) {
            for (Edge edge : from) {
                for (int r = 0; r < edge.set.ranges(); r++) {
                    starts.add(edge.set.first(r));
                    if (edge.set.last(r) < CodePoints.MAX) {
                        starts.add(edge.set.last(r) + 1);
                    }
                }
            }
        }
        return starts.stream().mapToInt(Integer::intValue).toArray();
    }

    /** All places that are reached without a character, ascending; only those that matter. */
    int[] closure(int[] from) {
        seen.clear();
        int[] stack = new int[Math.max(16, from.length)];
        int size = 0;
        for (int one : from) {
            if (!seen.get(one)) {
                seen.set(one);
                stack[size++] = one;
            }
        }
        while (size > 0) {
            int at = stack[--size];
            work++;
            for (int to : free.get(at)) {
                if (!seen.get(to)) {
                    seen.set(to);
                    if (size == stack.length) {
                        stack = Arrays.copyOf(stack, 2 * size);
                    }
                    stack[size++] = to;
                }
            }
        }
        if (work > MAX_WORK) {
            throw tooLarge();
        }
        return seen.stream().filter(p -> p == end || !edges.get(p).isEmpty()).toArray();
    }

    int[] step(int[] from, int codePoint) {
        int[] to = new int[8];
        int count = 0;
        for (int place : from) {
            for (Edge edge : edges.get(place)) {
                if (edge.set.contains(codePoint)) {
                    if (count == to.length) {
                        to = Arrays.copyOf(to, 2 * count);
                    }
                    to[count++] = edge.to;
                }
            }
            work++;
        }
        return closure(Arrays.copyOf(to, count));
    }

    boolean ends(int[] places) {
        return Arrays.binarySearch(places, end) >= 0;
    }
}
