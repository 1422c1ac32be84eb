package dev.jerboa.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.server.model.Declared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the command line of a server declares. Nothing is opened. */
class ServedModelsTest {
    @TempDir
    Path folder;

    @BeforeEach
    void files() throws IOException {
        for (String file : List.of("a.gguf", "b-00001-of-00002.gguf", "b-00002-of-00002.gguf", "notes.txt")) {
            Files.createFile(folder.resolve(file));
        }
        Files.createDirectories(folder.resolve("c"));
        Files.createFile(folder.resolve("c/config.json"));
        Files.createDirectories(folder.resolve("d"));
    }

    private static ServedModels models(String... arguments) {
        return CommandLine.populateCommand(new ServedModels(), arguments);
    }

    private static List<Declared> declared(ServedModels models) {
        return models.declared(OpenOptions.defaults(), (name, model) -> {});
    }

    private static List<String> names(ServedModels models) {
        return declared(models).stream().map(Declared::id).toList();
    }

    @Test
    void withoutAnythingItIsTheModelInside() {
        ServedModels none = models();
        assertThat(names(none)).containsExactly("jerboa-inside");
        assertThat(none.atStart()).containsExactly("jerboa-inside");
    }

    @Test
    void modelsOfAFolderAreThereUnderTheirNamesAndNotLoaded() {
        ServedModels all =
                models("x=" + folder.resolve("a.gguf"), "--models", folder.toString(), "--available", "y=/y");
        assertThat(names(all)).containsExactly("x", "y", "b", "c");
        assertThat(all.atStart()).containsExactly("x");
        ServedModels found = models("--models", folder.toString());
        assertThat(names(found)).containsExactly("a", "b", "c");
        assertThat(found.atStart()).isEmpty();
    }

    @Test
    void adaptersBelongToTheFirstModelOrToTheOneNamed() {
        List<Declared> two = declared(models(
                "x=/x", "y=/y", "--adapter", "one=/1", "--adapter", "two@y=/2", "--adapter", "/somewhere/three"));
        assertThat(two.get(0).adapters()).containsExactly("one", "three");
        assertThat(two.get(1).adapters()).containsExactly("two");
        assertThat(declared(models("--adapter", "one=/1")).getFirst().adapters())
                .containsExactly("one");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> declared(models("x=/x", "--adapter", "one@z=/1")))
                .withMessageContaining("no model z");
    }

    @Test
    void draftsOfUnknownModelsAreRefused() {
        assertThat(names(models("x=/x", "y=/y", "--draft", "/d", "--draft", "y=/d")))
                .containsExactly("x", "y");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> declared(models("x=/x", "--draft", "z=/d")))
                .withMessageContaining("no model z");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> declared(models("x=/x", "--draft", "/d", "--draft", "x=/e")))
                .withMessageContaining("x has one already");
    }

    @Test
    void speculationOfUnknownModelsOrKindsIsRefused() {
        assertThat(names(models("x=/x", "y=/y", "--speculation", "lookup", "--speculation", "y=mtp", "--draft", "/d")))
                .containsExactly("x", "y");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> declared(models("x=/x", "--speculation", "z=mtp")))
                .withMessageContaining("no model z");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> declared(models("x=/x", "--speculation", "magic")))
                .withMessageContaining("expected off, lookup or mtp");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> declared(models("x=/x", "--draft", "/d", "--speculation", "x=mtp")))
                .withMessageContaining("in one way only");
    }

    @Test
    void whatNobodyCouldLoadIsRefused() {
        models("--available", "y=/y").requireReachable(true);
        models("y=/y").requireReachable(false);
        assertThatExceptionOfType(CommandException.class)
                .isThrownBy(() -> models("--available", "y=/y").requireReachable(false))
                .withMessageContaining("--admin-port");
        assertThatExceptionOfType(CommandException.class)
                .isThrownBy(
                        () -> names(models("--models", folder.resolve("none").toString())))
                .withMessageContaining("none");
    }
}
