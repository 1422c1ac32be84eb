package dev.jerboa.gateway.store;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A PostgreSQL server of a test's own, which can be stopped and started again over its files, at its port. */
public final class StoppablePostgres implements AutoCloseable {
    private final Path folder;
    private final EmbeddedPostgres server;
    private final Path data;
    private final Path control;
    private final String options;

    public StoppablePostgres() {
        try {
            TestStore.requirePlace();
            folder = Files.createTempDirectory("jerboa-postgres");
            data = folder.resolve("data");
            server = EmbeddedPostgres.builder()
                    .setDataDirectory(data.toFile())
                    .setServerConfig("fsync", "off")
                    .setServerConfig("max_connections", "100")
                    .setCleanDataDirectory(true)
                    .start();
            // the command line of the running server: its program, then its options in quotation marks
            String command = Files.readString(data.resolve("postmaster.opts")).strip();
            int end = command.indexOf(' ');
            control = Path.of(command.substring(0, end)).resolveSibling("pg_ctl");
            options = command.substring(end + 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@link Database#open} takes it. */
    public String url() {
        return "postgresql://postgres:postgres@localhost:" + server.getPort() + "/postgres";
    }

    /** Ends it, connections too. */
    public void stop() {
        control("-m", "fast", "stop");
    }

    public void start() {
        control("-o", options, "-l", folder.resolve("log").toString(), "start");
    }

    private void control(String... words) {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) { // which it refuses to run as
            command.addAll(List.of("unshare", "-U"));
        }
        command.addAll(List.of(control.toString(), "-D", data.toString(), "-w"));
        command.addAll(List.of(words));
        try {
            Path said = folder.resolve("control");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            if (process.waitFor() != 0) {
                throw new AssertionError(command + ": " + Files.readString(said, StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
