package dev.jerboa.train.loop;

import dev.jerboa.model.ModelException;
import dev.jerboa.train.checkpoint.RunFolder;
import dev.jerboa.train.recipe.Recipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files beside the recipe that every step of a run is a function of: its data, its teacher, the model that an adapter is
 * for.
 *
 * @param hashes SHA-256 in hexadecimal, by path as the recipe has it
 */
record Inputs(Map<String, String> hashes) {
    private static final String KEY = "inputs";

    /** Their hashes; replies that a teacher wrote for the run are in its folder. */
    static Inputs of(Recipe recipe, Path base, Path out) {
        Map<String, String> hashes = new LinkedHashMap<>();
        recipe.distil().ifPresent(distil -> add(distil.teacher(), base, hashes));
        if (recipe.adapter().isPresent()) {
            add(recipe.model().from(), base, hashes);
        }
        if (recipe.distil().flatMap(Recipe.Distil::replies).isPresent()) {
            add(RunData.REPLIES, out, hashes);
        }
        if (recipe.data().kind().hasPath()) {
            add(recipe.data().path(), base, hashes);
        }
        return new Inputs(hashes);
    }

    private static void add(String path, Path base, Map<String, String> hashes) {
        Path at = base.resolve(path);
        try (Stream<Path> walk = Files.walk(at)) {
            List<Path> files = walk.filter(Files::isRegularFile).sorted().toList();
            for (Path file : files) {
                String name = file.equals(at) ? path : path + "/" + at.relativize(file);
                hashes.put(name, RunFolder.hash(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(at + ": not readable: " + e.getMessage(), e);
        }
    }

    /** Writes them down among the facts of a checkpoint. */
    void addTo(Map<String, @Nullable Object> facts) {
        if (!hashes.isEmpty()) {
            facts.put(KEY, hashes);
        }
    }

    /**
     * Makes sure that a checkpoint was made with the same.
     *
     * @param where the checkpoint, for messages
     */
    void require(Map<String, @Nullable Object> facts, Path where) {
        if (!(facts.get(KEY) instanceof Map<?, ?> before)) {
            return;
        }
        hashes.forEach((name, hash) -> {
            if (!Objects.equals(before.get(name), hash)) {
                throw new ModelException(name + " has changed since " + where + " was made: its SHA-256 is " + hash
                        + ", expected " + before.get(name) + "; bring the file back, or begin another run");
            }
        });
    }
}
