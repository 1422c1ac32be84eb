package dev.jerboa.hub.cache;

import dev.jerboa.hub.HubException;
import dev.jerboa.hub.name.FileChoice;
import dev.jerboa.hub.name.ListedFile;
import dev.jerboa.hub.name.ModelName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of models on this machine, in a layout shared with other clients:
 *
 * <pre>
 * models--ORG--NAME/blobs/HASH                 a file's bytes, once
 *                   blobs/HASH.jerboa          what has come of a file, beside its journal; only this program reads it
 *                   snapshots/COMMIT/PATH      a link to the blob
 *                   refs/REVISION              the commit that the revision was, written when its files are complete
 * .locks/models--ORG--NAME/jerboa.lock         held while files come
 * </pre>
 *
 * <p>Safe for several threads and processes.
 */
public final class HubCache {
    private static final System.Logger LOG = System.getLogger(HubCache.class.getName());
    private static final Pattern FOLDER = Pattern.compile("models--([^/]+?)--([^/]+)");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
    private static final long LOCK_POLL_MILLIS = 200;

    private final Path top;
    private final AtomicBoolean said = new AtomicBoolean();

    public HubCache(Path top) {
        this.top = top.toAbsolutePath().normalize();
    }

    public Path top() {
        return top;
    }

    private Path folder(ModelName name) {
        return top.resolve(name.folder());
    }

    /** Where a file's bytes belong. */
    public Path blob(ModelName name, String hash) {
        if (!HASH.matcher(hash).matches()) {
            throw new HubException("'" + hash + "' is not a hash of 40 or 64 hexadecimal digits");
        }
        return folder(name).resolve("blobs").resolve(hash);
    }

    /** Where a file's bytes come in; its folder is made. */
    public Path partial(ModelName name, String hash) {
        Path blob = blob(name, hash);
        create(parent(blob));
        return blob.resolveSibling(hash + ".jerboa");
    }

    /** The folder of a commit's files, there or not. */
    public Path snapshot(ModelName name, String commit) {
        if (!COMMIT.matcher(commit).matches()) {
            throw new HubException("'" + commit + "' is not a commit of 40 hexadecimal digits");
        }
        return folder(name).resolve("snapshots").resolve(commit);
    }

    /** Where a file of a commit is to be found; refuses names that leave the snapshot. */
    public Path file(ModelName name, String commit, String path) {
        Path snapshot = snapshot(name, commit);
        Path file = snapshot.resolve(path).normalize();
        if (!file.startsWith(snapshot) || file.equals(snapshot)) {
            throw new HubException(name + ": file name '" + path + "' leaves its folder");
        }
        return file;
    }

