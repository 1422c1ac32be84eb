package dev.jerboa.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.ModelException;
import dev.jerboa.train.checkpoint.RunFolder;
import dev.jerboa.train.recipe.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs with a teacher: small dense students of a small teacher with latent attention, experts and streams. */
class DistillationRunTest {
    private static final String TEACHER = """
            seed: 3
            model:
              config: {model_type: deepseek_v3, hidden_size: 32, intermediate_size: 48, moe_intermediate_size: 16,
                num_hidden_layers: 2, first_k_dense_replace: 1, num_attention_heads: 2, n_routed_experts: 4,
                num_experts_per_tok: 2, n_shared_experts: 1, norm_topk_prob: true, scoring_func: sigmoid, kv_lora_rank: 8,
                qk_nope_head_dim: 8, qk_rope_head_dim: 8, v_head_dim: 16, rms_norm_eps: 1.0e-6, rope_theta: 10000.0,
                max_position_embeddings: 256, tie_word_embeddings: false, hc_mult: 4}
              ahead: 0.3
            data: {DATA}
            optimizer: {rate: 1.0e-2}
            schedule: {steps: STEPS, warmup: 5}
            batch_tokens: 512
            """;

    private static final String STUDENT = """
            seed: 4
            model:
              config: {model_type: llama, hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2,
                num_key_value_heads: 1, rms_norm_eps: 1.0e-6, max_position_embeddings: 256, tie_word_embeddings: true}
            data: {DATA}
            optimizer: {rate: 1.0e-2, decay: 0}
            schedule: {steps: 40, warmup: 5, shape: constant}
            batch_tokens: 512
            """;

    private static final String SYNTHETIC = "kind: synthetic, window: 32";
    private static final String SUMS = "kind: problems, tasks: {add1: 1}";

    @TempDir
    Path folder = Path.of("");

    private final List<StepReport> reports = new ArrayList<>();

    private String run(String recipe, String out, int threads, int steps, boolean resume) {
        reports.clear();
        try (Team team = Team.ofSize(threads);
                Trainer trainer = new Trainer(Recipe.parse(recipe, "test"), folder, folder.resolve(out), team)) {
            assertThat(trainer.resume()).isEqualTo(resume);
            trainer.run(steps, 1000, reports::add);
            return RunFolder.hash(trainer.folder().step(steps).resolve("model.safetensors"))
                    + RunFolder.hash(trainer.folder().step(steps).resolve("optimizer.safetensors"));
        }
    }

    /** The same bits by any number of threads and in two parts. */
    private void sameBits(String recipe) {
        String whole = run(recipe, "alone", 1, 5, false);
        String again = recipe.replace("model: {", "model: {recompute: 1, ")
                .replace("model:\n", "model:\n  recompute: 1\n")
                .replace("num_hidden_layers: 1", "num_hidden_layers: 2");
        assertThat(again).isNotEqualTo(recipe);
        String two = recipe.replace("num_hidden_layers: 1", "num_hidden_layers: 2");
        assertThat(run(again, "computed-again", 2, 3, false)).isEqualTo(run(two, "computed-once", 1, 3, false));
        assertThat(run(recipe, "three", 3, 5, false)).isEqualTo(whole);
        run(recipe, "parts", 2, 2, false);
        assertThat(run(recipe, "parts", 1, 5, true)).isEqualTo(whole);
    }

    private void teacher(String data, int steps) {
        run(TEACHER.replace("DATA", data).replace("STEPS", "" + steps), "teacher", 2, steps, false);
    }

    private DistilReport report(int step) {
        return reports.get(step).distil().orElseThrow();
    }

