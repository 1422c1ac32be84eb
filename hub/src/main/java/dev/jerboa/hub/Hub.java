package dev.jerboa.hub;

import dev.jerboa.hub.cache.HubCache;
import dev.jerboa.hub.name.Catalog;
import dev.jerboa.hub.name.FileChoice;
import dev.jerboa.hub.name.ListedFile;
import dev.jerboa.hub.name.ModelName;
import dev.jerboa.hub.remote.Remote;
import dev.jerboa.hub.remote.RemoteBlob;
import dev.jerboa.hub.remote.RemoteModel;
import dev.jerboa.hub.transfer.Beginnings;
import dev.jerboa.hub.transfer.Transfer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Models by name: finds them on this machine, and fetches them from a hub. Safe for several threads. */
public final class Hub {
    private final HubSettings settings;
    private final HubCache cache;
    private final Catalog catalog;

    public Hub(HubSettings settings) {
        this.settings = settings;
        this.cache = new HubCache(settings.cache());
        this.catalog = Catalog.own();
    }

    public HubCache cache() {
        return cache;
    }

    public Catalog catalog() {
        return catalog;
    }

    /**
     * A model that is on this machine.
     *
     * @param path what is opened: a folder, or a GGUF file
     * @param commit its files' commit
     */
    public record Found(ModelName name, String commit, Path path) {}

    /**
     * Finds a model on this machine.
     *
     * @param memory bytes of memory, by which one of several GGUF files is taken that are here
     * @throws HubException for a text that is no model's name
     */
    public Optional<Found> find(String text, long memory) {
        ModelName name = catalog.resolve(text);
        return cache.commit(name).flatMap(commit -> found(name, commit, memory));
    }

    private Optional<Found> found(ModelName name, String commit, long memory) {
        List<ListedFile> here = new ArrayList<>();
        for (String path : cache.files(name, commit)) {
            here.add(new ListedFile(path, size(cache.file(name, commit, path))));
        }
        try {
            return Optional.of(found(name, commit, FileChoice.of(name, here, memory)));
        } catch (HubException e) {
            return Optional.empty(); // of what is chosen nothing is here, or not all
        }
    }

    private Found found(ModelName name, String commit, FileChoice choice) {
        String model = choice.model();
        return new Found(
                name, commit, model.isEmpty() ? cache.snapshot(name, commit) : cache.file(name, commit, model));
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What a pull would fetch, by the hub's list.
     *
     * @throws HubException where the hub cannot say
     */
    public FileChoice choice(String text, long memory) {
        ModelName name = catalog.resolve(text);
        try (Remote remote = remote(name)) {
            return FileChoice.of(name, model(remote, name).files(), memory);
        }
    }

    /**
     * Brings the beginnings of the files that a pull would fetch into a folder, in files of the whole size.
     *
     * @param need how much of each; a file of which nothing is needed while nothing is known of it is left out
     * @param folder an empty one
     * @return what would be opened, there
     * @throws HubException where the hub cannot say, or it is too much: then nothing in the folder is of use
     */
    public Path beginnings(String text, long memory, Beginnings.Need need, Path folder) {
        ModelName name = catalog.resolve(text);
        try (Remote remote = remote(name)) {
            RemoteModel model = model(remote, name);
            FileChoice choice = FileChoice.of(name, model.files(), memory);
            List<ListedFile> needed = choice.files().stream()
                    .filter(file -> need.bytes(file.path(), new byte[0]) > 0)
                    .toList();
            new Beginnings(remote, name, model.commit(), settings, need).fetch(needed, folder);
            return choice.model().isEmpty() ? folder : folder.resolve(choice.model());
        }
    }

    private Remote remote(ModelName name) {
        if (settings.endpoint().isEmpty() && !settings.offline()) {
            throw new HubException(
                    name + " is neither a file or folder here nor among the models that were pulled, and no hub is"
                            + " set: put its address into the variable HF_ENDPOINT (https:// and the name of its site, or a mirror's)");
        }
        return new Remote(settings);
    }

    private RemoteModel model(Remote remote, ModelName name) {
        return Transfer.asked(name.toString(), settings.patience(), () -> remote.model(name));
    }

    /** Hears what a pull is about to do. */
    public interface Plan {
        /** The files are chosen; nothing has come yet. */
        void chosen(ModelName name, String commit, FileChoice choice);

        /** Another process has the repository; it is waited for. */
        default void waits() {}
    }

    /**
     * Fetches what is missing of a model, and verifies it. Several may pull at a time; of one repository one after the other.
     *
     * @param memory bytes of memory, by which one of several GGUF files is taken
     * @throws HubException where it cannot be had: the message says why; what has come is kept
     */
    public Found pull(String text, long memory, Plan plan, PullProgress progress) {
        ModelName name = catalog.resolve(text);
        try (Remote remote = remote(name);
                HubCache.Lock _ = cache.lock(name, plan::waits)) {
            RemoteModel model = model(remote, name);
            FileChoice choice = FileChoice.of(name, model.files(), memory);
            plan.chosen(name, model.commit(), choice);
            fetch(remote, name, model.commit(), choice, progress);
            cache.point(name, model.commit());
            return found(name, model.commit(), choice);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void fetch(Remote remote, ModelName name, String commit, FileChoice choice, PullProgress progress) {
        List<RemoteBlob> missing = new ArrayList<>();
        Map<String, RemoteBlob> byHash = new LinkedHashMap<>(); // files with the same contents are fetched once
        for (ListedFile file : choice.files()) {
            RemoteBlob blob = Transfer.asked(
                    name + ": " + file.path(), settings.patience(), () -> remote.blob(name, commit, file));
            Path bytes = cache.blob(name, blob.hash());
            boolean linked = Files.isRegularFile(cache.file(name, commit, file.path()));
            if (Files.isRegularFile(bytes)
                    && size(bytes) == blob.bytes()
                    && (linked || Transfer.isRight(bytes, blob.hash()))) {
                if (!linked) {
                    cache.publish(name, commit, file.path(), blob.hash());
                }
            } else {
                missing.add(blob);
                byHash.putIfAbsent(blob.hash(), blob);
            }
        }
        List<RemoteBlob> distinct = List.copyOf(byHash.values());
        requireRoom(name, distinct);
        new Transfer(remote, cache, name, commit, settings, progress).fetch(distinct);
        for (RemoteBlob blob : missing) {
            if (!Files.isRegularFile(cache.file(name, commit, blob.path()))) {
                cache.publish(name, commit, blob.path(), blob.hash());
            }
        }
    }

    private void requireRoom(ModelName name, List<RemoteBlob> missing) {
        if (missing.isEmpty()) {
            return;
        }
        try {
            Path partial = cache.partial(name, missing.getFirst().hash());
            long needed = 0;
            for (RemoteBlob blob : missing) {
                Path come = cache.partial(name, blob.hash());
                needed += blob.bytes() - (Files.isRegularFile(come) ? Files.size(come) : 0);
            }
            long room = Files.getFileStore(partial.toAbsolutePath().getParent()).getUsableSpace();
            if (needed > room) {
                throw new HubException(name + " takes " + needed + " bytes more, but " + cache.top()
                        + " has room for " + room
                        + "; set HF_HUB_CACHE to a folder on a larger disk, or jerboa rm what is not needed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
