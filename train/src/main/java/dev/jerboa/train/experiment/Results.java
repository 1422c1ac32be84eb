package dev.jerboa.train.experiment;

import dev.jerboa.model.json.JsonOut;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** What came out of an experiment: means over seeds, and differences to the first arm within seeds. */
final class Results {
    private final Experiment experiment;
    private final List<ArmResult> runs;

    Results(Experiment experiment, List<ArmResult> runs) {
        this.experiment = experiment;
        this.runs = List.copyOf(runs);
    }

    /** Writes {@code results.json} and {@code results.md}; the latter's text. */
    String write(Path folder) {
        String page = page();
        try {
            Files.writeString(folder.resolve("results.json"), JsonOut.text(values()) + "\n", StandardCharsets.UTF_8);
            Files.writeString(folder.resolve("results.md"), page, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": the results cannot be written: " + e.getMessage(), e);
        }
        return page;
    }

    private Map<String, @Nullable Object> values() {
        List<@Nullable Object> rows = new ArrayList<>();
        for (ArmResult run : runs) {
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            row.put("arm", run.arm());
            row.put("seed", (long) run.seed());
            row.putAll(run.numbers());
            rows.add(row);
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("title", experiment.title());
        all.put("runs", rows);
        return all;
    }

    /** The tables as Markdown. */
    String page() {
        Set<String> names = new LinkedHashSet<>();
        runs.forEach(run -> names.addAll(run.numbers().keySet()));
        StringBuilder page = new StringBuilder("# ").append(experiment.title()).append("\n\n");
        page.append("Means over ")
                .append(experiment.seeds().size())
                .append(experiment.seeds().size() == 1 ? " seed" : " seeds")
                .append(", ± standard error. The loss is the mean of the last twentieth of the steps.\n\n");
        table(page, names, false);
        String first = experiment.arms().keySet().iterator().next();
        if (experiment.arms().size() > 1) {
            page.append("\nDifference to `").append(first).append("` with the same seed:\n\n");
            table(page, names, true);
        }
        return page.toString();
    }

    private void table(StringBuilder page, Set<String> names, boolean differences) {
        List<String> arms = List.copyOf(experiment.arms().keySet());
        List<String> shown = differences ? arms.subList(1, arms.size()) : arms;
        page.append("| | ").append(String.join(" | ", shown)).append(" |\n|---|");
        page.append("--:|".repeat(shown.size())).append('\n');
        for (String name : names) {
            if (differences && (name.equals("steps") || name.equals("tokens"))) {
                continue;
            }
            StringJoiner row = new StringJoiner(" | ", "| " + name + " | ", " |\n");
            for (String arm : shown) {
                List<Double> values = new ArrayList<>();
                for (int seed : experiment.seeds()) {
                    double value = value(arm, seed, name) - (differences ? value(arms.getFirst(), seed, name) : 0);
                    if (!Double.isNaN(value)) {
                        values.add(value);
                    }
                }
                row.add(cell(values));
            }
            page.append(row);
        }
    }

    private double value(String arm, int seed, String name) {
        return runs.stream()
                .filter(run -> run.arm().equals(arm) && run.seed() == seed)
                .map(run -> run.numbers().getOrDefault(name, Double.NaN))
                .findFirst()
                .orElse(Double.NaN);
    }

    /** A mean with its standard error, where there is more than one value. */
    static String cell(List<Double> values) {
        if (values.isEmpty()) {
            return "–";
        }
        double mean = values.stream().mapToDouble(v -> v).sum() / values.size();
        if (values.size() == 1) {
            return number(mean);
        }
        double squares =
                values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
        return number(mean) + " ± " + number(Math.sqrt(squares / (values.size() - 1) / values.size()));
    }

    private static String number(double value) {
        double size = Math.abs(value);
        String format =
                value == Math.rint(value) && size < 1e15 ? "%.0f" : size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.4f";
        return String.format(Locale.ROOT, format, value);
    }
}