    @Test
    void aStudentComesCloserToItsTeacher() throws IOException {
        teacher(SYNTHETIC, 40);
        String distil = "distil: {teacher: teacher/step-000040}\nmicro_batches: 2\n";
        String recipe = STUDENT.replace("DATA", SYNTHETIC) + distil;
        run(recipe, "whole", 2, 25, false);
        assertThat(report(24).divergence())
                .isPositive()
                .isLessThan(0.6 * report(0).divergence());
        assertThat(report(24).crossEntropy()).isLessThan(report(0).crossEntropy());
        for (StepReport step : reports) { // what the loss is made of: share 0.9, temperature 2
            DistilReport parts = step.distil().orElseThrow();
            double sum = 0.1 * parts.crossEntropy() + 0.9 * 4 * parts.divergence();
            assertThat(step.loss()).isCloseTo(sum, withinPercent(0.01));
        }
        assertThat(Files.readString(folder.resolve("whole/metrics.jsonl"))).contains("\"teacher_divergence\"");
        sameBits(recipe);

        Path weights = folder.resolve("teacher/step-000040/model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 9] ^= 1;
        Files.write(weights, bytes);
        assertThatThrownBy(() -> run(recipe, "parts", 1, 6, true))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("teacher/step-000040/model.safetensors has changed since");
    }

    /** A student that is its teacher has nothing to learn, in any direction. */
    @Test
    void nobodyLearnsFromThemselves() {
        teacher(SUMS, 2);
        String same = """
                model: {from: teacher/step-000002}
                data: {DATA}
                distil: {teacher: teacher/step-000002, kind: KIND, share: 1}
                optimizer: {rate: 1.0e-2, decay: 0}
                schedule: {steps: 40, shape: constant}
                batch_tokens: 512
                """.replace("DATA", SUMS);
        run(same.replace("KIND", "forward"), "forward", 2, 1, false);
        assertThat(reports.getFirst().loss()).isZero();
        assertThat(reports.getFirst().gradientNorm()).isZero();
        assertThat(report(0).crossEntropy()).isPositive();
        String drawn = "policy: {questions: 4, max_tokens: 8}\n";
        run(same.replace("KIND", "reverse") + drawn, "reverse", 2, 1, false);
        assertThat(reports.getFirst().loss()).isZero();
        assertThat(reports.getFirst().gradientNorm()).isZero();
        PolicyReport policy = reports.getFirst().policy().orElseThrow();
        assertThat(report(0).crossEntropy()).isCloseTo(policy.entropy(), withinPercent(1e-3));
    }

    /** One that has begun to write sums is led to its teacher by its own replies. */
    @Test
    void aStudentIsCorrectedWhereItGoes() {
        teacher(SUMS, 60);
        String written =
                STUDENT.replace("DATA", SUMS).replace("  config", "  tokenizer: teacher/step-000060\n  config");
        run(written, "written", 2, 20, false);
        String recipe = """
                seed: 5
                model: {from: written/step-000020}
                data: {DATA}
                distil: {teacher: teacher/step-000060, kind: reverse}
                policy: {questions: 24, max_tokens: 24}
                optimizer: {rate: 1.0e-2, decay: 0}
                schedule: {steps: 40, shape: constant}
                batch_tokens: 512
                """.replace("DATA", SUMS);
        run(recipe, "whole", 2, 25, false);
        assertThat(divergence(20)).isPositive().isLessThan(0.9 * divergence(0));
        for (StepReport step : reports) {
            assertThat(step.policy().orElseThrow().gap()).isLessThan(1e-3);
            assertThat(step.loss()).isCloseTo(step.distil().orElseThrow().divergence(), withinPercent(0.01));
        }
        sameBits(recipe);
    }

    /** What a teacher replied is written once, and learned from as any text. */
    @Test
    void aStudentLearnsWhatItsTeacherReplied() throws IOException {
        teacher(SUMS, 30);
        String recipe = STUDENT.replace("DATA", SUMS)
                + "distil: {teacher: teacher/step-000030, kind: sequence, problems: 40, keep: all, max_tokens: 12}\n";
        run(recipe, "whole", 2, 25, false);
        assertThat(reports.getLast().loss()).isLessThan(0.5 * reports.getFirst().loss());
        assertThat(reports.getLast().distil()).isEmpty();
        Path replies = folder.resolve("whole/replies.jsonl");
        assertThat(Files.readAllLines(replies)).hasSize(40).allMatch(line -> line.contains("\"task\":"));
        sameBits(recipe);
        assertThat(folder.resolve("three/replies.jsonl")).hasSameBinaryContentAs(replies);
        String given = STUDENT.replace("DATA", "kind: replies, path: whole/replies.jsonl")
                .replace("  config", "  tokenizer: teacher/step-000030\n  config");
        assertThat(run(given, "given", 1, 5, false)).isEqualTo(run(recipe, "again", 1, 5, false));
        Files.writeString(replies, "{\"question\": \"1 + 1 = ?\", \"reply\": \"2\"}\n");
        assertThatThrownBy(() -> run(given, "given", 1, 6, true))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("whole/replies.jsonl has changed since");
    }

    /** Of five steps. */
    private double divergence(int from) {
        double sum = 0;
        for (int i = from; i < from + 5; i++) {
            sum += report(i).divergence();
        }
        return sum / 5;
    }

    private static Percentage withinPercent(double percent) {
        return Percentage.withPercentage(percent);
    }

    @Test
    void mistakesAreNamed() throws IOException {
        teacher(SYNTHETIC, 1);
        String of = "distil: {teacher: teacher/step-000001}\n";
        assertThatThrownBy(() -> run(STUDENT.replace("DATA", SUMS) + of, "sums", 1, 1, false))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("teacher/step-000001: no tokenizer.json");
        String own = STUDENT.replace("num_key", "vocab_size: 60, num_key").replace("DATA", SYNTHETIC);
        assertThatThrownBy(() -> run(own + of, "wide", 1, 1, false))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("the teacher has 50 tokens, the student 60")
                .hasMessageContaining("jerboa sample tasks");
        String policy = "policy: {questions: 2}\n";
        assertThatThrownBy(() -> Recipe.parse(STUDENT.replace("DATA", SUMS) + of + policy, "r.yaml"))
                .hasMessageContaining("r.yaml: distil.kind: forward and sequence are learned from what is written");
        String reverse = "distil: {teacher: t, kind: reverse}\n";
        assertThatThrownBy(() -> Recipe.parse(STUDENT.replace("DATA", SUMS) + reverse, "r.yaml"))
                .hasMessageContaining("expected a section policy");
        assertThatThrownBy(() -> Recipe.parse(STUDENT.replace("DATA", SUMS) + "distil: {teacher: t, share: 2}\n", "r"))
                .hasMessageContaining("distil.share 2.0");
        Recipe alone = Recipe.parse(STUDENT.replace("DATA", SUMS) + reverse + policy, "r.yaml");
        assertThat(alone.policy().orElseThrow().samples()).isEqualTo(1);
        assertThat(alone.distil().orElseThrow().temperature()).isEqualTo(1);
    }
}
