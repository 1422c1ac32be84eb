package dev.jerboa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.store.Database;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code serve --config} in a process of its own. */
@Timeout(120)
class ServeGatewayTest {
    private static final String LISTENING = "listening on ";

    @TempDir
    private Path folder;

    private final List<String> said = new ArrayList<>();

    /** Starts a gateway, asks it whether it is there, and ends it as systems do. */
    private int serve(List<String> flags, String... more) throws IOException, InterruptedException {
        Path file =
                Files.writeString(folder.resolve("gateway.yaml"), "store: {url: ledger.db}\nkeys: {required: false}\n");
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(flags);
        line.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--config",
                file.toString(),
                "--port",
                "0"));
        line.addAll(List.of(more));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String next = out.readLine();
            while (next != null) {
                said.add(next);
                if (next.contains(LISTENING)) {
                    int at = next.indexOf(LISTENING) + LISTENING.length();
                    assertThat(status(next.substring(at).split(" ")[0] + "/ready"))
                            .isEqualTo(200);
                    process.toHandle().destroy(); // the process itself would close what it says
                }
                next = out.readLine();
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return process.exitValue();
    }

    private static int status(String address) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString())
                    .statusCode();
        }
    }

    private List<String> files(Path place) throws IOException {
        try (Stream<Path> files = Files.list(place)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aRehearsalLeavesNothingBehind() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        int code = serve(List.of("-Djava.io.tmpdir=" + temporary), "--rehearse", "1");
        assertThat(code).as(String.join("\n", said)).isEqualTo(143);
        assertThat(said).anyMatch(line -> line.contains(LISTENING)).noneMatch(line -> line.contains("rehearsal"));
        assertThat(files(temporary)).noneMatch(name -> name.contains("rehearsal"));
        try (Database database = Database.sqlite(folder.resolve("ledger.db"))) {
            assertThat(count(database, "event")).isZero();
            assertThat(count(database, "rollup")).isZero();
        }
    }

    private static long count(Database database, String table) {
        return database.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    /** As in containers whose root is read-only; who runs the tests may write anywhere, so the place is one that is not there. */
    @Test
    void aGatewayNeedsNoPlaceForTemporaryFiles() throws Exception {
        int code = serve(List.of("-Djava.io.tmpdir=" + folder.resolve("none")), "--rehearse", "1");
        assertThat(code).as(String.join("\n", said)).isEqualTo(143);
        assertThat(said)
                .anyMatch(line -> line.contains("SQLite's library is unpacked here"))
                .anyMatch(line -> line.contains("there was no rehearsal"))
                .noneMatch(line -> line.startsWith("\tat "));
        assertThat(files(folder)).noneMatch(name -> name.contains("sqlitejdbc"));
    }

    @Test
    void aRehearsalIsOfAGateway() {
        Session session = Session.run("serve", "--rehearse", "1");
        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err()).contains("--rehearse").contains("--config");
        assertThat(Session.run("serve", "--config", "none.yaml", "--rehearse", "-1")
                        .code())
                .isNotZero();
    }
}
