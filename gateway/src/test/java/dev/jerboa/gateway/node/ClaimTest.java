package dev.jerboa.gateway.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A node's name is one process's, on both stores. */
@Timeout(60)
final class ClaimTest {
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration GONE = Duration.ofSeconds(3);

    private static JournalOptions journal(TestStore store, String folder, String node) {
        return JournalOptions.of(store.folder().resolve(folder), node);
    }

    private static Claim take(Database database, JournalOptions options, Duration gone) {
        Journal.open(options).close(); // makes the folder
        return Claim.take(database, options, gone);
    }

    private static String seenBy(Database database) {
        return database.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT COALESCE(MAX(place), '') FROM node")) {
                row.next();
                return row.getString(1);
            }
        });
    }

    private static void age(Database database, Duration by) throws SQLException {
        database.run(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.executeUpdate("UPDATE node SET seen = seen - " + by.toMillis() * 1000);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void anotherFolderIsAnotherProcessWhileTheFirstIsSeen(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            JournalOptions one = journal(store, "one", "n1");
            JournalOptions two = journal(store, "two", "n1");
            try (Claim ignored = take(database, one, LONG)) {
                assertThatThrownBy(() -> take(database, two, LONG))
                        .isInstanceOf(GatewayException.class)
                        .hasMessageContaining("another process is node 'n1' of ")
                        .hasMessageContaining(
                                "process " + ProcessHandle.current().pid())
                        .hasMessageContaining("journal " + one.folder().toAbsolutePath())
                        .hasMessageContaining("give each node a name of its own")
                        .hasMessageContaining("start again in ");
                age(database, LONG.plusSeconds(1));
                take(database, two, LONG).close();
            }
            // an end makes the name free at once
            take(database, one, LONG).close();
            take(database, two, LONG).close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theNextProcessOfAFolderNeedNotWait(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            JournalOptions options = journal(store, "one", "n1");
            Claim killed = take(database, options, LONG);
            try (Claim next = take(database, options, LONG)) {
                killed.close(); // takes nothing away that is not its own
                assertThat(seenBy(database)).contains(options.folder().toString());
                assertThat(next).isNotNull();
            }
            assertThat(seenBy(database)).isEmpty();
        }
    }

    /** Both stores at once, as it takes seconds: the clock of one counts in seconds. */
    @Test
    void aProcessIsSeenAsLongAsItRuns() throws Exception {
        try (TestStore files = TestStore.of(Database.Kind.SQLITE);
                TestStore server = TestStore.of(Database.Kind.POSTGRESQL);
                Database first = files.open();
                Database second = server.open();
                Claim one = take(first, journal(files, "one", "n1"), GONE);
                Claim two = take(second, journal(server, "one", "n1"), GONE)) {
            Thread.sleep(4_000); // longer than it takes to be taken for dead
            assertThat(List.of(one, two)).doesNotContainNull();
            stillThere(first, files);
            stillThere(second, server);
        }
    }

    private static void stillThere(Database database, TestStore store) {
        assertThatThrownBy(() -> take(database, journal(store, "two", "n1"), GONE))
                .hasMessageContaining("another process is node 'n1'");
    }

    /** What is one process's: PostgreSQL takes several nodes, a SQLite file says who has it. */
    @ParameterizedTest
    @EnumSource
    void aSqliteFileIsOneProcesss(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open();
                Claim first = take(database, journal(store, "one", "n1"), LONG)) {
            assertThat(first).isNotNull();
            Path folder = store.folder();
            if (kind == Database.Kind.POSTGRESQL) {
                take(database, journal(store, "two", "n2"), LONG).close();
            } else {
                assertThatThrownBy(() -> take(database, journal(store, "two", "n2"), LONG))
                        .isInstanceOf(GatewayException.class)
                        .hasMessageContaining(folder.toString())
                        .hasMessageContaining("is in use by node 'n1'")
                        .hasMessageContaining("several need PostgreSQL");
                age(database, LONG.plusSeconds(1));
                take(database, journal(store, "two", "n2"), LONG).close();
            }
        }
    }
}
