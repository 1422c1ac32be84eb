package dev.jerboa.gateway;

import dev.jerboa.model.ModelException;
import dev.jerboa.settings.Section;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A YAML file of the gateway's, whose errors are {@link GatewayException}s with file and line. They have no cause: what reads YAML quotes
 * the lines around an error in its own exceptions, and a secret that somebody wrote into the file could be among them.
 */
public final class GatewayFile {
    private static final long MAX_BYTES = 8 << 20;

    private GatewayFile() {}

    /** What a file says. */
    public static <T> T read(Path file, Function<Section, T> reader) {
        String text;
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new GatewayException(file + " has " + Files.size(file) + " bytes, expected at most " + MAX_BYTES);
            }
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new GatewayException("there is no file " + file.toAbsolutePath());
        } catch (CharacterCodingException e) {
            throw new GatewayException(file + " is no UTF-8 text");
        } catch (IOException e) {
            throw new GatewayException(file + " cannot be read: " + e.getMessage(), e);
        }
        return parse(text, String.valueOf(file.getFileName()), reader);
    }

    /** What a text says; {@code source} names it in messages. */
    public static <T> T parse(String text, String source, Function<Section, T> reader) {
        return told(() -> reader.apply(Section.parse(text, source)));
    }

    /** Does what reads sections, with errors of the gateway's. */
    public static <T> T told(Supplier<T> reading) {
        try {
            return reading.get();
        } catch (ModelException e) {
            throw new GatewayException(e.getMessage());
        }
    }
}
