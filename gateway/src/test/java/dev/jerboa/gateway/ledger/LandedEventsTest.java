package dev.jerboa.gateway.ledger;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.export.LedgerExport;
import dev.jerboa.gateway.ledger.export.LedgerTable;
import dev.jerboa.gateway.ledger.export.Span;
import dev.jerboa.gateway.ledger.export.TableColumn;
import dev.jerboa.gateway.ledger.export.TableLine;
import dev.jerboa.gateway.outbox.EventJson;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Journals and rows of commit 4df5a0f2, whose events had all their values side by side: they read as they did, and are written as they were.
 * {@code events.journal} has twelve requests that began and ended, and one that only began; {@code events.jsonl} is what {@link EventJson}
 * said of these then, and {@code *.rows} what {@link LedgerExport} made of the store that had them, with the prices of {@link Events#RATER}.
 */
class LandedEventsTest {
    private static final Span ALL = Span.of(LocalDate.of(2026, 10, 1), LocalDate.of(2026, 12, 1));
    private static final List<LedgerTable> WRITTEN = List.of(
            LedgerTable.EVENT,
            LedgerTable.ROLLUP,
            LedgerTable.LATENCY,
            LedgerTable.ATTEMPT_OUTCOME,
            LedgerTable.SERIES);

    private static byte[] bytes(String name) throws IOException {
        try (InputStream in = LandedEventsTest.class.getResourceAsStream("landed/" + name)) {
            return requireNonNull(in, name).readAllBytes();
        }
    }

    private static List<String> lines(String name) throws IOException {
        return new String(bytes(name), StandardCharsets.UTF_8).lines().toList();
    }

    /** A journal that a process of the name left behind. */
    private static Path journal(Path folder, String node) throws IOException {
        Path journal = Files.createDirectories(folder.resolve("journal"));
        Files.write(journal.resolve(node + "-01K00000000000000000000000-00000000.journal"), bytes("events.journal"));
        return journal;
    }

    @Test
    void framesAreReadAndWrittenAsTheyWere() throws IOException {
        byte[] file = bytes("events.journal");
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        again.write(Segment.MAGIC);
        List<String> said = new ArrayList<>();
        ByteBuffer frames = ByteBuffer.wrap(file).position(Segment.MAGIC.length);
        while (frames.hasRemaining()) {
            int length = frames.getInt();
            frames.getInt(); // its check sum, which is among the bytes that are compared
            int at = frames.position();
            EventCodec.Frame frame = EventCodec.decode(file, at, length);
            if (frame.kind() == EventCodec.Kind.RECORD) {
                said.add(EventJson.line(frame.event()));
            }
            again.write(EventCodec.encode(frame.kind(), frame.event()));
            frames.position(at + length);
        }
        List<String> expected = lines("events.jsonl");
        assertThat(said).isEqualTo(expected.subList(0, expected.size() - 1)); // the last only began
        assertThat(again.toByteArray()).isEqualTo(file);
    }

    /** The whole way: a process of today takes over the journal, and makes the tables of then of it. */
    @ParameterizedTest
    @EnumSource
    void aJournalBecomesTheSameTables(Database.Kind kind) throws IOException {
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            Path folder = journal(store.folder(), "n1");
            try (Journal journal = Journal.open(JournalOptions.of(folder, "n1"));
                    LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, Spending.NONE)) {
                assertThat(writer.flush(Duration.ofSeconds(20))).isTrue();
            }
            LedgerExport.write(database, ALL, store.folder().resolve("out"));
            for (LedgerTable table : WRITTEN) {
                assertThat(Files.readAllLines(store.folder().resolve("out").resolve(table.table() + ".jsonl")))
                        .as(table.table())
                        .containsExactlyInAnyOrderElementsOf(lines(table.table() + ".rows").stream()
                                .map(line -> table == LedgerTable.EVENT ? withNativeFinish(line) : line)
                                .toList());
            }
        }
    }

    /** The last column, which came later. */
    private static String withNativeFinish(String line) {
        return line.replaceFirst("}$", ", \"native_finish\": \"\"}");
    }

    @ParameterizedTest
    @EnumSource
    void rowsReadAsTheyDid(Database.Kind kind) throws IOException {
        List<TableColumn> columns = LedgerTable.EVENT.columns();
        String insert = "INSERT INTO event ("
                + columns.stream().map(TableColumn::name).collect(Collectors.joining(", ")) + ") VALUES (?"
                + ", ?".repeat(columns.size() - 1) + ")";
        try (TestStore store = TestStore.of(kind);
                Database database = store.open()) {
            List<String> rows = lines("event.rows");
            database.run(connection -> {
                try (PreparedStatement statement = connection.prepareStatement(insert)) {
                    for (String row : rows) {
                        @Nullable Object[] values = TableLine.read(LedgerTable.EVENT, row, "event.rows");
                        for (int i = 0; i < values.length; i++) {
                            statement.setObject(i + 1, values[i]);
                        }
                        statement.addBatch();
                    }
                    statement.executeBatch();
                }
            });
            List<String> said = new ArrayList<>();
            new LedgerStore(database)
                    .eachEvent(
                            Events.TIME.minus(Duration.ofDays(60)),
                            Events.TIME.plus(Duration.ofDays(2)),
                            event -> said.add(EventJson.line(event)));
            assertThat(said).containsExactlyInAnyOrderElementsOf(lines("events.jsonl"));
        }
    }
}
