package dev.jerboa.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.train.checkpoint.RunFolder;
import dev.jerboa.train.recipe.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs are functions of their recipes: the same bits with any number of threads and across interruptions. */
class TrainerTest {
    private static final String RECIPE = """
            seed: 3
            model:
              config:
                model_type: deepseek_v3
                hidden_size: 32
                intermediate_size: 48
                moe_intermediate_size: 16
                num_hidden_layers: 2
                first_k_dense_replace: 1
                num_attention_heads: 2
                n_routed_experts: 4
                num_experts_per_tok: 2
                n_shared_experts: 1
                norm_topk_prob: true
                scoring_func: sigmoid
                kv_lora_rank: 8
                qk_nope_head_dim: 8
                qk_rope_head_dim: 8
                v_head_dim: 16
                rms_norm_eps: 1.0e-6
                rope_theta: 10000.0
                max_position_embeddings: 64
                tie_word_embeddings: false
                hc_mult: 4
              ahead: 0.3
              balance: 1.0e-4
            data: {kind: synthetic, window: 32}
            optimizer: {rate: 1.0e-2, matrices: RULE}
            schedule: {steps: 100, warmup: 5}
            batch_tokens: 256
            micro_batches: 2
            average: 0.9
            """;

    @TempDir
    Path folder;

    private final List<StepReport> reports = new ArrayList<>();

    private static Recipe recipe(String rule) {
        return Recipe.parse(RECIPE.replace("RULE", rule), "test.yaml");
    }

