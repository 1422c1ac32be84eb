package dev.jerboa.hub.transfer;

import dev.jerboa.hub.HubException;
import dev.jerboa.hub.HubSettings;
import dev.jerboa.hub.PullProgress;
import dev.jerboa.hub.cache.HubCache;
import dev.jerboa.hub.name.ListedFile;
import dev.jerboa.hub.name.ModelName;
import dev.jerboa.hub.remote.RangeBody;
import dev.jerboa.hub.remote.RangeException;
import dev.jerboa.hub.remote.RefusedException;
import dev.jerboa.hub.remote.Remote;
import dev.jerboa.hub.remote.RemoteBlob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Fetches the files of one commit into the cache.
 *
 * <pre>
 * blobs → Coming (what has come of each: Received) → pieces of at most chunkBytes, of all files → connections take them in order
 *   → range → write → journal → a file's last piece: hash → right: its place in the cache | wrong: once more, then an error
 * </pre>
 */
public final class Transfer {
    /** Bytes between two records of the journal, at most: what being killed costs a connection. */
    private static final int RECORD_EVERY = 64 << 10;

    private static final int BUFFER_BYTES = 64 << 10;

    private final Remote remote;
    private final HubCache cache;
    private final ModelName name;
    private final String commit;
    private final HubSettings settings;
    private final PullProgress progress;

    public Transfer(
            Remote remote, HubCache cache, ModelName name, String commit, HubSettings settings, PullProgress progress) {
        this.remote = remote;
        this.cache = cache;
        this.name = name;
        this.commit = commit;
        this.settings = settings;
        this.progress = progress;
    }

    /** One file on its way. */
    private final class Coming {
        private final Received received;
        private final AtomicInteger pieces = new AtomicInteger();
        private volatile RemoteBlob blob;
        private boolean again;

        Coming(RemoteBlob blob, Received received) {
            this.blob = blob;
            this.received = received;
        }

        List<long[]> open() {
            List<long[]> open = received.missing(settings.chunkBytes());
            if (open.isEmpty()) {
                open = List.of(new long[] {0, 0}); // an empty file, or one that only has to be verified
            }
            pieces.set(open.size());
            return open;
        }
    }

    /**
     * Fetches what is missing of the files.
     *
     * @throws HubException where a file cannot be had, or is not what was announced; what has come is kept
     */
    public void fetch(List<RemoteBlob> blobs) {
        List<Coming> coming = new ArrayList<>();
        try {
            for (RemoteBlob blob : blobs) {
                coming.add(new Coming(blob, Received.open(cache.partial(name, blob.hash()), blob.bytes())));
            }
            long there =
                    coming.stream().mapToLong(file -> file.received.count()).sum();
            progress.begins(
                    blobs.size(), blobs.stream().mapToLong(RemoteBlob::bytes).sum(), there);
            run(coming);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            for (Coming file : coming) {
                try {
                    file.received.close();
                } catch (IOException e) {
                    // what is written is written
                }
            }
        }
    }

    private void run(List<Coming> coming) {
        try (ExecutorService connections = Executors.newFixedThreadPool(
                settings.connections(), Thread.ofVirtual().name("hub-", 0).factory())) {
            List<Future<?>> all = new ArrayList<>();
            for (Coming file : coming) {
                for (long[] piece : file.open()) {
                    all.add(connections.submit(() -> piece(file, piece[0], piece[1])));
                }
            }
            try {
                for (Future<?> each : all) {
                    each.get();
                }
            } catch (ExecutionException e) {
                connections.shutdownNow();
                if (e.getCause() instanceof RuntimeException known) {
                    throw known;
                }
                throw new HubException(name + ": " + e.getCause(), e);
            } catch (InterruptedException e) {
                connections.shutdownNow();
                Thread.currentThread().interrupt();
                throw new HubException(name + ": interrupted; what has come is kept", e);
            }
        }
    }

