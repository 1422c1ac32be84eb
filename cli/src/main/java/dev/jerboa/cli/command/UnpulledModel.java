package dev.jerboa.cli.command;

import dev.jerboa.hub.Hub;
import dev.jerboa.hub.HubException;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Beginning;
import dev.jerboa.model.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A model that a hub has and this machine has not, opened by the beginnings of its files, which lie in a folder of their own until it is
 * closed. Its numbers and shapes are right, its weights are nothing.
 *
 * @param checkpoint what the beginnings tell
 * @param folder where they are
 */
record UnpulledModel(Checkpoint checkpoint, Path folder) implements AutoCloseable {
    /**
     * Fetches the beginnings and opens them.
     *
     * @throws HubException where they cannot be had
     * @throws ModelException where they are of no model that Jerboa runs
     */
    static UnpulledModel open(Hub hub, String name) {
        try {
            Path folder = Files.createTempDirectory("jerboa-show-");
            try {
                Path begun = hub.beginnings(name, NamedModels.memory(), Beginning::bytes, folder);
                return new UnpulledModel(Checkpoint.open(begun), folder);
            } catch (RuntimeException e) {
                delete(folder);
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("no folder for temporary files can be made: " + e.getMessage(), e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be removed: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        checkpoint.close();
        delete(folder);
    }
}
