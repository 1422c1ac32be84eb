package dev.jerboa.cli.command;

import dev.jerboa.cli.term.Console;
import dev.jerboa.model.convert.FolderPacking;
import dev.jerboa.model.convert.TypeMix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pack}: a trained model's folder in one file. */
@Command(
        name = "pack",
        description = {
            "Packs the folder of a trained model, such as RUN/step-NNNNNN, into one GGUF file with its matrices in a smaller"
                    + " type, and its tokenizer and chat template with it.",
            "Such files keep the folder's tensor names and are for Jerboa; other engines do not read them."
        })
public final class PackCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    HelpOptions help = new HelpOptions();

    @Parameters(index = "0", paramLabel = "FOLDER", description = "the model's folder")
    private Path folder = Path.of("");

    @Parameters(index = "1", paramLabel = "FILE", description = "the file to write")
    private Path file = Path.of("");

    @Option(names = "--type", paramLabel = "TYPE", description = "of matrices (default: ${DEFAULT-VALUE})")
    private String type = TypeMix.Q8_0.name().toLowerCase(Locale.ROOT);

    @Option(names = "--name", paramLabel = "NAME", description = "the model's name (default: the folder's)")
    private @Nullable String name;

    public PackCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        String called = name == null
                ? String.valueOf(folder.toAbsolutePath().normalize().getFileName())
                : name;
        FolderPacking.write(folder, TypeMix.named(type), called, file);
        try {
            console.say("jerboa: " + file + " holds " + called + ", " + Sizes.of(Files.size(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": not readable: " + e.getMessage(), e);
        }
        return ExitCode.OK;
    }
}