    private String run(Recipe recipe, String out, int threads, int steps, boolean resume) {
        reports.clear();
        try (Team team = Team.ofSize(threads);
                Trainer trainer = new Trainer(recipe, folder, folder.resolve(out), team)) {
            assertThat(trainer.resume()).isEqualTo(resume);
            trainer.run(steps, 3, reports::add);
            return RunFolder.hash(trainer.folder().step(steps).resolve("model.safetensors"))
                    + RunFolder.hash(trainer.folder().step(steps).resolve("average/model.safetensors"))
                    + RunFolder.hash(trainer.folder().step(steps).resolve("optimizer.safetensors"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"adamw", "muon"})
    void sameBitsForAnyThreadsAndAcrossInterruptions(String rule) throws IOException {
        Recipe recipe = recipe(rule);
        String whole = run(recipe, "whole", 1, 8, false);
        assertThat(run(recipe, "two", 2, 8, false)).isEqualTo(whole);
        assertThat(run(recipe, "three", 3, 8, false)).isEqualTo(whole);
        run(recipe, "parts", 2, 5, false);
        delete(folder.resolve("parts/step-000005")); // what was done after step 3 is lost
        Files.createDirectories(folder.resolve("parts/step-000005.tmp")); // and a checkpoint was being written
        assertThat(run(recipe, "parts", 1, 8, true)).isEqualTo(whole);
        assertThat(Files.readAllLines(folder.resolve("parts/metrics.jsonl")).stream()
                        .map(line -> line.substring(0, line.indexOf("\"tokens_per_second\""))))
                .isEqualTo(Files.readAllLines(folder.resolve("whole/metrics.jsonl")).stream()
                        .map(line -> line.substring(0, line.indexOf("\"tokens_per_second\"")))
                        .toList());
    }

    /** Activations that are computed again leave no trace but the memory. */
    @Test
    void sameBitsWithActivationsComputedAgain() throws IOException {
        String recipe = RECIPE.replace("RULE", "adamw");
        String kept = run(Recipe.parse(recipe, "test.yaml"), "kept", 1, 4, false);
        List<StepReport> steps = List.copyOf(reports);
        for (String again : List.of("1", "auto", "1\n  recompute_parts: streams")) {
            Recipe with = Recipe.parse(recipe.replace("  ahead:", "  recompute: " + again + "\n  ahead:"), "test.yaml");
            String out = "again-" + again.hashCode();
            assertThat(run(with, out, 2, 4, false)).as(again).isEqualTo(kept);
            for (int i = 0; i < steps.size(); i++) {
                assertThat(reports.get(i).loss()).isEqualTo(steps.get(i).loss());
                assertThat(reports.get(i).aheadLoss()).isEqualTo(steps.get(i).aheadLoss());
                assertThat(reports.get(i).balance()).isEqualTo(steps.get(i).balance());
                assertThat(reports.get(i).load()).isEqualTo(steps.get(i).load());
                assertThat(reports.get(i).gain()).isEqualTo(steps.get(i).gain());
            }
            delete(folder.resolve(out + "/step-000004"));
            assertThat(run(with, out, 1, 4, true)).as(again).isEqualTo(kept); // resumed at step 3
        }
    }

    private static void delete(Path path) throws IOException {
        try (var all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    @Test
    void theLossFallsAndTheCheckpointOpens() {
        run(recipe("adamw"), "run", 2, 60, false);
        assertThat(reports.getFirst().loss()).isBetween(3.6, 4.2); // ln 50 = 3.91
        assertThat(reports.getLast().loss())
                .isLessThan(0.85 * reports.getFirst().loss());
        assertThat(reports.getLast().aheadLoss()).isLessThan(reports.getFirst().aheadLoss());
        assertThat(reports.getLast().tokens()).isEqualTo(60 * 512);
        assertThat(reports.getFirst().aheadLoss()).isBetween(3.6, 4.2);
        assertThat(reports.get(49).gain().orElseThrow().forward()).isBetween(0.99, 1.01);
        assertThat(reports.get(50).gain()).isEmpty();
        assertThat(folder.resolve("run/report.html"))
                .content()
                .contains(
                        "Loss (nats a token)",
                        "Largest load of an expert",
                        "Composite gain of the streams, forward",
                        "<path d=\"M64.0 ")
                .doesNotContain("NaN", "Infinity", "http");
        try (Checkpoint checkpoint = Checkpoint.open(folder.resolve("run/step-000060"))) {
            assertThat(checkpoint.spec().layers()).hasSize(2);
            assertThat(checkpoint.spec().vocabularySize()).isEqualTo(50);
            assertThat(checkpoint.tensors().has("model.layers.2.eh_proj.weight"))
                    .isTrue();
            assertThat(checkpoint
                            .tensors()
                            .tensor("model.layers.2.embed_tokens.weight")
                            .floats())
                    .isEqualTo(checkpoint
                            .tensors()
                            .tensor("model.embed_tokens.weight")
                            .floats());
            assertThat(checkpoint
                            .tensors()
                            .tensor("model.layers.2.shared_head.head.weight")
                            .floats())
                    .isEqualTo(checkpoint.tensors().tensor("lm_head.weight").floats());
            try (Checkpoint average = Checkpoint.open(folder.resolve("run/step-000060/average"))) {
                assertThat(average.spec()).isEqualTo(checkpoint.spec());
                assertThat(average.tensors().tensor("lm_head.weight").floats())
                        .isNotEqualTo(
                                checkpoint.tensors().tensor("lm_head.weight").floats());
            }
        }
    }

    @Test
    void damagedCheckpointsAndOtherRecipesAreRefused() throws IOException {
        run(recipe("adamw"), "run", 1, 3, false);
        assertThatThrownBy(() -> run(recipe("muon"), "run", 1, 4, true))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("optimizer.safetensors");
        assertThatThrownBy(() -> run(
                        Recipe.parse(RECIPE.replace("RULE", "adamw").replace("warmup: 5", "warmup: 6"), "test.yaml"),
                        "run",
                        1,
                        4,
                        true))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("another recipe");
        Path weights = folder.resolve("run/step-000003/model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 9] ^= 1;
        Files.write(weights, bytes);
        assertThatThrownBy(() -> run(recipe("adamw"), "run", 1, 4, true))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("model.safetensors: its SHA-256 is");
    }

    /** Nothing of another run is written over: neither its checkpoints nor one that lost its state file. */
    @Test
    void aNewRunBeginsOnlyWhereNoneHasLeftCheckpoints() throws IOException {
        String before = run(recipe("adamw"), "run", 1, 3, false);
        assertThatThrownBy(() -> fresh("run"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("has checkpoints already; --resume goes on from the last, --out takes another");
        assertThat(RunFolder.hash(folder.resolve("run/step-000003/model.safetensors"))
                        + RunFolder.hash(folder.resolve("run/step-000003/average/model.safetensors"))
                        + RunFolder.hash(folder.resolve("run/step-000003/optimizer.safetensors")))
                .isEqualTo(before);
        assertThat(folder.resolve("run/metrics.jsonl")).content().hasLineCount(3);
        Files.delete(folder.resolve("run/step-000003/trainer_state.json"));
        assertThatThrownBy(() -> fresh("run"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("step-000003 is no whole checkpoint (it has no trainer_state.json)");
        assertThat(folder.resolve("run/step-000003/model.safetensors")).exists();
    }

    private double fresh(String out) {
        try (Team team = Team.ofSize(1);
                Trainer trainer = new Trainer(recipe("adamw"), folder, folder.resolve(out), team)) {
            trainer.run(2, 3, reports::add);
            return trainer.recentLoss();
        }
    }

    /** What a run that was killed before its first checkpoint wrote is no part of the next one; a cut-off line does no harm. */
    @Test
    void metricsAreThoseOfTheRunAlone() throws IOException {
        Files.createDirectories(folder.resolve("run"));
        Path metrics = folder.resolve("run/metrics.jsonl");
        Files.writeString(metrics, "{\"step\": 1, \"loss\": 100.0}\n{\"step\": 2, \"loss\": 10");
        double loss = fresh("run");
        assertThat(metrics).content().hasLineCount(2).doesNotContain("100.0");
        assertThat(loss).isEqualTo((reports.get(0).loss() + reports.get(1).loss()) / 2);
        Files.writeString(metrics, Files.readString(metrics) + "{\"step\": 3, \"lo");
        try (Team team = Team.ofSize(1);
                Trainer trainer = new Trainer(recipe("adamw"), folder, folder.resolve("run"), team)) {
            assertThat(trainer.resume()).isTrue();
            trainer.run(2, 3, reports::add); // it is there already
            assertThat(trainer.recentLoss()).isEqualTo(loss);
            assertThat(metrics).content().hasLineCount(2).endsWith("}\n");
            assertThat(folder.resolve("run/metrics.jsonl.tmp")).doesNotExist();
        }
    }

    @Test
    void aRunThatExplodesSaysWhatHelps() {
        Recipe wild =
                Recipe.parse(RECIPE.replace("RULE", "adamw").replace("rate: 1.0e-2", "rate: 1.0e+30"), "test.yaml");
        assertThatThrownBy(() -> run(wild, "run", 1, 20, false))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("a smaller optimizer.rate");
    }
}
