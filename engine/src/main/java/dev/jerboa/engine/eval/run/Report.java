package dev.jerboa.engine.eval.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The scores of a run, over all items and, where there are several groups, over each. A function of the items' results and the seed. */
public record Report(List<Score> scores) {
    private static final String ALL = "all";

    public Report {
        scores = List.copyOf(scores);
    }

    static Report of(List<ItemResult> results, long seed) {
        List<Score> scores = new ArrayList<>(scores(ALL, results, seed));
        Set<String> groups = new TreeSet<>();
        results.forEach(result -> groups.add(result.group()));
        if (groups.size() > 1) {
            for (String group : groups) {
                List<ItemResult> own = results.stream()
                        .filter(result -> result.group().equals(group))
                        .toList();
                scores.addAll(scores(group.isEmpty() ? "(none)" : group, own, seed));
            }
        }
        return new Report(scores);
    }

    private static List<Score> scores(String group, List<ItemResult> results, long seed) {
        List<Score> scores = new ArrayList<>();
        for (String name : names(results, result -> result.right().keySet())) {
            List<Boolean> right = new ArrayList<>();
            for (ItemResult result : results) {
                Boolean flag = result.right().get(name);
                if (flag != null) {
                    right.add(flag);
                }
            }
            scores.add(Score.ofShare(name, group, right));
        }
        for (String name : names(results, result -> result.values().keySet())) {
            List<Double> values = new ArrayList<>();
            for (ItemResult result : results) {
                Double value = result.values().get(name);
                if (value != null) {
                    values.add(value);
                }
            }
            scores.add(Score.ofMean(name, group, values, seed));
        }
        return scores;
    }

    private static Set<String> names(List<ItemResult> results, Function<ItemResult, Set<String>> of) {
        Set<String> names = new LinkedHashSet<>();
        results.forEach(result -> names.addAll(of.apply(result)));
        return names;
    }

    /** The scores as plain values, with the run's settings. */
    public Map<String, @Nullable Object> json(Map<String, @Nullable Object> settings) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("settings", settings);
        json.put("scores", scores.stream().map(Score::json).toList());
        return json;
    }

    /** The scores as lines of a table, the first of them the head: all measures over all items, and the first one of each group. */
    public List<String> table() {
        int measure = 8;
        int group = 5;
        List<Score> shown = scores.stream()
                .filter(score -> score.group().equals(ALL)
                        || score.measure().equals(scores.getFirst().measure()))
                .toList();
        for (Score score : shown) {
            measure = Math.max(measure, score.measure().length());
            group = Math.max(group, score.group().length());
        }
        String format = "%-" + measure + "s  %-" + group + "s  %6s  %10s  %8s  %s";
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, format, "measure", "group", "items", "value", "± s.e.", "95 % interval"));
        for (Score score : shown) {
            double scale = score.share() ? 100 : 1;
            String number = score.share() ? "%.2f" : "%.4f";
            String unit = score.share() ? " %" : "";
            lines.add(String.format(
                    Locale.ROOT,
                    format,
                    score.measure(),
                    score.group(),
                    score.count(),
                    String.format(Locale.ROOT, number, scale * score.value()) + unit,
                    String.format(Locale.ROOT, number, scale * score.standardError()),
                    String.format(
                                    Locale.ROOT,
                                    number + "–" + number,
                                    scale * score.interval().low(),
                                    scale * score.interval().high())
                            + unit));
        }
        return lines;
    }
}
