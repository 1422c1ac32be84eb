package dev.jerboa.cli.command;

import dev.jerboa.model.adapter.AdaptedModel;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.template.TemplateException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What users give: values and files, whose faults are told in one line. */
final class Arguments {
    private Arguments() {}

    /** Runs what checks values that come from the command line: its complaints are the user's to read. */
    static <T> T checked(Supplier<T> work) {
        try {
            return work.get();
        } catch (IllegalArgumentException | TemplateException e) {
            String message = e.getMessage();
            throw new CommandException(message == null ? e.toString() : message);
        }
    }

    /** The adapter in a folder on a model, or none. */
    static List<AdaptedModel> adapters(Checkpoint checkpoint, @Nullable Path folder) {
        return folder == null ? List.of() : List.of(checkpoint.adapted(folder));
    }

    /** A UTF-8 text file. */
    static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new CommandException(file + ": no such file");
        } catch (CharacterCodingException e) {
            throw new CommandException(file + ": not a text in UTF-8");
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
