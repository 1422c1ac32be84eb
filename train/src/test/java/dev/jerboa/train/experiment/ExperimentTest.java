package dev.jerboa.train.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.ModelException;
import dev.jerboa.train.recipe.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arms are the base recipe with their changes; results survive interruptions; means and differences are what they say. */
class ExperimentTest {
    private static final String TEXT = """
            title: Streams
            recipe:
              model:
                config: {model_type: jerboa, hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2,
                         num_attention_heads: 2, num_key_value_heads: 2, rms_norm_eps: 1.0e-6, tie_word_embeddings: false}
              data: {kind: synthetic, window: 32}
              optimizer: {rate: 1.0e-3}
              schedule: {shape: constant, steps: 30}
              batch_tokens: 64
              checkpoint_every: 10
            arms:
              plain: {}
              hc: {model: {config: {hc_kind: hc, hc_mult: 2}}}
              after: {model: {from: '../plain-{seed}/step-000030', config: null}, schedule: {steps: 5}}
            seeds: [3, 4]
            """;

    @TempDir
    private Path folder;

    @Test
    void anArmIsTheRecipeWithItsChanges() {
        Experiment experiment = Experiment.parse(TEXT, "e.yaml");
        Recipe plain = experiment.recipe("plain", 3);
        Recipe hc = experiment.recipe("hc", 4);
        Recipe after = experiment.recipe("after", 4);
        assertThat(plain.seed()).isEqualTo(3);
        assertThat(plain.model().config()).containsEntry("hidden_size", 16L).doesNotContainKey("hc_mult");
        assertThat(hc.seed()).isEqualTo(4);
        assertThat(hc.model().config()).containsEntry("hidden_size", 16L).containsEntry("hc_mult", 2L);
        assertThat(hc.schedule().steps()).isEqualTo(30);
        assertThat(after.model().from()).isEqualTo("../plain-4/step-000030");
        assertThat(after.model().config()).isEmpty();
        assertThat(after.schedule().steps()).isEqualTo(5);
    }

    @Test
    void everyCommittedExperiment() throws IOException {
        Path committed = Path.of(System.getProperty("jerboa.root"), "recipes", "experiments");
        try (Stream<Path> files = Files.list(committed)) {
            List<Path> all = files.toList();
            assertThat(all).isNotEmpty();
            all.forEach(file -> assertThat(Experiment.read(file).arms()).isNotEmpty());
        }
    }

    @Test
    void someArmsKeepTheOrderOfTheFile() {
        Experiment experiment = Experiment.parse(TEXT, "e.yaml");
        assertThat(experiment.only(List.of("after", "plain")).arms().keySet()).containsExactly("plain", "after");
        assertThat(experiment.only(List.of("hc")).recipeText("hc", 3)).isEqualTo(experiment.recipeText("hc", 3));
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> experiment.only(List.of("plain", "mhc")))
                .withMessageContaining("no arm is named mhc")
                .withMessageContaining("plain, hc, after");
    }

    @Test
    void resultsAreTheSameAcrossAnInterruption() throws IOException {
        Experiment experiment = Experiment.parse(TEXT, "e.yaml");
        List<String> steps = new ArrayList<>();
        String whole;
        try (Team team = Team.ofSize(2)) {
            whole = new ExperimentRun(experiment, folder.resolve("a"), team, (run, step, of) -> steps.add(run)).run();
        }
        assertThat(steps).hasSize(2 * 65);
        assertThat(steps.subList(0, 65)).containsOnly("plain-3", "hc-3", "after-3");
        Path out = folder.resolve("b");
        try (Team team = Team.ofSize(1)) {
            List<String> before = new ArrayList<>();
            assertThatExceptionOfType(IllegalStateException.class)
                    .isThrownBy(() -> new ExperimentRun(experiment, out, team, (run, step, of) -> {
                                before.add(run);
                                if (before.size() == 45) {
                                    throw new IllegalStateException("cut");
                                }
                            })
                            .run());
            List<String> after = new ArrayList<>();
            String resumed = new ExperimentRun(experiment, out, team, (run, step, of) -> after.add(run)).run();
            assertThat(after).hasSize(2 * 65 - 40);
            assertThat(withoutSpeed(resumed)).isEqualTo(withoutSpeed(whole));
            assertThat(new ExperimentRun(experiment, out, team, (run, step, of) -> {
                                throw new AssertionError("nothing is left to do");
                            })
                            .run())
                    .isEqualTo(resumed);
        }
        assertThat(whole).contains("| | plain | hc | after |", "largest gain forward", "Difference to `plain`");
        assertThat(Files.readString(folder.resolve("a/results.json")))
                .contains("\"arm\"")
                .contains("\"after\"");
    }

    private static String withoutSpeed(String page) {
        return page.replaceAll("\\| tokens a second[^\n]*\n", "");
    }

    @Test
    void refusesTheFolderOfAnotherExperiment() {
        try (Team team = Team.ofSize(1)) {
            String small = TEXT.replace("seeds: [3, 4]", "seeds: [3]").replace("steps: 30", "steps: 1");
            Experiment first = Experiment.parse(small.replaceAll(" {2}after:.*\n", ""), "e.yaml");
            new ExperimentRun(first, folder, team, (run, step, of) -> {}).run();
            Experiment second = Experiment.parse(
                    small.replaceAll(" {2}after:.*\n", "").replace("rate: 1.0e-3", "rate: 2.0e-3"), "e.yaml");
            assertThatExceptionOfType(ModelException.class)
                    .isThrownBy(() -> new ExperimentRun(second, folder, team, (run, step, of) -> {}).run())
                    .withMessageContaining("another recipe");
        }
    }

    @Test
    void saysWhatIsWrongWithAFile() {
        refuse(TEXT.replace("seeds: [3, 4]", "seeds: [3, x]"), "seeds is a list");
        refuse(TEXT.replace("seeds: [3, 4]", "seeds: []"), "no seeds");
        refuse(TEXT.replace("title", "name"), "title is missing");
        refuse(TEXT + "more: 1\n", "unknown key more");
        refuse(TEXT.replace("plain: {}", "Plain Arm: {}"), "arm 'Plain Arm'");
        refuse(TEXT.replace("plain: {}", "plain: {shedule: {steps: 1}}"), "unknown key shedule");
        refuse(TEXT.replace("plain: {}", "plain: 3"), "arms.plain is no mapping");
    }

    private static void refuse(String text, String message) {
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> Experiment.parse(text, "e.yaml"))
                .withMessageContaining("e.yaml")
                .withMessageContaining(message);
    }

    @Test
    void meansHaveTheStandardErrorOverSeeds() {
        assertThat(Results.cell(List.of(1.0, 2.0, 3.0))).isEqualTo("2 ± 0.5774");
        assertThat(Results.cell(List.of(0.25))).isEqualTo("0.2500");
        assertThat(Results.cell(List.of())).isEqualTo("–");
    }
}
