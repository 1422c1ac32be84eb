package dev.jerboa.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.key.Key;
import dev.jerboa.gateway.key.Keys;
import dev.jerboa.gateway.ledger.export.LedgerTable;
import dev.jerboa.gateway.ledger.export.TableLine;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import dev.jerboa.gateway.store.TestStore;
import java.nio.ByteBuffer;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What was written before there were service tiers, tools of providers, possible costs and categories reads as it did. */
class OldRowsTest {
    private static final List<String> ADDED =
            List.of("service_tier", "web_searches", "web_fetches", "file_searches", "unpriced", "category");

    private static void execute(Database database, String sql) {
        database.run(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        });
    }

    /** A store as it was at its fourth step, with an event and a key of then. */
    private static void asBefore(Database database, UsageEvent event) {
        for (String column : ADDED) {
            execute(database, "ALTER TABLE event DROP COLUMN " + column);
        }
        execute(database, "ALTER TABLE api_key DROP COLUMN category");
        execute(database, "DELETE FROM schema_step WHERE step > 4");
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
    void rowsOfAnOlderSchema(Database.Kind kind) {
        UsageEvent event = Events.event("01K00000000000000000000000");
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
        UsageEvent event = Events.event("1");
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
        assertThat(Arrays.copyOfRange(values, values.length - 6, values.length))
                .containsExactly("", 0L, 0L, 0L, "", "");
    }
}
