package dev.jerboa.train.experiment;

import dev.jerboa.model.ModelException;
import dev.jerboa.settings.Section;
import dev.jerboa.train.recipe.Recipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Several runs that differ in what their names say.
 *
 * <pre>
 * title: …
 * recipe: {…}                     what all arms share
 * arms:
 *   plain: {}
 *   streams: {model: {config: {hc_mult: 4}}}     merged into the recipe key by key; null takes a key away
 * seeds: [1, 2, 3]
 * evaluate: {tasks: [countdown], count: 500, samples: 0, max_tokens: 256, seed: 1, teacher: ../../inside/step-001500}
 * </pre>
 *
 * <p>{@code {seed}} in a text of an arm stands for the seed. Paths are relative to the folder of the arm's run, so that an arm can
 * begin from another's checkpoint: {@code from: ../sft-{seed}/step-000400}. Arms run in the order in which they stand.
 *
 * @param source the file, for messages
 * @param arms changes by the arm's name, in order
 * @param evaluation what the last checkpoint of each run is asked, where it is
 */
public record Experiment(
        String source,
        String title,
        Map<String, @Nullable Object> recipe,
        Map<String, Map<String, @Nullable Object>> arms,
        List<Integer> seeds,
        Optional<Evaluation> evaluation) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,63}");
    private static final int MOST_SEEDS = 100;

    /**
     * Held-out problems that are asked at the end of each run.
     *
     * @param tasks by name
     * @param count problems of a task
     * @param samples drawn replies to each beside the greedy one
     * @param teacher a checkpoint whose distance is measured, as paths of arms; empty for none
     */
    public record Evaluation(List<String> tasks, int count, int samples, int maxTokens, int seed, String teacher) {}

    /**
     * Reads an experiment.
     *
     * @throws ModelException where a key is unknown, missing or of another kind, or an arm is no recipe
     */
    public static Experiment read(Path file) {
        String source = file.toString();
        try {
            return parse(Files.readString(file, StandardCharsets.UTF_8), source);
        } catch (IOException e) {
            throw new UncheckedIOException(source + ": not readable as UTF-8 text: " + e.getMessage(), e);
        }
    }

    /** Reads an experiment's text; {@code source} names it in messages. */
    public static Experiment parse(String text, String source) {
        Section root = Section.parse(text, source);
        String title = root.text("title");
        Map<String, @Nullable Object> recipe = root.section("recipe").plain();
        Map<String, Map<String, @Nullable Object>> arms = new LinkedHashMap<>();
        root.section("arms").plain().forEach((name, changes) -> {
            if (!NAME.matcher(name).matches()) {
                throw new ModelException(source + ": arm '" + name + "', expected small letters, digits, '-' and '.'");
            }
            arms.put(name, mapping(changes, source + ": arms." + name));
        });
        List<Integer> seeds = root.integers("seeds", 0, Integer.MAX_VALUE, MOST_SEEDS);
        Optional<Evaluation> evaluation =
                root.has("evaluate") ? Optional.of(evaluation(root.section("evaluate"))) : Optional.empty();
        root.end();
        if (arms.isEmpty() || seeds.isEmpty()) {
            throw new ModelException(
                    source + ": no " + (arms.isEmpty() ? "arms" : "seeds") + ", expected at least one");
        }
        Experiment experiment = new Experiment(source, title, recipe, arms, seeds, evaluation);
        arms.keySet().forEach(arm -> experiment.recipe(arm, seeds.getFirst()));
        return experiment;
    }

    private static Evaluation evaluation(Section section) {
        return new Evaluation(
                section.texts("tasks"),
                section.integer("count", 200, 1, 1 << 20),
                section.integer("samples", 0, 0, 1 << 12),
                section.integer("max_tokens", 256, 1, 1 << 20),
                section.integer("seed", 1, 0, Integer.MAX_VALUE),
                section.text("teacher", ""));
    }

    /**
     * The same with some of its arms.
     *
     * @throws ModelException where there is no such arm
     */
    public Experiment only(Collection<String> names) {
        Map<String, Map<String, @Nullable Object>> chosen = new LinkedHashMap<>(arms);
        for (String name : names) {
            if (!arms.containsKey(name)) {
                throw new ModelException(
                        source + ": no arm is named " + name + "; there are " + String.join(", ", arms.keySet()));
            }
        }
        chosen.keySet().retainAll(names);
        return new Experiment(source, title, recipe, chosen, seeds, evaluation);
    }

    /** What a run of an arm is called: its folder in the experiment's. */
    public static String run(String arm, int seed) {
        return arm + "-" + seed;
    }

    /** The recipe of an arm with a seed. */
    public Recipe recipe(String arm, int seed) {
        return Recipe.parse(recipeText(arm, seed), source + ": " + run(arm, seed));
    }

    /** The same as a file has it. */
    public String recipeText(String arm, int seed) {
        Map<String, @Nullable Object> whole = merged(recipe, arms.getOrDefault(arm, Map.of()));
        whole.put("seed", (long) seed);
        return Section.write(filled(whole, seed));
    }

    private static Map<String, @Nullable Object> merged(
            Map<String, @Nullable Object> base, Map<String, @Nullable Object> changes) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>(base);
        changes.forEach((key, value) -> {
            if (value == null) {
                all.remove(key);
            } else if (value instanceof Map<?, ?> && all.get(key) instanceof Map<?, ?>) {
                all.put(key, merged(mapping(all.get(key), key), mapping(value, key)));
            } else {
                all.put(key, value);
            }
        });
        return all;
    }

    /** Puts the seed where texts ask for it. */
    private static @Nullable Object filled(@Nullable Object value, int seed) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> all = new LinkedHashMap<>();
                map.forEach((key, inner) -> all.put(String.valueOf(key), filled(inner, seed)));
                yield all;
            }
            case List<?> list -> {
                List<@Nullable Object> all = new ArrayList<>();
                list.forEach(inner -> all.add(filled(inner, seed)));
                yield all;
            }
            case String text -> text.replace("{seed}", Integer.toString(seed));
            case null, default -> value;
        };
    }

    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> mapping(@Nullable Object value, String what) {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, @Nullable Object>) map;
        }
        throw new ModelException(what + " is no mapping of keys to values");
    }
}
