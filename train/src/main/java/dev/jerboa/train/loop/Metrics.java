package dev.jerboa.train.loop;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** metrics.jsonl of a run: a line a step, appended as steps are done. One writer. */
final class Metrics {
    private static final String NAME = "metrics.jsonl";

    private final Path file;

    /** The lines of the run in this folder. */
    Metrics(Path run) {
        this.file = run.resolve(NAME);
    }

    Path file() {
        return file;
    }

    /** Begins anew: the lines of a run that left no checkpoint go. */
    void clear() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be removed: " + e.getMessage(), e);
        }
    }

    void append(StepReport report) {
        try {
            Files.writeString(
                    file,
                    JsonOut.line(report.fields()) + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
        }
    }

    /** Keeps the lines up to a step; those after it, and one that was cut off while it was written, go. All or nothing is done. */
    void cut(long step) {
        if (!Files.isRegularFile(file)) {
            return;
        }
        List<String> kept = new ArrayList<>();
        for (String line : lines()) {
            if (number(line, "step").orElse(Double.POSITIVE_INFINITY) <= step) {
                kept.add(line);
            }
        }
        Path shorter = file.resolveSibling(NAME + ".tmp");
        try {
            Files.write(shorter, kept, StandardCharsets.UTF_8);
            Files.move(shorter, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be shortened: " + e.getMessage(), e);
        }
    }

    /** The mean loss of the last lines, so many or all; not a number where there are none. */
    double loss(int last) {
        if (!Files.isRegularFile(file)) {
            return Double.NaN;
        }
        List<String> lines = lines();
        return lines.subList(Math.max(0, lines.size() - last), lines.size()).stream()
                .mapToDouble(line -> number(line, "loss").orElse(Double.NaN))
                .average()
                .orElse(Double.NaN);
    }

    private List<String> lines() {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": not readable: " + e.getMessage(), e);
        }
    }

    private static OptionalDouble number(String line, String key) {
        try {
            return Json.parse(line, NAME) instanceof Map<?, ?> fields && fields.get(key) instanceof Number number
                    ? OptionalDouble.of(number.doubleValue())
                    : OptionalDouble.empty();
        } catch (ModelException e) { // cut off
            return OptionalDouble.empty();
        }
    }
}