    /** Fetches one piece; after a file's last one, finishes the file. */
    private void piece(Coming file, long from, long to) {
        stretch(file, from, to);
        if (file.pieces.decrementAndGet() == 0) {
            try {
                finish(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void stretch(Coming file, long from, long to) {
        Attempts attempts = new Attempts(settings.patience());
        long at = file.received.firstMissing(from, to);
        while (at < to) {
            try {
                read(file, at, file.received.endOfMissing(at, to), attempts);
            } catch (RangeException e) {
                attempts.failed(name + ": " + file.blob.path(), e);
            } catch (IOException e) {
                renew(file, e);
                attempts.failed(name + ": " + file.blob.path(), e);
            }
            at = file.received.firstMissing(from, to);
        }
    }

    /** Addresses outside the hub are good for a time: asks for the file's anew where one no longer is. */
    private void renew(Coming file, IOException e) {
        if (e instanceof RefusedException refused && refused.status() < 429) {
            try {
                RemoteBlob now = remote.blob(
                        name, commit, new ListedFile(file.blob.path(), file.blob.bytes(), file.blob.hash()));
                if (now.hash().equals(file.blob.hash()) && now.bytes() == file.blob.bytes()) {
                    file.blob = now;
                }
            } catch (IOException again) {
                // the attempt counts as failed anyway
            }
        }
    }

    private void read(Coming file, long from, long to, Attempts attempts) throws IOException {
        try (RangeBody body = remote.range(file.blob, from, to)) {
            if (body.whole()) {
                synchronized (file) { // one reads all of it; the others then find their pieces there
                    if (file.received.firstMissing(from, to) < to) {
                        copy(file, body, attempts);
                    }
                }
            } else {
                copy(file, body, attempts);
            }
        }
    }

    /** Writes what is missing of a body's bytes. */
    private void copy(Coming file, RangeBody body, Attempts attempts) throws IOException {
        Received received = file.received;
        byte[] buffer = new byte[BUFFER_BYTES];
        long at = body.from();
        long written = at;
        try {
            while (at < body.to()) {
                int n = body.stream().read(buffer, 0, (int) Math.min(buffer.length, body.to() - at));
                if (n < 0) {
                    throw new IOException("the connection ended at byte " + at + " of " + body.to());
                }
                if (received.firstMissing(at, at + n) < at + n) {
                    received.write(buffer, 0, n, at);
                }
                at += n;
                if (at - written >= RECORD_EVERY) {
                    written = confirm(received, written, at, attempts);
                }
            }
        } finally {
            confirm(received, written, at, attempts);
        }
    }

    private long confirm(Received received, long from, long to, Attempts attempts) throws IOException {
        if (to > from) {
            long more = received.confirm(from, to);
            if (more > 0) {
                attempts.progress();
                synchronized (progress) {
                    progress.came(more);
                }
            }
        }
        return to;
    }

    private void finish(Coming file) throws IOException {
        RemoteBlob blob = file.blob;
        Path data = cache.partial(name, blob.hash());
        synchronized (progress) {
            progress.verifies(blob.path(), blob.bytes());
        }
        String found = BlobHash.of(data, blob.hash());
        if (!found.equals(blob.hash())) {
            long lost = file.received.count();
            file.received.forget();
            if (file.again) {
                throw new HubException(name + ": " + blob.path() + " is damaged: its hash is " + found
                        + ", the hub announced " + blob.hash() + "; it was fetched twice and is thrown away");
            }
            file.again = true;
            synchronized (progress) {
                progress.lost(lost);
            }
            for (long[] piece : file.open()) {
                stretch(file, piece[0], piece[1]);
            }
            finish(file);
            return;
        }
        file.received.become(cache.blob(name, blob.hash()));
        cache.publish(name, commit, blob.path(), blob.hash());
        synchronized (progress) {
            progress.finished(blob.path());
        }
    }

    /** The result of a question to the hub, asked again where it fails for reasons that pass. */
    public static <T> T asked(String what, Duration patience, Question<T> question) {
        return Attempts.until(what, patience, question);
    }

    /** A question to the hub. */
    public interface Question<T> {
        T ask() throws IOException;
    }

    /** Whether a file has the hash that it is named by. */
    public static boolean isRight(Path file, String hash) {
        try {
            return BlobHash.of(file, hash).equals(hash);
        } catch (IOException e) {
            return false;
        }
    }
}
