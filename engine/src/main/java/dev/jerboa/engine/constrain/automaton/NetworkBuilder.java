package dev.jerboa.engine.constrain.automaton;

import dev.jerboa.engine.constrain.grammar.CodePoints;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.grammar.Limits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Writes an expression as nodes and edges (Thompson 1968), with rules as parts that are called. One thread. */
final class NetworkBuilder {
    private static final int NO_SYMBOL = -1;
    private static final int NO_RULE = -1;

    /** A counted repeat of at most so many nodes is written out, which needs no frames. */
    private static final int UNROLLED = 64;

    /** A repeat of up to {@link #FEW} times, likewise. */
    private static final int UNROLLED_FEW = 512;

    private static final int FEW = 4;

    private static final int NESTING = 2 * Limits.NESTING;

    final Ints firstEdge = new Ints(1024);
    final Ints end = new Ints(1024);
    final Ints loop = new Ints(1024);
    final Ints edgeFrom = new Ints(1024);
    /** The first symbol of an edge, or −1 of a move. */
    final Ints edgeLow = new Ints(1024);
    /** The last symbol of an edge; of a move the number of the rule that it calls, or −1. */
    final Ints edgeHigh = new Ints(1024);

    final Ints edgeTo = new Ints(1024);
    final Ints nextEdge = new Ints(1024);
    final Ints loopLeast = new Ints(8);
    final Ints loopMost = new Ints(8);
    final Ints loopBody = new Ints(8);
    final Ints loopExit = new Ints(8);
    /** For each loop of the expression the node of its open twin: the same rounds, counted without end, then the end of a rule. */
    final Ints twins = new Ints(8);

    final Ints specials = new Ints(4);

    private final Alphabet alphabet;
    private final Map<String, Integer> specialSymbols = new HashMap<>();
    private final IdentityHashMap<Expression.Rule, Integer> ruleNumbers = new IdentityHashMap<>();
    private final List<Expression.Rule> rules = new ArrayList<>();
    private final Ints ruleStarts = new Ints(64);
    private final ArrayDeque<Integer> unbuilt = new ArrayDeque<>();
    private final boolean[] missing = new boolean[256];

    NetworkBuilder(Alphabet alphabet) {
        this.alphabet = alphabet;
    }

    /** The start of the whole; call once. */
    int build(Expression root) {
        int start = node();
        int last = node();
        end.set(last, 1);
        add(root, start, last, 0);
        while (!unbuilt.isEmpty()) {
            int rule = unbuilt.remove();
            int ruleEnd = node();
            end.set(ruleEnd, 1);
            add(rules.get(rule).body(), ruleStarts.get(rule), ruleEnd, 0);
        }
        addTwins();
        return start;
    }

    private void addTwins() {
        int loops = loopBody.size();
        if (loops == 0) {
            return;
        }
        int exit = node();
        end.set(exit, 1);
        for (int i = 0; i < loops; i++) {
            int twin = node();
            twins.add(twin);
            loop.set(twin, loopBody.size());
            loopLeast.add(0);
            loopMost.add(Expression.Repeat.UNBOUNDED - 1);
            loopBody.add(loopBody.get(i));
            loopExit.add(exit);
        }
    }

    int nodes() {
        return firstEdge.size();
    }

    int ruleCount() {
        return rules.size();
    }

    int ruleStart(int rule) {
        return ruleStarts.get(rule);
    }

    String ruleName(int rule) {
        return rules.get(rule).name();
    }

    /** The rule that an edge calls, which must be a call. */
    int calledRule(int edge) {
        return edgeHigh.get(edge);
    }

    /** The start of the rule that an edge calls, or −1. */
    int called(int edge) {
        return edgeLow.get(edge) == NO_SYMBOL && edgeHigh.get(edge) != NO_RULE
                ? ruleStarts.get(edgeHigh.get(edge))
                : NO_RULE;
    }

    /** A byte that was needed and that the vocabulary does not have, or −1. */
    int missingByte() {
        for (int b = 0; b < 256; b++) {
            if (missing[b]) {
                return b;
            }
        }
        return -1;
    }

