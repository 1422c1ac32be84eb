package dev.jerboa.gateway.ledger.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.ledger.EventFields;
import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.share.SeededCharts;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Exports, and what is read of their lines. */
final class LedgerExportTest {
    private static final Span SPAN = Span.of(LocalDate.of(2026, 11, 1), LocalDate.of(2026, 11, 16));

    @ParameterizedTest
    @EnumSource
    void tablesHaveTheColumnsOfTheStore(Database.Kind kind) {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            for (LedgerTable table : LedgerTable.values()) {
                List<String> columns = database.read(connection -> {
                    List<String> names = new ArrayList<>();
                    try (Statement statement = connection.createStatement();
                            ResultSet none =
                                    statement.executeQuery("SELECT * FROM " + table.table() + " WHERE 1 = 0")) {
                        ResultSetMetaData data = none.getMetaData();
                        for (int i = 1; i <= data.getColumnCount(); i++) {
                            names.add(data.getColumnName(i));
                        }
                    }
                    return names;
                });
                assertThat(table.columns().stream().map(TableColumn::name))
                        .as(table.table())
                        .containsExactlyElementsOf(columns);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void linesAreTheEventsOfTheTimeAndTheTablesBeside(Database.Kind kind) throws IOException {
        Random random = new Random(3);
        List<UsageEvent> events = new ArrayList<>();
        for (int i = 0; i < 800; i++) {
            events.add(Events.random(random));
        }
        try (TestStore store = TestStore.of(kind);
                Database database = SeededCharts.seeded(store.open())) {
            try (Journal journal = Journal.open(JournalOptions.of(store.folder().resolve("journal"), "n1"));
                    LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, Spending.NONE)) {
                events.forEach(journal::record);
                assertThat(writer.flush(Duration.ofSeconds(20))).isTrue();
            }
            Path folder = store.folder().resolve("export");
            ExportNote note = LedgerExport.write(database, SPAN, folder);

            assertThat(ExportNote.parse(Files.readString(folder.resolve(ExportNote.FILE)), "export.json"))
                    .isEqualTo(note);
            List<UsageEvent> read = Files.readAllLines(folder.resolve("event.jsonl")).stream()
                    .map(line -> EventFields.read(new Line(line)))
                    .toList();
            List<UsageEvent> within = events.stream()
                    .filter(event -> event.at().getEpochSecond() / 3600 >= SPAN.from()
                            && event.at().getEpochSecond() / 3600 < SPAN.to())
                    .toList();
            assertThat(within.size()).isBetween(100, 700);
            assertThat(read).containsExactlyInAnyOrderElementsOf(within);
            assertThat(note.rows(LedgerTable.EVENT)).isEqualTo(within.size());
            assertThat(note.rows(LedgerTable.PULL))
                    .isEqualTo(SeededCharts.SEED.pulls().size());
            for (LedgerTable table : LedgerTable.values()) {
                List<String> lines = Files.readAllLines(folder.resolve(table.table() + ".jsonl"));
                assertThat(lines).as(table.table()).hasSize((int) note.rows(table));
                lines.forEach(line -> assertThat(TableLine.read(table, line, "x"))
                        .hasSize(table.columns().size()));
            }
        }
    }

    private static final class Line implements EventFields<RuntimeException> {
        private final Map<String, @Nullable Object> values = new HashMap<>();

        Line(String line) {
            @Nullable Object[] read = TableLine.read(LedgerTable.EVENT, line, "event.jsonl");
            for (int i = 0; i < read.length; i++) {
                values.put(LedgerTable.EVENT.columns().get(i).name(), read[i]);
            }
        }

        @Override
        public String text(String column) {
            return String.valueOf(values.get(column));
        }

        @Override
        public long number(String column) {
            return values.get(column) instanceof Long number ? number : 0;
        }

        @Override
        public boolean isNull(String column) {
            return values.get(column) == null;
        }
    }

    @Test
    void aDamagedLineIsAnErrorThatSaysWhatIsWrong() {
        String good = "{\"hour\": 1, \"endpoint\": \"p:l/m\", \"outcome\": \"ok\", \"count\": 9007199254740993}";
        assertThat(TableLine.read(LedgerTable.ATTEMPT_OUTCOME, good, "f"))
                .containsExactly(1L, "p:l/m", "ok", 9_007_199_254_740_993L);
        refused(good.substring(0, 40), "expected a JSON object");
        refused("", "an empty line");
        refused("[1]", "expected a JSON object");
        refused(good.replace("\"ok\"", "null"), "outcome: expected a text, found null");
        refused(good.replace("9007199254740993", "1.5"), "count: expected a whole number, found the number 1.5");
        refused(good.replace("9007199254740993", "9223372036854775808"), "count: expected a whole number");
        refused(good.replace("\"count\"", "\"counts\""), "count: expected a whole number, found null");
        refused(good.replace("}", ", \"more\": 1}"), "expected the 4 columns of attempt_outcome, found 5");
        assertThatThrownBy(() -> ExportNote.parse("{\"form\": 2}", "export.json"))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("expected an export of form 1, found 2");
    }

    private static void refused(String line, String message) {
        assertThatThrownBy(() -> TableLine.read(LedgerTable.ATTEMPT_OUTCOME, line, "attempt_outcome.jsonl"))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("attempt_outcome.jsonl")
                .hasMessageContaining(message)
                .hasMessageContaining("export it anew");
    }
}
