package dev.jerboa.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class DatabaseTest {
    private static long count(Database database, String table) {
        return database.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    private static void execute(Database database, String sql) {
        database.run(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void gatewaysThatStartAtOnceMigrateOnce(Database.Kind kind) throws Exception {
        try (TestStore store = TestStore.of(kind);
                ExecutorService threads = Executors.newFixedThreadPool(6)) {
            List<Callable<Database>> opens = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                opens.add(store::open);
            }
            for (Future<Database> opened : threads.invokeAll(opens)) {
                try (Database database = opened.get()) {
                    assertThat(database.kind()).isEqualTo(kind);
                    assertThat(count(database, "schema_step")).isEqualTo(Migrations.STEPS.size());
                    assertThat(count(database, "event")).isZero();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatFailsIsRolledBack(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            assertThatThrownBy(() -> database.run(connection -> {
                        try (Statement statement = connection.createStatement()) {
                            statement.execute("INSERT INTO price VALUES ('a', 'b')");
                        }
                        throw new SQLException("no");
                    }))
                    .isInstanceOf(GatewayException.class)
                    .hasMessageContaining("no");
            assertThat(count(database, "price")).isZero();
            execute(database, "INSERT INTO price VALUES ('a', 'b')");
            assertThat(count(database, "price")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aNewerOrAnotherSchemaIsRefused(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind)) {
            try (Database database = store.open()) {
                execute(database, "INSERT INTO schema_step VALUES (1000, 'V1000', 'x')");
            }
            assertThatThrownBy(store::open).isInstanceOf(GatewayException.class).hasMessageContaining("newer");
        }
        try (TestStore store = TestStore.of(kind)) {
            try (Database database = store.open()) {
                execute(database, "UPDATE schema_step SET hash = 'x'");
            }
            assertThatThrownBy(store::open).isInstanceOf(GatewayException.class).hasMessageContaining("expected hash");
        }
    }

    @Test
    void addressesAreTakenApartAndNeverRepeatedInMessages() {
        assertThat(PostgresAddress.parse("postgresql://me:p%40ss+1@db.example:5433/ledger?sslmode=require"))
                .isEqualTo(new PostgresAddress(
                        "jdbc:postgresql://db.example:5433/ledger?sslmode=require", "me", "p@ss+1"));
        assertThat(PostgresAddress.parse("postgres://db/ledger"))
                .isEqualTo(new PostgresAddress("jdbc:postgresql://db/ledger", "", ""));
        for (String wrong :
                List.of("mysql://me:secret@db/x", "postgresql://me:secret@db", "postgresql://me:sec ret@db/x", "x")) {
            assertThatThrownBy(() -> Database.open(wrong))
                    .isInstanceOf(GatewayException.class)
                    .hasMessageContaining("expected sqlite:PATH")
                    .hasMessageNotContaining("ret@");
        }
    }

    @Test
    void statementsAreCutWithoutTheirComments() {
        assertThat(Migrations.statements("-- a; b\nCREATE x; -- c\n\nCREATE y;\n"))
                .containsExactly("CREATE x", "CREATE y");
    }
}
