package dev.jerboa.server.gateway;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A gateway in a process of its own ({@link GatewayProcess}), which can be started again over its files. */
final class GatewayNode implements AutoCloseable {
    private final Path file;
    private Process process;
    private volatile int port;

    private GatewayNode(Path file, Process process) {
        this.file = file;
        this.process = process;
    }

    /** Begins to start a process; {@link #await} waits until it serves. */
    static GatewayNode begin(Path file) {
        return new GatewayNode(file, launch(file));
    }

    private static Process launch(Path file) {
        try {
            return new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "--add-modules=jdk.incubator.vector",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-Xmx256m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            GatewayProcess.class.getName(),
                            file.toString())
                    .redirectError(ProcessBuilder.Redirect.appendTo(log(file).toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path log(Path file) {
        return file.resolveSibling(file.getFileName() + ".log");
    }

    GatewayNode await() {
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        try {
            String line = out.readLine();
            while (line != null && !line.startsWith("port ")) {
                line = out.readLine();
            }
            if (line == null) {
                throw new AssertionError("the gateway of " + file + " did not start: " + said());
            }
            port = Integer.parseInt(line.substring(5));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that its processes have logged. */
    String said() {
        try {
            return Files.readString(log(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path file() {
        return file;
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /** Ends it as {@code kill -9} does. */
    void kill() {
        process.toHandle().destroyForcibly();
        join();
    }

    /** Tells it to end, as {@code kill} does. */
    void tellToEnd() {
        process.toHandle().destroy();
    }

    /** Waits for its end; its exit status. */
    int join() {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new AssertionError("the gateway of " + file + " does not end");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    GatewayNode startAgain() {
        process = launch(file);
        return await();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
