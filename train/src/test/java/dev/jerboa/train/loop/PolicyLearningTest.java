package dev.jerboa.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.ModelException;
import dev.jerboa.train.checkpoint.RunFolder;
import dev.jerboa.train.recipe.Recipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyLearningTest {
    private static final String LATENT = """
            seed: 3
            model:
              config:
                model_type: deepseek_v3
                hidden_size: 32
                intermediate_size: 64
                moe_intermediate_size: 16
                num_hidden_layers: 2
                first_k_dense_replace: 1
                num_attention_heads: 2
                n_routed_experts: 4
                num_experts_per_tok: 2
                n_shared_experts: 1
                n_group: 1
                topk_group: 1
                norm_topk_prob: true
                routed_scaling_factor: 1.0
                scoring_func: sigmoid
                kv_lora_rank: 16
                qk_nope_head_dim: 8
                qk_rope_head_dim: 8
                v_head_dim: 8
                rms_norm_eps: 1.0e-6
                rope_theta: 10000.0
                max_position_embeddings: 256
                tie_word_embeddings: false
                hc_mult: 2
                hc_sinkhorn_iters: 20
                hc_eps: 1.0e-6
              init_std: 0.05
              ahead: 0.3
            """;

    private static final String SHORT = """
            data:
              tasks:
                add1: 1
            policy:
              preset: grpo
              questions: 3
              samples: 4
              max_tokens: 10
              reward: random
              inner_epochs: 2
            optimizer:
              rate: 2.0e-3
            schedule:
              steps: 4
              shape: constant
            batch_tokens: 128
            average: 0.5
            """;

    private static final String WRITTEN = """
            seed: 1
            model:
              config:
                model_type: llama
                hidden_size: 48
                intermediate_size: 96
                num_hidden_layers: 2
                num_attention_heads: 4
                num_key_value_heads: 4
                max_position_embeddings: 256
                rms_norm_eps: 1.0e-5
                tie_word_embeddings: true
            data:
              kind: problems
              tasks:
                add1: 1
            optimizer:
              rate: 5.0e-3
            schedule:
              steps: 60
              warmup: 10
            batch_tokens: 1024
            """;

    private static final String REWARDED = """
            seed: 2
            model:
              from: written/step-000060
            data:
              tasks:
                add1: 1
            policy:
              preset: dr-grpo
              questions: 12
              samples: 8
              max_tokens: 40
            optimizer:
              rate: 2.0e-3
              decay: 0
            schedule:
              steps: 30
              shape: constant
            batch_tokens: 2048
            """;

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

    private List<PolicyReport> policies() {
        return reports.stream().map(report -> report.policy().orElseThrow()).toList();
    }

    /** Latent attention, experts, streams, a reference, two updates a step: the same bits by two threads and in two parts. */
    @Test
    void theSameBitsByAnyThreadsAndAcrossInterruptions() {
        String recipe = LATENT + SHORT;
        String whole = run(recipe, "whole", 1, 4, false);
        List<PolicyReport> policies = policies();
        assertThat(policies).allMatch(report -> report.gap() < 1e-3 && report.entropy() > 4);
        assertThat(policies.getFirst().mixed()).isPositive();
        assertThat(policies.getFirst().gap()).isPositive();
        assertThat(policies.getLast().divergence()).isPositive();
        assertThat(run(recipe, "two", 2, 4, false)).isEqualTo(whole);
        String again = recipe.replace("  ahead:", "  recompute: 1\n  ahead:");
        assertThat(run(again, "again", 2, 4, false)).isEqualTo(whole);
        assertThat(policies().getLast().divergence())
                .isEqualTo(policies.getLast().divergence());
        String half = run(recipe, "parts", 2, 2, false);
        assertThat(half).isNotEqualTo(whole);
        assertThat(run(recipe, "parts", 1, 4, true)).isEqualTo(whole);
    }

    @Test
    void aStepWithoutMixedGroupsChangesNothing() {
        String recipe = LATENT + SHORT.replace("reward: random", "mixed_only: true");
        String one = run(recipe, "run", 1, 1, false);
        assertThat(policies().getFirst().mixed()).isZero();
        assertThat(reports.getFirst().gradientNorm()).isZero();
        assertThat(run(recipe, "run", 1, 2, true)).isEqualTo(one);
    }

    /** Coins fall alike for half of all pairs: others are asked, as often as the recipe allows, until enough differ. */
    @Test
    void questionsAreAskedInPlaceOfThoseThatTeachNothing() {
        String recipe = LATENT
                + SHORT.replace("samples: 4", "samples: 2\n  mixed_only: true\n  redraw: 3")
                        .replace("inner_epochs: 2", "inner_epochs: 1");
        String whole = run(recipe, "whole", 1, 4, false);
        List<PolicyReport> policies = policies();
        assertThat(policies).anyMatch(report -> report.questions() > 3);
        assertThat(policies).allSatisfy(report -> {
            assertThat(report.questions()).isBetween(3, 12);
            assertThat(Math.round(report.mixed() * report.questions())).isBetween(1L, 3L);
        });
        assertThat(policies).anyMatch(report -> Math.round(report.mixed() * report.questions()) == 3);
        assertThat(run(recipe, "two", 2, 4, false)).isEqualTo(whole);
    }

    /** Replies drawn at another temperature are learned from at that temperature: nothing lies between drawing and learning. */
    @Test
    void theLossSeesProbabilitiesAtTheTemperatureOfTheReplies() {
        String recipe = LATENT.replace("init_std: 0.05", "init_std: 0.3") + SHORT;
        run(recipe, "one", 1, 1, false);
        double entropy = policies().getFirst().entropy();
        run(recipe.replace("max_tokens: 10", "max_tokens: 10\n  temperature: 0.5"), "half", 1, 1, false);
        assertThat(policies().getFirst().gap()).isZero();
        assertThat(policies().getFirst().entropy()).isBetween(0.01, entropy - 0.05);
    }

    /** A model that has begun to learn sums answers more often, and more often rightly, where that is rewarded. */
    @Test
    void rewardsAreLearnedFrom() {
        run(WRITTEN, "written", 2, 60, false);
        run(REWARDED, "rewarded", 2, 30, false);
        List<PolicyReport> before = policies().subList(0, 5);
        List<PolicyReport> after = policies().subList(25, 30);
        assertThat(mean(after, PolicyReport::reward)).isGreaterThan(1.5 * mean(before, PolicyReport::reward));
        assertThat(mean(after, PolicyReport::unparseable)).isLessThan(mean(before, PolicyReport::unparseable) - 0.15);
        assertThat(policies()).allMatch(report -> report.gap() < 1e-4);
    }

    private static double mean(List<PolicyReport> reports, ToDoubleFunction<PolicyReport> number) {
        return reports.stream().mapToDouble(number).average().orElseThrow();
    }

    @Test
    void mistakesNameTheirKeys() {
        assertThatThrownBy(() -> Recipe.parse(REWARDED.replace("dr-grpo", "ppo"), "r.yaml"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("policy.preset is 'ppo', expected one of grpo, dr-grpo, dapo, reinforce");
        assertThatThrownBy(() -> Recipe.parse(REWARDED.replace("samples: 8", "temperature: 0"), "r.yaml"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("policy.temperature is '0', expected a number from 0.01 to 100.0");
        assertThat(redraw("dapo")).isEqualTo(3);
        assertThat(redraw("grpo")).isZero();
        assertThatThrownBy(() -> Recipe.parse(REWARDED.replace("samples: 8", "clip_low: -1"), "r.yaml"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("clips of -1.0");
        assertThatThrownBy(
                        () -> run(LATENT + SHORT.replace("tasks:\n    add1: 1", "kind: synthetic"), "x", 1, 1, false))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("data.kind: problems");
    }

    private static int redraw(String preset) {
        return Recipe.parse(REWARDED.replace("dr-grpo", preset), "r.yaml")
                .policy()
                .orElseThrow()
                .redraw();
    }
}
