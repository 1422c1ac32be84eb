package dev.jerboa.hub.transfer;

import dev.jerboa.hub.HubException;
import dev.jerboa.hub.HubSettings;
import dev.jerboa.hub.name.ListedFile;
import dev.jerboa.hub.name.ModelName;
import dev.jerboa.hub.remote.RangeBody;
import dev.jerboa.hub.remote.Remote;
import dev.jerboa.hub.remote.RemoteBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Files of which the beginning alone is fetched, and kept in files of the whole size whose rest is a hole. Nothing is verified: hashes are
 * of whole files.
 *
 * <pre>
 * file → HEAD → range of FIRST_BYTES → Need: enough? → written, a hole to its size
 *                     ↑ as far as is needed, at least twice as far ↲ otherwise
 * </pre>
 */
public final class Beginnings {
    private static final int FIRST_BYTES = 256 << 10;

    /** More than any published file has before its weights. */
    private static final int MOST_BYTES = 64 << 20;

    private static final long MOST_BYTES_OF_ALL = 256L << 20;
    private static final int MOST_FILES = 512;

    private final Remote remote;
    private final ModelName name;
    private final String commit;
    private final HubSettings settings;
    private final Need need;
    private final AtomicLong all = new AtomicLong();

    /** Says how much of a file is needed. Called by several threads. */
    @FunctionalInterface
    public interface Need {
        /**
         * Bytes from the beginning of a file that are needed, by what is known of it: at most those that are given where they are enough.
         *
         * @param path the file's name in the repository
         * @param known its first bytes
         */
        long bytes(String path, byte[] known);
    }

    public Beginnings(Remote remote, ModelName name, String commit, HubSettings settings, Need need) {
        this.remote = remote;
        this.name = name;
        this.commit = commit;
        this.settings = settings;
        this.need = need;
    }

    /**
     * Fetches the beginnings of files into a folder, under their names.
     *
     * @throws HubException where one cannot be had, or it is too much
     */
    public void fetch(List<ListedFile> files, Path folder) {
        if (files.size() > MOST_FILES) {
            throw new HubException(name + ": " + files.size() + " files, expected at most " + MOST_FILES
                    + " of which the beginning is to be fetched");
        }
        try (ExecutorService connections = Executors.newFixedThreadPool(
                settings.connections(), Thread.ofVirtual().name("hub-", 0).factory())) {
            List<Future<?>> fetched = new ArrayList<>();
            files.forEach(file -> fetched.add(connections.submit(() -> fetch(file, folder.resolve(file.path())))));
            try {
                for (Future<?> each : fetched) {
                    each.get();
                }
            } catch (ExecutionException e) {
                connections.shutdownNow();
                throw e.getCause() instanceof RuntimeException known
                        ? known
                        : new HubException(name + ": " + e.getCause(), e);
            } catch (InterruptedException e) {
                connections.shutdownNow();
                Thread.currentThread().interrupt();
                throw new HubException(name + ": interrupted", e);
            }
        }
    }

    private void fetch(ListedFile file, Path target) {
        String what = name + ": " + file.path();
        RemoteBlob blob = Attempts.until(what, settings.patience(), () -> remote.blob(name, commit, file));
        byte[] known = new byte[0];
        long wanted = FIRST_BYTES;
        while (known.length < Math.min(wanted, blob.bytes())) {
            if (Math.min(wanted, blob.bytes()) > MOST_BYTES) {
                throw new HubException(
                        what + ": more than " + MOST_BYTES + " bytes tell what it is, too many to look at");
            }
            byte[] before = known;
            int to = (int) Math.min(wanted, blob.bytes());
            if (all.addAndGet(to - before.length) > MOST_BYTES_OF_ALL) {
                throw new HubException(
                        name + ": more than " + MOST_BYTES_OF_ALL + " bytes tell what it is, too many to look at");
            }
            known = Attempts.until(what, settings.patience(), () -> longer(blob, before, to));
            long needed = need.bytes(file.path(), known);
            wanted = needed <= known.length ? needed : Math.max(needed, 2L * known.length);
        }
        try {
            write(known, blob.bytes(), target);
        } catch (IOException e) {
            throw new HubException(target + " cannot be written: " + e.getMessage(), e);
        }
    }

    private byte[] longer(RemoteBlob blob, byte[] known, int to) throws IOException {
        byte[] bytes = Arrays.copyOf(known, to);
        try (RangeBody body = remote.range(blob, known.length, to)) {
            body.stream().skipNBytes(known.length - body.from());
            int at = known.length;
            while (at < to) {
                int n = body.stream().read(bytes, at, to - at);
                if (n < 0) {
                    throw new IOException("the connection ended at byte " + at + " of " + to);
                }
                at += n;
            }
        }
        return bytes;
    }

    private static void write(byte[] known, long size, Path target) throws IOException {
        Files.createDirectories(Objects.requireNonNull(target.getParent(), "a file in a folder"));
        try (FileChannel channel = FileChannel.open(
                target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            ByteBuffer bytes = ByteBuffer.wrap(known);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (size > known.length) {
                channel.write(ByteBuffer.allocate(1), size - 1);
            }
        }
    }
}
