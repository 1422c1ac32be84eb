package dev.jerboa.engine.eval.task;

import dev.jerboa.engine.eval.EvalException;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Files of JSON Lines: an object a line; empty lines are passed over. */
public final class JsonLines {
    private JsonLines() {}

    /**
     * The lines of a file.
     *
     * @throws EvalException where it is missing, has no lines, or a line is no object; the message has the line's number
     */
    public static List<Fields> read(Path path) {
        String file = path.toString();
        List<Fields> all = new ArrayList<>();
        int number = 0;
        try (BufferedReader reader = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                String json = number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
                if (!json.isBlank()) {
                    all.add(new Fields(file, number, object(json, file + ":" + number)));
                }
            }
        } catch (NoSuchFileException e) {
            throw new EvalException(file + ": no such file");
        } catch (CharacterCodingException e) {
            throw new EvalException(file + ": not a text in UTF-8, after line " + number);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
        }
        if (all.isEmpty()) {
            throw new EvalException(file + ": has no lines, expected a JSON object a line");
        }
        return all;
    }

    /** SHA-256 of a file, in hexadecimal. */
    public static String digest(Path path) {
        try (InputStream in = Files.newInputStream(path)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] bytes = new byte[1 << 16];
            for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
                digest.update(bytes, 0, read);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be read: " + e.getMessage(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no SHA-256", e);
        }
    }

    private static Map<String, @Nullable Object> object(String json, String place) {
        try {
            return Json.asObject(Json.parse(json, place), place);
        } catch (ModelException e) {
            String message = String.valueOf(e.getMessage());
            throw new EvalException(message.startsWith(place) ? message : place + ": " + message, e);
        }
    }
}
