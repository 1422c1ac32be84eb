package dev.jerboa.bench.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the visitors did, how often, and what went wrong. Thread-safe. */
final class Tally {
    private static final int MOST_TOLD = 20;

    private static final class Line {
        long done;
        long refused;
        long wrong;
    }

    private final Map<String, Line> lines = new TreeMap<>();
    private final List<String> wrongs = new ArrayList<>();
    private long wrongCount;

    /** It went as it should. */
    synchronized void done(String what) {
        line(what).done++;
    }

    /** The server had too much to do, said so, and was asked again. */
    synchronized void refused(String what) {
        line(what).refused++;
    }

    synchronized void wrong(String what, String how) {
        line(what).wrong++;
        wrongCount++;
        if (wrongs.size() < MOST_TOLD) {
            wrongs.add(what + ": " + how);
        }
    }

    private Line line(String what) {
        return lines.computeIfAbsent(what, w -> new Line());
    }

    synchronized long total() {
        return lines.values().stream().mapToLong(line -> line.done + line.wrong).sum();
    }

    synchronized long wrongCount() {
        return wrongCount;
    }

    /** The first of what went wrong. */
    synchronized List<String> wrongs() {
        return List.copyOf(wrongs);
    }

    synchronized String table() {
        StringBuilder table = new StringBuilder(
                String.format("%-32s %10s %10s %8s%n", "visits", "as it should", "asked again", "wrong"));
        lines.forEach((what, line) ->
                table.append(String.format("%-32s %12d %11d %8d%n", what, line.done, line.refused, line.wrong)));
        return table.toString();
    }
}
