package dev.jerboa.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.ModelException;
import dev.jerboa.train.recipe.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mistakes that show only when a run is made ready are the recipe's, with its line; none of them looks like a defect. */
class RecipeMistakesTest {
    private static final String RECIPE = """
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
                n_group: 1
                topk_group: 1
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
                hc_mult: 2
                vocab_size: 50
            data: {kind: synthetic, window: 32}
            optimizer: {rate: 1.0e-2}
            schedule: {steps: 10}
            batch_tokens: 64
            """;

    @TempDir
    Path folder = Path.of("");

    private void run(String recipe) {
        try (Team team = Team.ofSize(1);
                Trainer trainer = new Trainer(Recipe.parse(recipe, "r.yaml"), folder, folder.resolve("run"), team)) {
            trainer.run(1, 1, report -> {});
        }
    }

    private void wrong(String recipe, String message) {
        assertThatThrownBy(() -> run(recipe)).isInstanceOf(ModelException.class).hasMessageContaining(message);
    }

    @Test
    void theRecipeItselfIsRight() {
        run(RECIPE);
        assertThat(folder.resolve("run/step-000001")).isDirectory();
    }

    @ParameterizedTest
    @CsvSource({
        "hidden_size, 0",
        "hidden_size, -32",
        "hidden_size, 99999999999",
        "num_hidden_layers, 0",
        "num_attention_heads, 0",
        "num_attention_heads, -2",
        "num_experts_per_tok, 5",
        "num_experts_per_tok, 0",
        "n_group, 3",
        "n_group, 0",
        "moe_intermediate_size, 0",
        "intermediate_size, 0",
        "kv_lora_rank, 0",
        "kv_lora_rank, -8",
        "qk_nope_head_dim, -8",
        "qk_rope_head_dim, 7",
        "qk_rope_head_dim, 0",
        "v_head_dim, 0",
        "rope_theta, -1.0",
        "hc_mult, -1",
        "hc_mult, 100000",
        "vocab_size, 0",
        "vocab_size, -50",
        "n_shared_experts, -1",
        "model_type, gpt9",
    })
    void configurationsThatAreNoNetwork(String key, String value) {
        String wrong = RECIPE.replaceFirst("\\b" + key + ": \\S+", key + ": " + value);
        assertThat(wrong).isNotEqualTo(RECIPE);
        wrong(wrong, "r.yaml");
    }

    @Test
    void vocabulariesTooSmallForTheData() {
        wrong(
                RECIPE.replace("vocab_size: 50", "vocab_size: 49"),
                "r.yaml:26: model.config.vocab_size is a vocabulary of 49, expected at least the data's, 50");
    }

    @Test
    void blocksOfMoreLayersThanThereAre() {
        String recipe = RECIPE.replace("model:\n", "model:\n  recompute: 3\n");
        wrong(recipe, "r.yaml:2: model.recompute is 3, expected at most the model's layers, 2");
        run(recipe.replace("recompute: 3", "recompute: 2"));
    }

    @Test
    void dataThatDoesNotFit() throws IOException {
        Files.writeString(folder.resolve("text.txt"), "too short");
        wrong(
                RECIPE.replace("kind: synthetic, window: 32", "kind: bytes, path: text.txt, window: 64"),
                "r.yaml:27: data cannot be used: windows of 64 tokens of a text of 9");
        wrong(
                RECIPE.replace("kind: synthetic, window: 32", "tasks: {sort: 1}")
                        .replace("vocab_size: 50", "vocab_size: 512")
                        .replace("batch_tokens: 64", "batch_tokens: 16"),
                "r.yaml:30: batch_tokens is too small for batch 0: a problem of");
    }
}