    int missingBytes() {
        int count = 0;
        for (boolean one : missing) {
            count += one ? 1 : 0;
        }
        return count;
    }

    private int node() {
        if (firstEdge.size() == Limits.NODES) {
            throw new ConstraintException("the constraint needs more than " + Limits.NODES
                    + " states: make it smaller, or lower the bounds of its repeats");
        }
        firstEdge.add(-1);
        end.add(0);
        loop.add(Network.NO_LOOP);
        return firstEdge.size() - 1;
    }

    private void edge(int from, int low, int high, int to) {
        if (edgeTo.size() == Limits.EDGES) {
            throw new ConstraintException("the constraint needs more than " + Limits.EDGES
                    + " transitions: make it smaller, or its character classes simpler");
        }
        nextEdge.add(firstEdge.get(from));
        firstEdge.set(from, edgeTo.size());
        edgeFrom.add(from);
        edgeLow.add(low);
        edgeHigh.add(high);
        edgeTo.add(to);
    }

    private void move(int from, int to) {
        edge(from, NO_SYMBOL, NO_RULE, to);
    }

    /** An edge on those bytes of a range that the vocabulary has. */
    private void bytes(int from, int low, int high, int to) {
        int first = low;
        for (int b = low; b <= high; b++) {
            if (!alphabet.has(b)) {
                missing[b] = true;
                if (first < b) {
                    edge(from, first, b - 1, to);
                }
                first = b + 1;
            }
        }
        if (first <= high) {
            edge(from, first, high, to);
        }
    }

    private void add(Expression expression, int from, int to, int depth) {
        if (depth > NESTING) {
            throw new ConstraintException(
                    "expressions are nested more than " + NESTING + " deep: give inner ones names as rules");
        }
        switch (expression) {
            case Expression.Literal(byte[] text) -> literal(text, from, to);
            case Expression.Characters(CodePoints set) -> characters(set, from, to);
            case Expression.Sequence(List<Expression> parts) -> {
                int at = from;
                for (int i = 0; i < parts.size(); i++) {
                    int next = i == parts.size() - 1 ? to : node();
                    add(parts.get(i), at, next, depth + 1);
                    at = next;
                }
                if (parts.isEmpty()) {
                    move(from, to);
                }
            }
            case Expression.Choice(List<Expression> alternatives) -> {
                for (Expression alternative : alternatives) {
                    add(alternative, from, to, depth + 1);
                }
            }
            case Expression.Repeat repeat -> repeat(repeat, from, to, depth + 1);
            case Expression.Marker(String text) -> {
                int symbol = symbol(text);
                if (symbol >= 0) {
                    edge(from, symbol, symbol, to);
                } else {
                    literal(text.getBytes(StandardCharsets.UTF_8), from, to);
                }
            }
            case Expression.FreeText text -> freeText(text, from, to, depth + 1);
            case Expression.Rule rule -> edge(from, NO_SYMBOL, number(rule), to);
        }
    }

    private void literal(byte[] text, int from, int to) {
        int at = from;
        for (int i = 0; i < text.length; i++) {
            int next = i == text.length - 1 ? to : node();
            bytes(at, text[i] & 0xff, text[i] & 0xff, next);
            at = next;
        }
        if (text.length == 0) {
            move(from, to);
        }
    }

    private int number(Expression.Rule rule) {
        Integer known = ruleNumbers.get(rule);
        if (known != null) {
            return known;
        }
        int number = rules.size();
        ruleNumbers.put(rule, number);
        rules.add(rule);
        ruleStarts.add(node());
        unbuilt.add(number);
        return number;
    }

    /** The symbol of the special token that is written so, or −1. */
    private int symbol(String text) {
        Integer known = specialSymbols.get(text);
        if (known != null) {
            return known;
        }
        int token = alphabet.special(text);
        int symbol = token < 0 ? -1 : 256 + specials.size();
        if (token >= 0) {
            specials.add(token);
        }
        specialSymbols.put(text, symbol);
        return symbol;
    }

