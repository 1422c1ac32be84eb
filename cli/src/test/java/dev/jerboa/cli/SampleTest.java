package dev.jerboa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.train.data.WrittenReply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trained folder writes replies, which another run learns from; its distance from its teacher is told. */
class SampleTest {
    private static final String RECIPE = """
            model:
              config: {model_type: llama, hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2,
                num_key_value_heads: 2, max_position_embeddings: 256, rms_norm_eps: 1.0e-5, tie_word_embeddings: true}
            data: {kind: problems}
            optimizer: {rate: 1.0e-3}
            schedule: {steps: 1}
            batch_tokens: 512
            """;

    @TempDir
    Path folder = Path.of("");

    private Session run(String... line) {
        Session session = Session.run(line);
        assertThat(session.code()).as(session.err()).isZero();
        return session;
    }

    @Test
    void repliesAreWrittenAndLearnedFrom() throws IOException {
        Path recipe = Files.writeString(folder.resolve("tiny.yaml"), RECIPE);
        run("train", recipe.toString(), "--out", folder.resolve("run").toString());
        String model = folder.resolve("run/step-000001").toString();
        Path file = folder.resolve("replies.jsonl");
        String[] line = {
            "sample",
            "tasks",
            model,
            "--out",
            file.toString(),
            "--count",
            "4",
            "--samples",
            "2",
            "--keep",
            "all",
            "--max-tokens",
            "6"
        };
        Session session = run(line);
        assertThat(session.out()).contains("8 replies, 0.0 % right", "8 kept with", "sha256 ");
        assertThat(WrittenReply.read(file))
                .hasSize(8)
                .allMatch(reply -> !reply.question().isEmpty());
        Session again = Session.run(line);
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.err()).hasLineCount(1).contains("exists already");

        String learned = RECIPE.replace("kind: problems", "kind: replies, path: replies.jsonl")
                .replace("model:", "seed: 9\nmodel:\n  init_std: 0.1\n  tokenizer: run/tokenizer");
        Path second = Files.writeString(folder.resolve("second.yaml"), learned);
        run("train", second.toString(), "--out", folder.resolve("second").toString());
        String student = folder.resolve("second/step-000001").toString();
        assertThat(run("eval", "teacher", student, model, "--count", "3").out())
                .containsPattern("KL\\(teacher \\|\\| model\\) 0\\.\\d*[1-9]\\d*  KL\\(model");
        assertThat(run("eval", "teacher", model, model, "--count", "3").out())
                .contains("KL(teacher || model) 0.0000  KL(model || teacher) 0.0000  cross entropy 6.");
    }

    @Test
    void mistakesAreToldInOneLine() {
        Session none = Session.run("sample", "tasks", folder.toString());
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("--out");
        Session which = Session.run(
                "sample",
                "tasks",
                folder.toString(),
                "--out",
                folder.resolve("x").toString(),
                "--keep",
                "best");
        assertThat(which.code()).isEqualTo(1);
        assertThat(which.err()).hasLineCount(1).contains("--keep is 'best', expected all, ended or right");
    }
}
