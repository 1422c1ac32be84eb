package dev.jerboa.train.data;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.train.task.Turns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A question with a reply that some model or person wrote, as a line of a .jsonl file:
 *
 * <pre>
 * {"question": "12 + 30 = ?", "reply": "&lt;think>…&lt;/think>42", "ended": true, "task": "add2", …}
 * </pre>
 *
 * <p>Only {@code question} and {@code reply} must be there; other keys are for people.
 *
 * @param reply with the marks of thinking, without the end of turn
 * @param ended whether the turn ends after it; false where it was cut
 */
public record WrittenReply(String question, String reply, boolean ended) {
    private static final long MOST_BYTES = 1L << 30;

    /** What it is learned as: prompt, reply and, where it ended, the end of turn. */
    String text() {
        return Turns.USER + question + Turns.ASSISTANT + reply + (ended ? Turns.END : "");
    }

    /** The line, with further keys. */
    public String line(Map<String, ?> more) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("question", question);
        fields.put("reply", reply);
        fields.put("ended", ended);
        fields.putAll(more);
        return JsonOut.line(fields);
    }

    /**
     * Reads a file.
     *
     * @throws ModelException where it is too large or empty, or a line is no such reply, with its number
     */
    public static List<WrittenReply> read(Path file) {
        try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
            if (Files.size(file) > MOST_BYTES) {
                throw new ModelException(
                        file + ": " + Files.size(file) + " bytes of replies, expected at most " + MOST_BYTES);
            }
            List<WrittenReply> replies = new ArrayList<>();
            int number = 0;
            for (String line : (Iterable<String>) lines::iterator) {
                number++;
                if (!line.isBlank()) {
                    replies.add(of(line, file + ":" + number));
                }
            }
            if (replies.isEmpty()) {
                throw new ModelException(file + ": no replies");
            }
            return replies;
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": not readable as UTF-8 text: " + e.getMessage(), e);
        }
    }

    private static WrittenReply of(String line, String where) {
        Map<String, @Nullable Object> fields = Json.asObject(Json.parse(line, where), where);
        return new WrittenReply(
                text(fields, "question", where),
                text(fields, "reply", where),
                !Objects.equals(fields.get("ended"), false));
    }

    private static String text(Map<String, @Nullable Object> fields, String key, String where) {
        if (fields.get(key) instanceof String text) {
            return text;
        }
        throw new ModelException(where + ": " + key + " is " + fields.get(key) + ", expected a text");
    }
}
