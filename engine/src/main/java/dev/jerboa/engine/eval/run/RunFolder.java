package dev.jerboa.engine.eval.run;

import dev.jerboa.engine.eval.EvalException;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a run: {@code settings.json} is all that the results are a function of, {@code items.jsonl} has a line for each item in
 * order, as they are done, {@code results.json} the end. A run that was ended anywhere goes on after its last whole line. One thread.
 */
public final class RunFolder implements AutoCloseable {
    private static final String SETTINGS = "settings.json";
    private static final String ITEMS = "items.jsonl";
    private static final String RESULTS = "results.json";

    private final Path folder;
    private final FileChannel log;
    private final List<ItemResult> done;

    private RunFolder(Path folder, FileChannel log, List<ItemResult> done) {
        this.folder = folder;
        this.log = log;
        this.done = done;
    }

    /**
     * Begins a run, or goes on with one.
     *
     * @param settings all that its results are a function of
     * @param resume whether what is there is gone on with
     * @throws EvalException where the folder has a run and is not to be resumed, one with other settings, one that another process is
     *     at, or files of that name that are no run's
     */
    public static RunFolder open(Path folder, Map<String, @Nullable Object> settings, boolean resume) {
        try {
            Files.createDirectories(folder);
            Path file = folder.resolve(SETTINGS);
            if (!Files.exists(file)) {
                requireFree(folder);
                write(file, JsonOut.text(settings) + "\n");
            } else if (resume) {
                requireSame(file, settings);
            } else {
                throw new EvalException(
                        folder + " holds a run already: go on with it by --resume, or give another folder");
            }
            FileChannel log = FileChannel.open(
                    folder.resolve(ITEMS),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            try {
                requireAlone(folder, log);
                return new RunFolder(folder, log, read(folder.resolve(ITEMS), log));
            } catch (IOException | RuntimeException e) {
                log.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be used: " + e.getMessage(), e);
        }
    }

    /** What is no run's is somebody's. */
    private static void requireFree(Path folder) {
        for (String name : List.of(ITEMS, RESULTS)) {
            if (Files.exists(folder.resolve(name))) {
                throw new EvalException(folder + " has a file " + name + ", but no " + SETTINGS
                        + ", so it is no run's, and would be written over: give another folder");
            }
        }
    }

    private static void requireAlone(Path folder, FileChannel log) throws IOException {
        try {
            if (log.tryLock() != null) { // until the log is closed
                return;
            }
        } catch (OverlappingFileLockException e) {
            // this process has it
        }
        throw new EvalException(folder + " is being written by another run: wait for it, or give another folder");
    }

    private static void requireSame(Path file, Map<String, @Nullable Object> settings) {
        Map<String, @Nullable Object> before = Json.object(file);
        Map<String, @Nullable Object> now = Json.asObject(Json.parse(JsonOut.text(settings), "settings"), "settings");
        for (Map.Entry<String, @Nullable Object> entry : now.entrySet()) {
            Object found = before.get(entry.getKey());
            if (!String.valueOf(entry.getValue()).equals(String.valueOf(found))) {
                throw new EvalException(file + ": the run was begun with " + entry.getKey() + " " + found
                        + ", now it is " + entry.getValue() + ": results of both would mix; give another folder");
            }
        }
    }

    /** The whole lines of the log, behind which it goes on. */
    private static List<ItemResult> read(Path file, FileChannel log) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        List<ItemResult> done = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                String place = file + ":" + (done.size() + 1);
                String line = new String(bytes, from, i - from, StandardCharsets.UTF_8);
                done.add(result(line, place, done.size()));
                from = i + 1;
            }
        }
        log.truncate(from);
        log.position(from);
        return done;
    }

    private static ItemResult result(String line, String place, int item) {
        try {
            ItemResult result = ItemResult.of(Json.asObject(Json.parse(line, place), place), place);
            if (result.item() != item) {
                throw new EvalException(place + ": the result of item " + result.item() + ", expected that of " + item
                        + ": the log is damaged; begin anew in another folder");
            }
            return result;
        } catch (ModelException e) {
            throw new EvalException(e.getMessage() + "; the log is damaged: begin anew in another folder", e);
        }
    }

    private static void write(Path file, String text) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".part");
        Files.writeString(beside, text);
        Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Results that were there when it was opened, of the first items. */
    public List<ItemResult> done() {
        return done;
    }

    /** Appends the next item's result. */
    void append(ItemResult result) {
        ByteBuffer line = ByteBuffer.wrap((JsonOut.line(result.json()) + "\n").getBytes(StandardCharsets.UTF_8));
        try {
            while (line.hasRemaining()) {
                log.write(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(folder.resolve(ITEMS) + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** Writes the results. */
    public void finish(Map<String, @Nullable Object> results) {
        try {
            log.force(true);
            write(folder.resolve(RESULTS), JsonOut.text(results) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(folder.resolve(RESULTS) + " cannot be written: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            log.close();
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be closed: " + e.getMessage(), e);
        }
    }
}