    private void characters(CodePoints set, int from, int to) {
        long[] paths = Utf8Paths.of(set);
        if (paths.length > 0) {
            paths(paths, from, to, new HashMap<>());
        }
    }

    /** Paths that begin with the same range of bytes go through one node; so do those that go on alike. */
    private void paths(long[] paths, int from, int to, Map<List<Long>, Integer> known) {
        int i = 0;
        while (i < paths.length) {
            int lead = (int) (paths[i] >>> 48);
            List<Long> rests = new ArrayList<>();
            for (; i < paths.length && (int) (paths[i] >>> 48) == lead; i++) {
                rests.add(paths[i] << 16);
            }
            int next = to;
            if (rests.getFirst() != 0) {
                Integer same = known.get(rests);
                if (same == null) {
                    next = node();
                    known.put(rests, next);
                    paths(rests.stream().mapToLong(Long::longValue).toArray(), next, to, known);
                } else {
                    next = same;
                }
            }
            bytes(from, lead >>> 8, lead & 0xff, next);
        }
    }

    private void repeat(Expression.Repeat repeat, int from, int to, int depth) {
        Expression part = repeat.part();
        int least = repeat.least();
        boolean open = repeat.most() == Expression.Repeat.UNBOUNDED;
        int copies = open ? least : repeat.most();
        boolean calls =
                part instanceof Expression.Rule; // rounds of the same loop have their masks in common, calls do not
        int most = copies <= FEW ? UNROLLED_FEW : UNROLLED;
        if (copies > 1 && (calls || Emptiness.size(part, most) * (long) copies > most)) {
            counted(repeat, from, to, depth);
            return;
        }
        int at = from;
        for (int i = 0; i < least; i++) {
            boolean last = i == copies - 1 && !open;
            int next = last ? to : node();
            add(part, at, next, depth);
            at = next;
        }
        if (open) {
            int hub = node();
            move(at, hub);
            add(part, hub, hub, depth);
            move(hub, to);
            return;
        }
        for (int i = least; i < copies; i++) {
            move(at, to);
            int next = i == copies - 1 ? to : node();
            add(part, at, next, depth);
            at = next;
        }
        if (copies == 0) {
            move(from, to);
        }
    }

    private void counted(Expression.Repeat repeat, int from, int to, int depth) {
        boolean empty = Emptiness.mayBeEmpty(repeat.part());
        Expression part = empty ? Emptiness.without(repeat.part()) : repeat.part();
        int hub = node();
        int body = node();
        int bodyEnd = node();
        end.set(bodyEnd, 1);
        loop.set(hub, loopBody.size());
        loopLeast.add(empty ? 0 : repeat.least());
        loopMost.add(repeat.most());
        loopBody.add(body);
        loopExit.add(to);
        add(part, body, bodyEnd, depth);
        move(from, hub);
    }

    /** A node for every beginning of a marker that the text may end with (Aho and Corasick 1975). */
    private void freeText(Expression.FreeText text, int from, int to, int depth) {
        MarkerSearch search = new MarkerSearch(
                text.arms().stream().map(Expression.Arm::marker).toList());
        int[] places = new int[search.states()];
        for (int s = 0; s < places.length; s++) {
            places[s] = node();
        }
        int[] starts = new int[text.arms().size()];
        for (int a = 0; a < starts.length; a++) {
            starts[a] = node();
            add(text.arms().get(a).then(), starts[a], to, depth);
        }
        move(from, places[0]);
        for (int s = 0; s < places.length; s++) {
            if (text.endless()) {
                move(places[s], to);
            }
            int low = 0;
            while (low < 256) {
                int target = search.next(s, low);
                int high = low;
                while (high < 255 && search.next(s, high + 1) == target) {
                    high++;
                }
                bytes(places[s], low, high, target >= 0 ? places[target] : starts[-1 - target]);
                low = high + 1;
            }
            for (int a = 0; a < starts.length; a++) {
                int symbol = symbol(text.arms().get(a).marker());
                if (symbol >= 0) {
                    edge(places[s], symbol, symbol, starts[a]);
                }
            }
        }
    }
}
