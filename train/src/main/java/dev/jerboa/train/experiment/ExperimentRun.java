package dev.jerboa.train.experiment;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.AdaptedModel;
import dev.jerboa.model.adapter.Adapter;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.train.checkpoint.RunFolder;
import dev.jerboa.train.distil.TeacherDistance;
import dev.jerboa.train.loop.StepReport;
import dev.jerboa.train.loop.Trainer;
import dev.jerboa.train.recipe.Recipe;
import dev.jerboa.train.rl.Rollouts;
import dev.jerboa.train.rl.TaskEvaluation;
import dev.jerboa.train.task.generate.Tasks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Carries an experiment out in a folder. Runs that are complete there are not made again, one that was interrupted goes on from
 * its last checkpoint: the results are those of an experiment without interruptions. One thread; the team does the work.
 */
public final class ExperimentRun {
    private static final int STEP_TOKENS = 256;
    private static final int SEQUENCES = 128;

    private final Experiment experiment;
    private final Path folder;
    private final Team team;
    private final Listener listener;

    /** Told of every step. */
    @FunctionalInterface
    public interface Listener {
        /**
         * A step of a run was done.
         *
         * @param run its folder's name
         * @param steps of the whole run
         */
        void step(String run, StepReport step, int steps);
    }

    public ExperimentRun(Experiment experiment, Path folder, Team team, Listener listener) {
        this.experiment = experiment;
        this.folder = folder;
        this.team = team;
        this.listener = listener;
    }

    /**
     * Makes what is missing, then the results.
     *
     * @return the text of results.md
     * @throws ModelException where the folder has runs of another experiment
     */
    public String run() {
        List<ArmResult> results = new ArrayList<>();
        for (int seed : experiment.seeds()) {
            for (String arm : experiment.arms().keySet()) {
                results.add(run(arm, seed));
            }
        }
        return new Results(experiment, results).write(folder);
    }

    private ArmResult run(String arm, int seed) {
        Path out = folder.resolve(Experiment.run(arm, seed));
        Path file = out.resolve("recipe.yaml");
        String text = experiment.recipeText(arm, seed);
        write(file, text);
        Recipe recipe = Recipe.parse(text, file.toString());
        int steps = recipe.schedule().steps();
        RunFolder run = new RunFolder(out);
        if (run.last().orElse(0L) < steps) {
            train(recipe, out, steps);
        }
        ArmResult result = ArmResult.of(arm, seed, out.resolve("metrics.jsonl"));
        experiment.evaluation().ifPresent(asked -> evaluate(asked, recipe, run.step(steps), out, result.numbers()));
        return result;
    }

    private void train(Recipe recipe, Path out, int steps) {
        try (Trainer trainer = new Trainer(recipe, out, out, team)) {
            if (trainer.folder().last().isPresent()) {
                trainer.resume();
            }
            String name = String.valueOf(out.getFileName());
            trainer.run(steps, recipe.checkpointEvery(), step -> listener.step(name, step, steps));
        }
    }

    /** Writes a recipe; another one that is there already belongs to another experiment. */
    private static void write(Path file, String text) {
        try {
            if (Files.isRegularFile(file)) {
                if (!Files.readString(file, StandardCharsets.UTF_8).equals(text)) {
                    throw new ModelException(
                            file + " is another recipe than the experiment has for this run; give another"
                                    + " folder by --out, or remove this one");
                }
                return;
            }
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, text, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
        }
    }

    /** Asks a checkpoint, or reads what it answered before. */
    private void evaluate(
            Experiment.Evaluation asked, Recipe recipe, Path model, Path out, Map<String, Double> numbers) {
        Path file = out.resolve("evaluation.json");
        if (!Files.isRegularFile(file)) {
            Map<String, @Nullable Object> values = new LinkedHashMap<>(ask(asked, recipe, model, out));
            if (!asked.teacher().isEmpty()) {
                values.putAll(distance(asked, model, out.resolve(asked.teacher())));
            }
            try {
                Files.writeString(file, JsonOut.text(values) + "\n", StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
            }
        }
        Json.object(file).forEach((name, value) -> {
            if (value instanceof Number number) {
                numbers.put(name, number.doubleValue());
            }
        });
    }

    private Map<String, Double> distance(Experiment.Evaluation asked, Path model, Path teacher) {
        if (Adapter.is(model)) {
            throw new ModelException(model + " is an adapter, whose distance from a teacher is not measured;"
                    + " leave evaluate.teacher out of experiments with adapters");
        }
        TeacherDistance found = TeacherDistance.of(model, teacher, Tasks.standard(), asked.count(), asked.seed(), team);
        Map<String, Double> numbers = new LinkedHashMap<>();
        numbers.put("KL from teacher", found.forward());
        numbers.put("KL to teacher", found.reverse());
        numbers.put("held-out loss", found.crossEntropy());
        return numbers;
    }

    private Map<String, Double> ask(Experiment.Evaluation asked, Recipe recipe, Path last, Path out) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        boolean adapted = Adapter.is(last);
        Path model = adapted ? out.resolve(recipe.model().from()) : last;
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            List<AdaptedModel> adapters = adapted ? List.of(checkpoint.adapted(last)) : List.of();
            Tokenizer tokenizer = checkpoint
                    .tokenizer()
                    .orElseThrow(() -> new ModelException(model + " has no tokenizer, so it cannot be asked"));
            try (Decoder decoder = checkpoint.load(
                    OpsProvider.ops(),
                    team,
                    DecoderOptions.of(Ops.Precision.EXACT, STEP_TOKENS).withAdaptations(adapters))) {
                Rollouts rollouts = new Rollouts(decoder, team, tokenizer, SEQUENCES, asked.maxTokens());
                TaskEvaluation.Settings settings =
                        new TaskEvaluation.Settings(asked.count(), asked.samples(), 1, asked.seed());
                for (String name : asked.tasks()) {
                    TaskEvaluation result = TaskEvaluation.of(Tasks.named(name), settings, rollouts);
                    numbers.put(name + " %", 100 * result.greedy().share());
                    result.drawn().ifPresent(drawn -> {
                        numbers.put(name + " mean@" + drawn.samples() + " %", 100 * drawn.mean());
                        numbers.put(
                                name + " pass@" + drawn.samples() + " %",
                                100 * drawn.pass().share());
                    });
                }
            }
        }
        return numbers;
    }
}
