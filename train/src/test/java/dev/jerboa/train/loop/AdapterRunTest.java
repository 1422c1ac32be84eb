package dev.jerboa.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.Adapter;
import dev.jerboa.testkit.SharedFolder;
import dev.jerboa.train.checkpoint.RunFolder;
import dev.jerboa.train.recipe.Recipe;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs of adapters beside a real model: the same bits with any number of threads and across interruptions, in PEFT's files. */
class AdapterRunTest {
    private static final String RECIPE = """
            seed: 3
            model: {from: BASE}
            adapter: {kind: KIND, rank: 4, alpha: 8, targets: [q_proj, v_proj, down_proj]}
            data: {kind: text, path: text.txt, window: 32}
            optimizer: {rate: 5.0e-3, decay: 0}
            schedule: {steps: 60, warmup: 5}
            batch_tokens: 128
            """;

    @TempDir
    Path folder;

    private final List<StepReport> reports = new ArrayList<>();

    @BeforeEach
    void text() throws IOException {
        Files.writeString(folder.resolve("text.txt"), "The jerboa hops at night, and eats what it finds. ".repeat(40));
    }

    private Recipe recipe(String kind, String base) {
        Path path = SharedFolder.require("models/stories260K").resolve(base).normalize();
        return Recipe.parse(
                RECIPE.replace("KIND", kind)
                        .replace("BASE", path.toAbsolutePath().toString()),
                "test.yaml");
    }

    private String run(Recipe recipe, String out, int threads, int steps, boolean resume) {
        reports.clear();
        try (Team team = Team.ofSize(threads);
                Trainer trainer = new Trainer(recipe, folder, folder.resolve(out), team)) {
            assertThat(trainer.resume()).isEqualTo(resume);
            trainer.run(steps, 3, reports::add);
            return RunFolder.hash(trainer.folder().weights(steps))
                    + RunFolder.hash(trainer.folder().step(steps).resolve("optimizer.safetensors"));
        }
    }

    @ParameterizedTest
    @CsvSource({"lora,stories260K-q8_0.gguf", "dora,."})
    void sameBitsForAnyThreadsAndAcrossInterruptions(String kind, String base) throws IOException {
        Recipe recipe = recipe(kind, base);
        String whole = run(recipe, "whole", 1, 8, false);
        assertThat(run(recipe, "two", 2, 8, false)).isEqualTo(whole);
        assertThat(run(recipe, "three", 3, 8, false)).isEqualTo(whole);
        for (String parts : new String[] {"all", "streams"}) {
            String again = recipe.text().replace("model: {", "model: {recompute: 2, recompute_parts: " + parts + ", ");
            assertThat(run(Recipe.parse(again, "test.yaml"), parts, 2, 8, false))
                    .isEqualTo(whole);
        }
        run(recipe, "parts", 2, 3, false);
        assertThat(run(recipe, "parts", 1, 8, true)).isEqualTo(whole);
    }

    @Test
    void theLossFallsAndCheckpointsHoldTheAdapterOnly() throws IOException {
        run(recipe("rslora", "stories260K-q8_0.gguf"), "run", 2, 60, false);
        assertThat(reports.getLast().loss()).isLessThan(0.3 * reports.getFirst().loss());
        Path last = folder.resolve("run/step-000060");
        try (Stream<Path> files = Files.list(last);
                Arena arena = Arena.ofShared()) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())))
                    .containsExactlyInAnyOrder(
                            "adapter_config.json",
                            "adapter_model.safetensors",
                            "optimizer.safetensors",
                            "trainer_state.json");
            Adapter adapter = Adapter.open(last, arena);
            assertThat(adapter.modules()).hasSize(15);
            assertThat(adapter.config().rootScale()).isTrue();
            assertThat(adapter.config().targets()).containsExactly("down_proj", "q_proj", "v_proj");
            Adapter.Module module = Objects.requireNonNull(adapter.modules().get("model.layers.4.mlp.down_proj"));
            assertThat(module.scale()).isEqualTo(4); // 8 / √4
            assertThat(module.a().cols()).isEqualTo(172);
            assertThat(module.b().rows()).isEqualTo(64);
        }
    }

    @Test
    void anotherBaseIsRefused() {
        run(recipe("lora", "stories260K-q8_0.gguf"), "run", 1, 3, false);
        assertThatThrownBy(() -> run(recipe("lora", "stories260K-f32.gguf"), "run", 1, 4, true))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("another recipe");
    }

    @Test
    void recipesThatAskForTheImpossibleAreRefused() {
        String recipe = RECIPE.replace("KIND", "lora").replace("BASE", "x");
        assertThatThrownBy(() -> Recipe.parse(recipe.replace("from: x", "config: {model_type: llama}"), "test.yaml"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("model.from");
        assertThatThrownBy(() -> Recipe.parse(recipe.replace("rank: 4", "rank: 0"), "test.yaml"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("rank");
        assertThatThrownBy(() -> Recipe.parse(recipe.replace("rank: 4", "rankk: 4"), "test.yaml"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("unknown key adapter.rankk");
    }
}
