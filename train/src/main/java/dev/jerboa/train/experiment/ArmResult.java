package dev.jerboa.train.experiment;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What came out of one run: numbers by name, in the order in which tables show them.
 *
 * @param arm its name
 */
record ArmResult(String arm, int seed, Map<String, Double> numbers) {
    /** The share of a run that its last loss is the mean of, and the least number of steps. */
    private static final double TAIL = 0.05;

    private static final int LEAST_TAIL = 10;

    /** Names of metrics.jsonl whose last value counts. */
    private static final List<String> AT_END = List.of("gain_forward", "gain_backward", "least_column", "gain_site");

    /** Reads the metrics of a run. */
    static ArmResult of(String arm, int seed, Path metrics) {
        List<Map<String, @Nullable Object>> steps = read(metrics);
        if (steps.isEmpty()) {
            throw new ModelException(metrics + ": no steps; remove the run's folder to make it again");
        }
        int tail = Math.min(steps.size(), Math.max(LEAST_TAIL, (int) (TAIL * steps.size())));
        Map<String, Double> numbers = new LinkedHashMap<>();
        numbers.put("steps", (double) steps.size());
        for (String name : List.of("loss", "cross_entropy", "teacher_divergence", "reward", "accuracy")) {
            put(numbers, name, mean(steps.subList(steps.size() - tail, steps.size()), name));
        }
        put(numbers, "largest gradient norm", most(steps.subList(steps.size() / 10, steps.size()), "gradient_norm"));
        put(numbers, "largest gain forward", most(steps, "gain_forward"));
        for (String name : AT_END) {
            put(numbers, name.replace('_', ' '), last(steps, name));
        }
        put(numbers, "tokens", last(steps, "tokens"));
        put(numbers, "tokens a second", median(steps, "tokens_per_second"));
        return new ArmResult(arm, seed, numbers);
    }

    private static List<Map<String, @Nullable Object>> read(Path metrics) {
        List<Map<String, @Nullable Object>> steps = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(metrics, StandardCharsets.UTF_8)) {
                steps.add(Json.asObject(Json.parse(line, metrics.toString()), metrics.toString()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(metrics + ": not readable: " + e.getMessage(), e);
        }
        return steps;
    }

    private static void put(Map<String, Double> numbers, String name, double value) {
        if (!Double.isNaN(value)) {
            numbers.put(name, value);
        }
    }

    private static double[] values(List<Map<String, @Nullable Object>> steps, String name) {
        return steps.stream()
                .map(step -> step.get(name))
                .filter(Number.class::isInstance)
                .mapToDouble(value -> ((Number) value).doubleValue())
                .toArray();
    }

    private static double mean(List<Map<String, @Nullable Object>> steps, String name) {
        double[] values = values(steps, name);
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double most(List<Map<String, @Nullable Object>> steps, String name) {
        double most = Double.NaN;
        for (double value : values(steps, name)) {
            most = Double.isNaN(most) ? value : Math.max(most, value);
        }
        return most;
    }

    private static double last(List<Map<String, @Nullable Object>> steps, String name) {
        double[] values = values(steps, name);
        return values.length == 0 ? Double.NaN : values[values.length - 1];
    }

    private static double median(List<Map<String, @Nullable Object>> steps, String name) {
        double[] values = values(steps, name);
        Arrays.sort(values);
        return values.length == 0 ? Double.NaN : values[values.length / 2];
    }
}
