package dev.jerboa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuantizeTest {
    @TempDir
    private Path folder;

    private static String stories(String file) {
        return SharedFolder.require("models/stories260K")
                .resolve(file)
                .normalize()
                .toString();
    }

    private String out(String name) {
        return folder.resolve(name).toString();
    }

    private static String told(String model) {
        Session session = Session.run("run", model, "-p", "Once upon a time", "--max-tokens", "40", "--raw");
        assertThat(session.code()).isZero();
        return session.out();
    }

    @Test
    void aFolderBecomesAFileThatTellsTheSameStory() {
        Session session = Session.run("quantize", stories(""), out("s.gguf"), "q8_0");
        assertThat(session.err()).contains("s.gguf").contains("bits a weight").contains("Q8_0");
        assertThat(session.code()).isZero();
        assertThat(told(out("s.gguf"))).isEqualTo(told(stories("stories260K-q8_0.gguf")));
        Session shown = Session.run("show", out("s.gguf"));
        assertThat(shown.out()).contains("llama").contains("Q8_0").contains("bos 1, eos 2");
    }

    @Test
    void convertsBothWaysAndBack() {
        assertThat(Session.run("convert", stories(""), out("s.gguf")).code()).isZero();
        assertThat(told(out("s.gguf"))).isEqualTo(told(stories("")));
        Session session = Session.run("convert", out("s.gguf"), out("s"));
        assertThat(session.code()).as(session.err()).isZero();
        assertThat(folder.resolve("s")).isDirectoryContaining("glob:**/tokenizer.json");
        assertThat(told(out("s"))).isEqualTo(told(stories("")));
        assertThat(Session.run("convert", out("s"), out("other")).err()).contains("a folder already");
    }

    @Test
    void importancesComeFromATextOrAFile() throws IOException {
        Path text = folder.resolve("story.txt");
        Files.writeString(text, "Lily and Ben were friends. They liked to play in the park with a ball. ".repeat(20));
        Session measured =
                Session.run("imatrix", stories("stories260K-f32.gguf"), text.toString(), "-o", out("i.gguf"));
        assertThat(measured.err()).contains("i.gguf has the inputs of 35 tensors");
        Session fromFile = Session.run(
                "quantize", stories("stories260K-f32.gguf"), out("a.gguf"), "q4_0", "--imatrix", out("i.gguf"));
        assertThat(fromFile.code()).as(fromFile.err()).isZero();
        Session fromText = Session.run(
                "quantize", stories("stories260K-f32.gguf"), out("b.gguf"), "q4_0", "--calibrate", text.toString());
        assertThat(fromText.code()).as(fromText.err()).isZero();
        Session without = Session.run("quantize", stories("stories260K-f32.gguf"), out("c.gguf"), "q4_0");
        assertThat(without.code()).isZero();
        byte[] tail = tail("a.gguf");
        assertThat(tail).isEqualTo(tail("b.gguf")).isNotEqualTo(tail("c.gguf"));
    }

    /** What cannot be written is said before the text is read, not after. */
    @Test
    void importancesThatCannotBeWrittenAreNotComputed() throws IOException {
        Path text = Files.writeString(folder.resolve("story.txt"), "Too short.");
        for (String place : new String[] {out("no/i.gguf"), out("")}) {
            Session session = Session.run("imatrix", stories(""), text.toString(), "-o", place, "--force");
            assertThat(session.code()).isEqualTo(1);
            assertThat(session.err()).contains("folder").doesNotContain("tokens in chunks");
        }
    }

    @Test
    void theModelInsideIsShown() {
        Session session = Session.run("show", "inside");
        assertThat(session.code()).as(session.err()).isZero();
        assertThat(session.out()).contains("Jerboa Inside").contains("path                   inside");
        assertThat(Session.run("quantize", "inside", out("i.gguf"), "q8_0").err())
                .contains("packed folder");
    }

    private byte[] tail(String file) throws IOException {
        byte[] all = Files.readAllBytes(folder.resolve(file));
        return Arrays.copyOfRange(all, all.length - 60_000, all.length);
    }

    @Test
    void whatCannotBeIsRefused() throws IOException {
        Files.writeString(folder.resolve("there.gguf"), "mine");
        Session there = Session.run("quantize", stories(""), out("there.gguf"), "q8_0");
        assertThat(there.code()).isNotZero();
        assertThat(there.err()).contains("there already").contains("--force");
        assertThat(folder.resolve("there.gguf")).hasContent("mine");
        assertThat(Session.run("quantize", stories(""), out("there.gguf"), "q8_0", "--force")
                        .code())
                .isZero();
        assertThat(Session.run("quantize", stories(""), out("x.gguf"), "q9").err())
                .contains("q4_k_m");
        assertThat(Session.run("quantize", out("there.gguf"), out("there.gguf"), "q4_0", "--force")
                        .err())
                .contains("is the input");
        assertThat(Session.run("quantize", stories(""), out("x.gguf"), "q4_0", "--imatrix", out("there.gguf"))
                        .err())
                .contains("another GGUF file");
        assertThat(Session.run("quantize", stories(""), out("no/x.gguf"), "q4_0")
                        .err())
                .contains("no");
        assertThat(folder.resolve("x.gguf")).doesNotExist();
        Files.createDirectory(folder.resolve("plain"));
        assertThat(Session.run("quantize", stories(""), out("plain"), "q4_0").err())
                .contains("is a folder");
        assertThat(Session.run("quantize", stories(""), out("plain"), "q4_0", "--force")
                        .err())
                .contains("is a folder");
        assertThat(Session.run("convert", out("there.gguf"), out("there.gguf/of"))
                        .err())
                .hasLineCount(1);
    }
}