    /** Makes a blob that is there visible as a file of a commit. */
    public void publish(ModelName name, String commit, String path, String hash) {
        Path file = file(name, commit, path);
        Path blob = blob(name, hash);
        create(parent(file));
        try {
            Path temporary = file.resolveSibling(
                    file.getFileName() + ".jerboa-" + ProcessHandle.current().pid());
            Files.deleteIfExists(temporary);
            try {
                Files.createSymbolicLink(temporary, parent(file).relativize(blob));
            } catch (UnsupportedOperationException | FileSystemException e) {
                sayOnce(e);
                Files.copy(blob, temporary);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Says once that files take up their room twice, as other clients do it where there are no links. */
    private void sayOnce(Exception e) {
        if (!said.getAndSet(true)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    top + ": no links can be made, so files are copied and take twice the room: " + e);
        }
    }

    /** The commit that a revision was when it was last pulled. */
    public Optional<String> commit(ModelName name) {
        if (name.pinned()) {
            return Optional.of(name.revision()).filter(commit -> Files.isDirectory(snapshot(name, commit)));
        }
        Path ref = ref(name);
        try {
            if (!Files.isRegularFile(ref) || Files.size(ref) > 64) {
                return Optional.empty();
            }
            return Optional.of(Files.readString(ref).strip())
                    .filter(text -> COMMIT.matcher(text).matches())
                    .filter(commit -> Files.isDirectory(snapshot(name, commit)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path ref(ModelName name) {
        Path refs = folder(name).resolve("refs");
        Path ref = refs.resolve(name.revision()).normalize();
        if (!ref.startsWith(refs) || ref.equals(refs)) {
            throw new HubException("revision '" + name.revision() + "' leaves its folder");
        }
        return ref;
    }

    /** Says that a revision is a commit. */
    public void point(ModelName name, String commit) {
        if (name.pinned()) {
            return;
        }
        Path ref = ref(name);
        create(parent(ref));
        try {
            Path temporary = ref.resolveSibling(
                    ref.getFileName() + ".jerboa-" + ProcessHandle.current().pid());
            Files.writeString(temporary, commit);
            Files.move(temporary, ref, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The files of a commit that are here, by their names in the repository. */
    public List<String> files(ModelName name, String commit) {
        Path snapshot = snapshot(name, commit);
        if (!Files.isDirectory(snapshot)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(snapshot)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> snapshot.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is here of one repository. */
    public record Entry(ModelName name, List<String> commits, long bytes, boolean partial) {}

    /** Everything that is here, by name. */
    public List<Entry> entries() {
        if (!Files.isDirectory(top)) {
            return List.of();
        }
        List<Entry> entries = new ArrayList<>();
        try (Stream<Path> folders = Files.list(top)) {
            for (Path folder : folders.sorted().toList()) {
                var matcher = FOLDER.matcher(String.valueOf(folder.getFileName()));
                if (matcher.matches() && Files.isDirectory(folder)) {
                    ModelName name;
                    try {
                        name = new ModelName(matcher.group(1), matcher.group(2), ModelName.MAIN, "");
                    } catch (HubException e) {
                        continue; // another client's, of a form that this one does not make
                    }
                    entries.add(entry(name, folder));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }

    /** The largest file that is here, if any is. */
    public Optional<Path> largest() {
        Path largest = null;
        long most = -1;
        try {
            for (Entry entry : entries()) {
                for (Path blob : blobs(folder(entry.name()))) {
                    if (isWhole(blob) && Files.size(blob) > most) {
                        most = Files.size(blob);
                        largest = blob;
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Optional.ofNullable(largest);
    }

    private static Entry entry(ModelName name, Path folder) throws IOException {
        List<String> commits = new ArrayList<>();
        Path snapshots = folder.resolve("snapshots");
        if (Files.isDirectory(snapshots)) {
            try (Stream<Path> all = Files.list(snapshots)) {
                all.filter(Files::isDirectory)
                        .map(path -> String.valueOf(path.getFileName()))
                        .sorted()
                        .forEach(commits::add);
            }
        }
        long bytes = 0;
        boolean partial = false;
        for (Path blob : blobs(folder)) {
            bytes += Files.size(blob);
            String file = String.valueOf(blob.getFileName());
            partial |= file.endsWith(".jerboa") || file.endsWith(".incomplete");
        }
        return new Entry(name, commits, bytes, partial);
    }

    /** All files among a repository's blobs, whole or not. */
    private static List<Path> blobs(Path folder) throws IOException {
        Path blobs = folder.resolve("blobs");
        if (!Files.isDirectory(blobs)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(blobs)) {
            return all.toList();
        }
    }

    private static boolean isWhole(Path blob) {
        return HASH.matcher(String.valueOf(blob.getFileName())).matches();
    }

    /**
     * Removes a repository's files, or only those of the name's revision, or those that the name's choice takes, and the blobs that
     * nothing points to any more. What has come of files on their way is removed with the whole repository only.
     *
     * @return bytes that are free again
     */
    public long remove(ModelName name) {
        Path folder = folder(name);
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw new HubException(name + " is not on this machine: " + folder + " is not there");
        }
        try (Lock _ = lock(name, () -> {})) {
            boolean everything = name.choice().isEmpty() && name.revision().equals(ModelName.MAIN);
            if (everything) {
                long bytes = entry(name, folder).bytes();
                deleteTree(folder);
                return bytes;
            }
            String commit = commit(name)
                    .orElseThrow(() -> new HubException(
                            name + " is not on this machine, but other files of " + name.repository() + " are"));
            List<String> here = files(name, commit);
            List<String> going = name.choice().isEmpty() ? here : chosen(name, here);
            if (going.isEmpty()) {
                throw new HubException(
                        name + ": no file here has '" + name.choice() + "' in its name; here are " + here);
            }
            for (String file : going) {
                Files.delete(file(name, commit, file));
            }
            if (files(name, commit).isEmpty()) {
                deleteTree(snapshot(name, commit));
                Files.deleteIfExists(ref(name));
            }
            return sweep(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The files that a pull of the name takes; where not all of their parts are here, those with the choice in their names. */
    private static List<String> chosen(ModelName name, List<String> here) {
        List<ListedFile> files =
                here.stream().map(path -> new ListedFile(path, 0)).toList();
        try {
            return FileChoice.of(name, files, Long.MAX_VALUE).files().stream()
                    .map(ListedFile::path)
                    .toList();
        } catch (HubException e) {
            return here.stream()
                    .filter(file -> file.endsWith(".gguf") && name.chooses(file))
                    .toList();
        }
    }

    /** Deletes whole blobs that no snapshot has. */
    private static long sweep(Path folder) throws IOException {
        Set<Path> used = new HashSet<>();
        Path snapshots = folder.resolve("snapshots");
        if (Files.isDirectory(snapshots)) {
            try (Stream<Path> all = Files.walk(snapshots)) {
                for (Path link : all.filter(Files::isSymbolicLink).toList()) {
                    used.add(parent(link).resolve(Files.readSymbolicLink(link)).normalize());
                }
            }
        }
        long bytes = 0;
        for (Path blob : blobs(folder)) {
            if (isWhole(blob) && !used.contains(blob)) {
                bytes += Files.size(blob);
                Files.delete(blob);
            }
        }
        return bytes;
    }

    private static void deleteTree(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) { // does not follow links
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** One process at a time fetches or removes files of a repository. */
    public interface Lock extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    /**
     * Waits until nobody else has the repository's lock.
     *
     * @param waiting told once, where it has to wait
     */
    public Lock lock(ModelName name, Runnable waiting) {
        Path file = top.resolve(".locks").resolve(name.folder()).resolve("jerboa.lock");
        create(parent(file));
        boolean told = false;
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                while (true) {
                    FileLock lock = tryLock(channel);
                    if (lock != null) {
                        return channel::close;
                    }
                    if (!told) {
                        told = true;
                        waiting.run();
                    }
                    Thread.sleep(LOCK_POLL_MILLIS);
                }
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            } catch (InterruptedException e) {
                channel.close();
                Thread.currentThread().interrupt();
                throw new HubException(name + ": interrupted while another process has it", e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // this process has it
        }
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(path + " has no folder");
        }
        return parent;
    }

    private static void create(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder + ": " + e.getMessage(), e);
        }
    }
}
