package dev.jerboa.train.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.ModelException;
import dev.jerboa.train.autograd.Parts;
import dev.jerboa.train.data.ProblemBatches;
import dev.jerboa.train.network.Recompute;
import dev.jerboa.train.optim.Optimizer;
import dev.jerboa.train.optim.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Recipes are read strictly, and every committed one can be read. */
class RecipeTest {
    private static final String SMALL = """
            seed: 7
            model:
              config: {model_type: jerboa, hidden_size: 16, tie_word_embeddings: true, rms_norm_eps: 1.0e-6}
            data: {kind: synthetic, window: 32}
            optimizer: {rate: 2.0e-3, matrices: muon}
            schedule: {steps: 10, warmup: 2, shape: linear}
            """;

    @Test
    void valuesAndDefaults() {
        Recipe recipe = Recipe.parse(SMALL, "small.yaml");
        assertThat(recipe.seed()).isEqualTo(7);
        assertThat(recipe.model().config())
                .containsEntry("hidden_size", 16L)
                .containsEntry("tie_word_embeddings", true)
                .containsEntry("rms_norm_eps", 1e-6);
        assertThat(recipe.matrixRule()).isEqualTo(Optimizer.Rule.MUON);
        assertThat(recipe.schedule()).isEqualTo(new Schedule(Schedule.Shape.LINEAR, 2, 10, 0.1));
        assertThat(recipe.optimizer().beta2()).isEqualTo(0.95);
        assertThat(recipe.targetLoss()).isEmpty();
        assertThat(recipe.data().loss()).isEqualTo(ProblemBatches.Loss.REPLY);
        assertThat(Recipe.parse(SMALL.replace("window: 32", "loss: all"), "small.yaml")
                        .data()
                        .loss())
                .isEqualTo(ProblemBatches.Loss.ALL);
    }

    @Test
    void whatIsComputedAgain() {
        assertThat(recompute("")).isEqualTo(new Recompute(0, Parts.ALL));
        assertThat(recompute("  recompute: 3\n")).isEqualTo(new Recompute(3, Parts.ALL));
        assertThat(recompute("  recompute: auto\n  recompute_parts: streams\n"))
                .isEqualTo(new Recompute(Recompute.AUTO, Parts.STREAMS));
        wrong(
                again("  recompute: some\n"),
                "small.yaml:4: model.recompute is 'some', expected a whole number from 0 to 65536 or auto");
        wrong(again("  recompute: -1\n"), "small.yaml:4: model.recompute is '-1', expected a whole number from 0");
        wrong(again("  recompute: [1]\n"), "small.yaml:4: model.recompute is a list, expected a whole number from 0");
        wrong(
                again("  recompute: 1\n  recompute_parts: some\n"),
                "small.yaml:5: model.recompute_parts is 'some', expected one of all, streams");
        wrong(
                again("  recompute_parts: streams\n"),
                "small.yaml:4: model.recompute_parts is 'streams', expected model.recompute beside it");
    }

    private static String again(String keys) {
        return SMALL.replace("data: {", keys + "data: {");
    }

    private static Recompute recompute(String keys) {
        return Recipe.parse(again(keys), "small.yaml").model().recompute();
    }

    @Test
    void mistakesAreToldWithTheirLine() {
        wrong(SMALL.replace("window: 32", "windw: 32"), "small.yaml:4: unknown key data.windw");
        wrong(
                SMALL.replace("steps: 10", "steps: ten"),
                "small.yaml:6: schedule.steps is 'ten', expected a whole number");
        wrong(
                SMALL.replace("shape: linear", "shape: round"),
                "schedule.shape is 'round', expected one of constant, steps");
        wrong(SMALL.replace("rate: 2.0e-3, ", ""), "optimizer.rate is missing, expected a number");
        wrong(SMALL + "seed: 8\n", "seed");
        wrong("- a\n- b\n", "small.yaml:1: the file is no mapping");
        wrong("a: [1\n", "not readable as YAML");
        wrong(
                SMALL.replace("window: 32", "window: 4097"),
                "small.yaml:4: data.window is 4097, expected at most batch_tokens, 4096");
        wrong(SMALL.replace("synthetic", "bytes"), "small.yaml:4: data.path is missing, expected a text file");
        wrong(
                SMALL.replace("window: 32", "loss: everything"),
                "small.yaml:4: data.loss is 'everything', expected one of reply, all");
        wrong(
                SMALL.replace("kind: synthetic, window: 32", "tasks: {add1: 1, ad2: 1}"),
                "small.yaml:4: unknown key data.tasks.ad2, expected tasks to learn: add1, add2,");
        wrong(
                SMALL.replace("kind: synthetic, window: 32", "tasks: {add4: 1}"),
                "small.yaml:4: unknown key data.tasks.add4, expected tasks to learn: add1");
        wrong(
                SMALL.replace("kind: synthetic, window: 32", "tasks: {add1: 0}"),
                "small.yaml:4: data.tasks.add1 is '0', expected a number above 0");
        wrong(
                SMALL.replace("hidden_size: 16", "hidden_size: 99999999999999999999"),
                "small.yaml:3: model.config.hidden_size is '99999999999999999999', expected a whole number from -2^63");
        wrong(
                SMALL.replace("rms_norm_eps: 1.0e-6", "rope: {theta: .inf}"),
                "small.yaml:3: model.config.rope.theta is '.inf', expected a finite number");
        wrong(SMALL + "average: 1\n", "small.yaml:7: average is '1', expected a number from 0.0 to 0.9");
        wrong(
                SMALL.replace("shape: linear", "last: 2"),
                "small.yaml:6: schedule.last is '2', expected a number from 0.0 to 1.0");
        wrong(
                SMALL.replace("synthetic", "problems") + "policy: {max_tokens: 5000}\n",
                "small.yaml:7: policy.max_tokens is 5000, expected less than batch_tokens, 4096");
        wrong("", "the file is empty");
        wrong(SMALL.replace("{kind: synthetic, window: 32}", "5"), "data is no mapping");
    }

    private static void wrong(String text, String message) {
        assertThatThrownBy(() -> Recipe.parse(text, "small.yaml"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(message);
    }

    @Test
    void everyCommittedRecipe() throws IOException {
        Path folder = Path.of(System.getProperty("jerboa.root"), "recipes");
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> recipes =
                    files.filter(file -> file.toString().endsWith(".yaml")).toList();
            assertThat(recipes).isNotEmpty();
            recipes.forEach(
                    file -> assertThat(Recipe.read(file).schedule().steps()).isPositive());
        }
    }
}
