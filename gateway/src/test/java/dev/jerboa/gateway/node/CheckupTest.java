package dev.jerboa.gateway.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is told of a gateway's file, which changes nothing. */
@Timeout(60)
final class CheckupTest {
    private static final String CATALOGUE = """
            catalogue:
              shipped: false
              labs: {acme: {name: Acme, country: FR}}
              models: {acme/road: {name: Road, openness: open-weight, context: 1000}}
              providers:
                one: {name: One, country: DE, dialect: openai, base: "http://127.0.0.1:1/v1", secrets: "env:ONE"}
                two: {name: Two, country: DE, dialect: openai, base: "http://127.0.0.1:1/v1", secrets: "env:TWO"}
                three: {name: Three, country: DE, dialect: openai, secrets: "env:ONE"}
                four: {name: Four, country: DE, dialect: openai}
              endpoints:
                "one:acme/road": {prices: [{input: 1, output: 2}]}
                "two:acme/road": {prices: [{input: 1, output: 2}]}
                "three:acme/road": {prices: [{input: 1, output: 2}]}
                "four:acme/road": {prices: [{input: 1, output: 2}]}
            """;

    @TempDir
    private Path folder;

    private List<Checkup.Finding> look(String text, Map<String, String> environment) {
        return Checkup.of(
                GatewayConfig.parse(text + CATALOGUE, "a test", folder, environment), new Secrets(environment, folder));
    }

    private static Checkup.Finding of(List<Checkup.Finding> findings, String name) {
        return findings.stream()
                .filter(finding -> finding.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::getFileName).map(Path::toString).sorted().toList();
        }
    }

    private static String store(TestStore store, Database.Kind kind) {
        return kind == Database.Kind.SQLITE
                ? "store: {url: \"" + store.url().substring("sqlite:".length()) + "\"}\n"
                : "node: a\nstore: {url: \"" + store.url().replace("postgres:postgres@", "")
                        + "\", user: postgres, password: \"env:PASSWORD\"}\n";
    }

    @ParameterizedTest
    @EnumSource
    void aStoreIsLookedAtAndLeftAsItIs(Database.Kind kind) {
        Map<String, String> environment = Map.of("PASSWORD", "postgres");
        try (TestStore store = TestStore.of(kind)) {
            String file = store(store, kind);
            Checkup.Finding empty = of(look(file, environment), "store");
            assertThat(empty.text()).contains("at the first start");
            assertThat(empty.wrong()).isFalse();
            assertThat(of(look(file, environment), "store")).isEqualTo(empty);

            try (Database database = store.open()) {
                assertThat(of(look(file, environment), "store").text()).contains("the schema of this Jerboa");
                database.run(connection -> {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("DELETE FROM schema_step WHERE step > 3");
                    }
                });
                assertThat(of(look(file, environment), "store").text()).contains("step 3 of");
                database.run(connection -> {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("UPDATE schema_step SET hash = 'x' WHERE step = 2");
                    }
                });
                assertThat(of(look(file, environment), "store").text()).contains("step 2 of its schema is not the one");
                database.run(connection -> {
                    try (Statement statement = connection.createStatement()) {
                        for (int step = 4; step < 99; step++) {
                            statement.execute("INSERT INTO schema_step VALUES (" + step + ", 'x', 'x')");
                        }
                    }
                });
            }
            Checkup.Finding newer = of(look(file, environment), "store");
            assertThat(newer.text()).contains("used by a newer one");
            assertThat(newer.wrong()).isTrue();
        }
    }

    @Test
    void nothingIsMadeAndWhatIsMissingIsNamed() throws IOException {
        List<Checkup.Finding> findings = look("""
                keys: {declared: {me: {account: us, secret: "env:MINE"}}}
                accounts: {us: {}}
                """, Map.of("ONE", "secret-of-one"));
        assertThat(files()).isEmpty();
        assertThat(of(findings, "store").wrong()).isFalse();
        assertThat(of(findings, "gateway keys").wrong()).isTrue();
        assertThat(of(findings, "gateway keys").text()).contains("MINE");
        assertThat(of(findings, "providers").text()).isEqualTo("one");
        assertThat(of(findings, "not asked").text())
                .contains("two (env:TWO)", "three (base)")
                .doesNotContain("four");
        assertThat(findings.toString()).doesNotContain("secret-of-one");
    }

    @Test
    void aStoreThatRestsIsReadWithoutFilesBesideIt() throws IOException {
        Database.sqlite(folder.resolve("ledger.db")).close();
        List<String> before = files();
        assertThat(of(look("store: {url: ledger.db}\n", Map.of()), "store").text())
                .contains("the schema of this Jerboa");
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void whatIsNoStoreIsWrong() throws IOException {
        Files.writeString(
                folder.resolve("ledger.db"),
                "garbage that is no database, and long enough to be looked at\n".repeat(9));
        assertThat(of(look("store: {url: ledger.db}\n", Map.of()), "store").wrong())
                .isTrue();
        Checkup.Finding away = of(look("node: a\nstore: {url: \"postgresql://127.0.0.1:1/x\"}\n", Map.of()), "store");
        assertThat(away.wrong()).isTrue();
        assertThat(away.text()).contains("127.0.0.1:1/x");
    }

    @Test
    void placesThatAreNoFoldersAreWrong() throws IOException {
        Files.writeString(folder.resolve("file"), "not a folder");
        List<Checkup.Finding> findings =
                look("store: {url: file/ledger.db}\njournal: {folder: file/journal}\n", Map.of());
        assertThat(of(findings, "store").wrong()).isTrue();
        assertThat(of(findings, "journal").wrong()).isTrue();
        assertThat(of(findings, "journal").text()).contains("may write in");
    }

    @Test
    void theJournalsWayIsTheOneThatAJournalTakes() throws IOException {
        GatewayConfig config = GatewayConfig.parse(CATALOGUE, "a test", folder, Map.of());
        String text = of(look("", Map.of()), "journal").text();
        assertThat(text)
                .contains(folder.toString())
                .endsWith(Journal.way(config.journal()).toString());
        Journal.open(config.journal()).close();
        List<Path> made;
        try (Stream<Path> files = Files.list(config.journal().folder())) {
            made = files.sorted().toList();
        }
        assertThat(of(look("", Map.of()), "journal").text()).isEqualTo(text);
        try (Stream<Path> files = Files.list(config.journal().folder())) {
            assertThat(files.sorted().toList()).isEqualTo(made);
        }
    }
}
