package dev.jerboa.gateway.ledger;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.Keys;
import dev.jerboa.gateway.ledger.export.LedgerTable;
import dev.jerboa.gateway.ledger.export.TableLine;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import dev.jerboa.gateway.store.TestStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What was written before there were service tiers, tools of providers, possible costs and categories reads as it did. */
class OldRowsTest {
    private static final List<String> ADDED = List.of(
            "service_tier", "web_searches", "web_fetches", "file_searches", "unpriced", "category", "native_finish");

    /** Reads something of a row. */
    private interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private static <T> List<T> rows(Database database, String query, Reader<T> reader) {
        return database.read(connection -> {
            List<T> all = new ArrayList<>();
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(query)) {
                while (row.next()) {
                    all.add(reader.read(row));
                }
            }
            return all;
        });
    }

    private static void execute(Database database, String sql) {
        database.run(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        });
    }

    private record Step(int number, String name, String hash) {}

    /** An event whose endpoint's own words are not known. */
    private static UsageEvent ofThen(UsageEvent event) {
        UsageEvent.Outcome outcome = event.outcome();
        return new UsageEvent(
                event.id(),
                event.at(),
                event.node(),
                event.payer(),
                event.asked(),
                event.offer(),
                event.attempts(),
                event.used(),
                event.cost(),
                event.reply(),
                new UsageEvent.Outcome(outcome.status(), outcome.finish(), "", outcome.cancelCause()));
    }

    /** A store as it was at its fourth step, made of these steps' own words, with an event and a key of then. */
    private static void asBefore(Database database, UsageEvent event) throws IOException {
        List<Step> steps = rows(
                database,
                "SELECT step, name, hash FROM schema_step ORDER BY step",
                row -> new Step(row.getInt(1), row.getString(2), row.getString(3)));
        String tables = database.kind() == Database.Kind.SQLITE
                ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
                : "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
        for (String table : rows(database, tables, row -> row.getString(1))) {
            execute(database, table.equals("schema_step") ? "DELETE FROM schema_step" : "DROP TABLE " + table);
        }
        for (Step step : steps.subList(0, 4)) {
            try (InputStream in = Database.class.getResourceAsStream("/dev/jerboa/gateway/schema/" + step.name())) {
                String text = new String(requireNonNull(in, step.name()).readAllBytes(), StandardCharsets.UTF_8);
                for (String statement : text.replaceAll("--[^\n]*", "").split(";")) {
                    if (!statement.isBlank()) {
                        execute(database, statement);
                    }
                }
            }
            execute(
                    database,
                    "INSERT INTO schema_step VALUES (" + step.number() + ", '" + step.name() + "', '" + step.hash()
                            + "')");
        }
        execute(
                database,
                "INSERT INTO event VALUES ('" + event.id() + "', " + Micros.of(event.at())
                        + ", 'n1', 'k1', 'a1', 'app', 'DE', 'chat', 'deepseek', 'deepseek:deepseek/v4', 'deepseek/v4', 'deepseek', 'v1',"
                        + " '[{\"endpoint\": \"deepseek:deepseek/v4\", \"status\": 200, \"outcome\": \"ok\", \"millis\": 12, \"billed\": true}]',"
                        + " 10, 0, 0, 0, 20, 0, 40, 80, 1500, 9000, 200, 'stop', 1, 0, 100, NULL, 'provider', '')");
        execute(
                database,
                "INSERT INTO api_key (id, account, name, hash, scopes, models, app, created, disabled) VALUES ('old', 'a1', 'an old one', 'sha256:"
                        + "0f".repeat(32) + "', 'inference', '', '', 0, 0)");
    }

    @ParameterizedTest
    @EnumSource
    void rowsOfAnOlderSchema(Database.Kind kind) throws IOException {
        UsageEvent event = ofThen(Events.event("01K00000000000000000000000"));
        try (TestStore store = TestStore.of(kind)) {
            try (Database database = store.open()) {
                asBefore(database, event);
            }
            try (Database database = store.open()) {
                assertThat(new LedgerStore(database).event(event.id())).contains(event);
                Keys keys = new Keys(database, Optional.empty(), List.of(), () -> Events.TIME);
                assertThat(keys.keys())
                        .extracting(Key::id, Key::category)
                        .containsExactly(org.assertj.core.groups.Tuple.tuple("old", ""));
            }
        }
    }

    /** A journal that an older process had left: its frames end where new ones go on. */
    @Test
    void framesOfAnOlderJournal() {
        UsageEvent event = ofThen(Events.event("1"));
        byte[] frame = EventCodec.encode(EventCodec.Kind.RECORD, event);
        // behind the cause: three empty texts, three counts and one attempt's cost, a byte each
        byte[] body = Arrays.copyOfRange(frame, EventCodec.HEAD, frame.length - 7);
        assertThat(EventCodec.decode(body, 0, body.length))
                .isEqualTo(new EventCodec.Frame(EventCodec.Kind.RECORD, event));
        assertThat(ByteBuffer.wrap(frame).getInt()).isEqualTo(body.length + 7);
    }

    @Test
    void linesOfAnOlderExport() {
        StringBuilder line = new StringBuilder("{");
        for (var column : LedgerTable.EVENT.columns()) {
            if (!ADDED.contains(column.name())) {
                String value = switch (column.kind()) {
                    case TEXT -> "\"x\"";
                    case WHOLE, DECIMAL -> "7";
                };
                line.append(line.length() > 1 ? ", " : "")
                        .append('"')
                        .append(column.name())
                        .append("\": ")
                        .append(value);
            }
        }
        @Nullable Object[] values = TableLine.read(LedgerTable.EVENT, line + "}", "event.jsonl");
        assertThat(values).hasSize(LedgerTable.EVENT.columns().size());
        assertThat(Arrays.copyOfRange(values, values.length - ADDED.size(), values.length))
                .containsExactly("", 0L, 0L, 0L, "", "", "");
    }
}
