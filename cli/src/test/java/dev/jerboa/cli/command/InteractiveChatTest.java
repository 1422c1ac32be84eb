package dev.jerboa.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.generate.ChatOptions;
import dev.jerboa.engine.generate.GenerateOptions;
import dev.jerboa.engine.generate.Jerboa;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.testkit.SharedFolder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class InteractiveChatTest {
    @TempDir
    Path folder = Path.of("");

    private String converse(boolean plain, String... lines) throws Exception {
        Path model = SharedFolder.require("models/stories260K/stories260K-f32.gguf");
        OpenOptions options = OpenOptions.defaults()
                .withChatTemplate("{{ bos_token }}{% for m in messages %}{{ m.content }} {% endfor %}");
        ChatOptions chat = ChatOptions.defaults()
                .withGeneration(GenerateOptions.defaults()
                        .withSampling(SamplingOptions.greedy())
                        .withMaxTokens(8));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String typed = String.join("\n", lines) + "\n";
        try (LanguageModel opened = Jerboa.open(model, options);
                Terminal terminal = new DumbTerminal(
                        "test",
                        "dumb",
                        new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)),
                        out,
                        StandardCharsets.UTF_8)) {
            assertThat(InteractiveChat.run(terminal, opened, chat, plain, true)).isEqualTo(ExitCode.OK);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void chatsAndSaves() throws Exception {
        Path saved = folder.resolve("saved.md");
        String out = converse(false, "/help", "One day, Lily", "/save " + saved, "/nonsense", "/stats");
        assertThat(out).contains("/clear").contains("unknown command /nonsense").contains("reply 8 tokens");
        assertThat(Files.readString(saved)).startsWith("## user\n\nOne day, Lily\n\n## assistant\n\n");
    }

    @Test
    void systemAndClearBeginAnew() throws Exception {
        Path saved = folder.resolve("saved.md");
        converse(false, "One day", "/system Be brief.", "Two days", "/save " + saved, "/exit", "never read");
        assertThat(Files.readString(saved))
                .startsWith("## system\n\nBe brief.\n\n## user\n\nTwo days\n\n## assistant\n\n")
                .doesNotContain("One day\n");
    }

    @Test
    void continuesPlainTextsAndLines() throws Exception {
        Path saved = folder.resolve("saved.md");
        converse(false, "One day \\", "Lily", "/save " + saved);
        assertThat(Files.readString(saved)).startsWith("## user\n\nOne day \nLily\n\n## assistant");
        String one = converse(true, "Once upon a time");
        assertThat(one).contains(", there was a");
    }
}
