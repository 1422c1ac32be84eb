package dev.jerboa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.json.Json;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvalTest {
    private static final String RECIPE = """
            model:
              config:
                model_type: llama
                hidden_size: 16
                intermediate_size: 32
                num_hidden_layers: 1
                num_attention_heads: 2
                num_key_value_heads: 2
                max_position_embeddings: 256
                rms_norm_eps: 1.0e-5
                tie_word_embeddings: true
            data:
              kind: problems
            optimizer:
              rate: 1.0e-3
            schedule:
              steps: 1
            batch_tokens: 512
            """;

    @TempDir
    Path folder = Path.of("");

    @Test
    void aTrainedFolderIsAskedProblems() throws IOException {
        Path recipe = Files.writeString(folder.resolve("tiny.yaml"), RECIPE);
        String out = folder.resolve("run").toString();
        assertThat(Session.run("train", recipe.toString(), "--out", out).code()).isZero();
        String model = folder.resolve("run/step-000001").toString();
        List<String> asked =
                List.of("eval", "tasks", model, "--tasks", "add2,countdown", "--count", "3", "--max-tokens", "9");
        Session session = Session.run(asked.toArray(String[]::new));
        assertThat(session.code()).as(session.err()).isZero();
        assertThat(session.out().lines()).hasSize(2);
        assertThat(session.out())
                .contains("add2 ")
                .contains("countdown ")
                .contains("0.0 % (0.0–56.1 %, n = 3)")
                .doesNotContain("pass@");
        String packed = folder.resolve("tiny.gguf").toString();
        Session pack = Session.run("pack", model, packed, "--type", "f32", "--name", "Tiny");
        assertThat(pack.code()).as(pack.err()).isZero();
        assertThat(pack.err()).contains("holds Tiny");
        Session again =
                Session.run("eval", "tasks", packed, "--tasks", "add2,countdown", "--count", "3", "--max-tokens", "9");
        assertThat(again.out()).isEqualTo(session.out());
        Session fresh = Session.run(
                "eval", "tasks", packed, "--tasks", "add2", "--count", "3", "--max-tokens", "9", "--wordings", "new");
        assertThat(fresh.out()).contains("n = 3");
        Session other = Session.run("eval", "tasks", packed, "--wordings", "rude");
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).hasLineCount(1).contains("--wordings is 'rude'");
        assertThat(Session.run("show", packed).out()).contains("GGUF v3").contains("Tiny");
        Session json = Session.run(
                "eval",
                "tasks",
                model,
                "--tasks",
                "add2",
                "--count",
                "3",
                "--samples",
                "2",
                "--max-tokens",
                "9",
                "--json");
        Map<String, @Nullable Object> all = Json.asObject(Json.parse(json.out(), "the output"), "the output");
        Map<String, @Nullable Object> row =
                Json.asObject(Json.asList(all.get("tasks"), "tasks").getFirst(), "task");
        assertThat(all).containsEntry("wordings", "trained");
        assertThat(row).containsEntry("task", "add2").containsEntry("samples", 2L);
        assertThat(Json.asObject(row.get("greedy"), "greedy"))
                .containsEntry("total", 3L)
                .containsEntry("correct", 0L);
        assertThat(Json.asObject(row.get("pass"), "pass")).containsEntry("total", 3L);
    }

    @Test
    void mistakesAreToldInOneLine() {
        String stories = SharedFolder.require("models/stories260K").toString();
        Session marks = Session.run("eval", "tasks", stories);
        assertThat(marks.code()).isEqualTo(1);
        assertThat(marks.err()).hasLineCount(1).contains("no token <|end|>");
        Session unknown = Session.run("eval", "tasks", stories, "--tasks", "cooking");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).hasLineCount(1).contains("no task is named cooking");
        Session none = Session.run("eval");
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("tasks");
    }
}
