package dev.jerboa.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.ledger.export.LedgerExport;
import dev.jerboa.gateway.store.Database;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Files of an export that somebody or something has changed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ExportedTablesTest {
    private final SampleLedger sample = new SampleLedger(Database.Kind.SQLITE, 200);
    private final Path folder = sample.store.folder().resolve("export");

    @BeforeEach
    void export() {
        LedgerExport.write(sample.database, SampleLedger.SPAN, folder);
    }

    @AfterAll
    void close() {
        sample.close();
    }

    private void lines(String table, UnaryOperator<List<String>> change) {
        Path file = folder.resolve(table + ".jsonl");
        try {
            Files.write(file, change.apply(new ArrayList<>(Files.readAllLines(file))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void event(int index, UnaryOperator<String> change) {
        lines("event", lines -> {
            String changed = change.apply(lines.get(index));
            assertThat(changed).isNotEqualTo(lines.get(index));
            lines.set(index, changed);
            return lines;
        });
    }

    /** Runs the command over the files, which must fail as it fails for people: a line of words, and 1. */
    private String refused() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int code = LedgerJob.run(
                new PrintStream(said, true, StandardCharsets.UTF_8),
                "--master",
                "local[2]",
                "--files",
                folder.toString(),
                "--out",
                sample.store.folder().resolve("out").toString(),
                "--charts",
                "none");
        assertThat(code).as(said.toString(StandardCharsets.UTF_8)).isEqualTo(1);
        return said.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aLineThatIsCutIsNamed() {
        event(120, line -> line.substring(0, 300));
        assertThat(refused())
                .startsWith("jerboa: event.jsonl, the line '{\"id\": ")
                .contains("expected a JSON object");
    }

    @Test
    void aNumberThatIsNoneIsNamed() {
        event(7, line -> line.replaceFirst("\"cost_nanos\": \\d+", "\"cost_nanos\": 1.5"));
        assertThat(refused()).contains("cost_nanos: expected a whole number, found the number 1.5");
    }

    @Test
    void aNegativeCountIsNoEvent() {
        event(7, line -> line.replaceFirst("\"output\": \\d+", "\"output\": -3"));
        assertThat(refused()).startsWith("jerboa: the event ").contains("a negative count of tokens");
    }

    @Test
    void sumsBeyond64BitsAreAnError() {
        event(7, line -> line.replaceFirst("\"bytes_in\": \\d+", "\"bytes_in\": 9223372036854775807"));
        lines(
                "event",
                lines -> { // another of the same hour and key
                    lines.set(8, lines.get(7).replaceFirst("\"id\": \"[^\"]+\"", "\"id\": \"01OTHER\""));
                    return lines;
                });
        assertThat(refused()).startsWith("jerboa: Spark could not do it: ").containsIgnoringCase("overflow");
    }

    @Test
    void missingLinesAreNoticed() {
        lines("event", lines -> lines.subList(0, 150));
        assertThat(refused()).contains("the table event has 150 rows, expected 200");
        export();
        lines("rollup", lines -> lines.subList(0, lines.size() - 1));
        assertThat(refused()).contains("the table rollup has ").contains("export it anew");
    }

    @Test
    void aFolderThatIsNotWholeIsRefused() throws IOException {
        Files.delete(folder.resolve("price.jsonl"));
        assertThat(refused()).contains("price.jsonl is not there");
        Files.delete(folder.resolve("export.json"));
        assertThat(refused()).contains("export.json is not there: expected a folder that 'jerboa ledger export --out'");
        Files.writeString(folder.resolve("export.json"), "{");
        assertThat(refused()).contains("export.json").contains("not readable as JSON");
    }

    @Test
    void noteIsReadThroughSparksFileSystems() {
        assertThat(ExportedTables.open(LocalSpark.session(), folder.toUri().toString())
                        .span())
                .isEqualTo(SampleLedger.SPAN);
        assertThatThrownBy(() -> ExportedTables.open(LocalSpark.session(), "none:" + folder))
                .hasMessageContaining("export.json cannot be read");
    }
}
