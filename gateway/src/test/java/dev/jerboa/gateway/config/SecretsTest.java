package dev.jerboa.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {
    @TempDir
    private Path folder;

    @Test
    void findsThemInTheEnvironmentAndInFiles() throws IOException {
        Files.writeString(folder.resolve("key"), "sk-of-the-file\n");
        Secrets secrets = new Secrets(Map.of("KEY", " sk-of-the-environment "), folder);
        assertThat(secrets.resolve("env:KEY")).isEqualTo("sk-of-the-environment");
        assertThat(secrets.resolve("file:key")).isEqualTo("sk-of-the-file");
        Files.writeString(folder.resolve("key"), "sk-another");
        assertThat(secrets.resolve("file:key")).isEqualTo("sk-another");
    }

    @Test
    void saysWhatIsMissing_withoutSayingWhatIsThere() throws IOException {
        Files.writeString(folder.resolve("two"), "hunter2\nhunter2");
        Files.writeString(folder.resolve("long"), "hunter2".repeat(5000));
        Files.writeString(folder.resolve("empty"), " \n");
        Secrets secrets = new Secrets(Map.of("BAD", "hunter2\r\nX-Evil: 1", "ACCENT", "hunter2é"), folder);
        for (String reference : new String[] {
            "env:NONE", "env:BAD", "env:ACCENT", "file:none", "file:two", "file:long", "file:empty", "hunter2"
        }) {
            assertThatThrownBy(() -> secrets.resolve(reference))
                    .as(reference)
                    .isInstanceOf(GatewayException.class)
                    .message()
                    .doesNotContain("hunter2")
                    .containsAnyOf(
                            "NONE", "BAD", "ACCENT", "none", "two", "long", "empty", "neither env:NAME nor file:PATH");
        }
    }

    @Test
    void textsMayHaveSpacesAndLines() throws IOException {
        Files.writeString(folder.resolve("jaas"), "Module required\n  password=\"hunter2\";\n");
        Secrets secrets = new Secrets(Map.of("BAD", "hunter2\u0000"), folder);
        assertThat(secrets.text("file:jaas")).isEqualTo("Module required\n  password=\"hunter2\";");
        assertThatThrownBy(() -> secrets.text("env:BAD"))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("env:BAD")
                .message()
                .doesNotContain("hunter2");
        assertThatThrownBy(() -> secrets.text("env:NONE")).hasMessageContaining("NONE");
    }

    @Test
    void takesThemOutOfTexts() {
        Secrets secrets = new Secrets(Map.of("A", "sk-hunter2", "B", "sk-hunter2-and-more", "C", "ab"), folder);
        secrets.resolve("env:A");
        secrets.resolve("env:B");
        secrets.resolve("env:C");
        assertThat(secrets.redact("no such key: sk-hunter2-and-more, nor sk-hunter2; about"))
                .isEqualTo("no such key: ***, nor ***; about");
        assertThat(secrets.toString()).doesNotContain("hunter2");
    }
}
