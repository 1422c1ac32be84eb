package dev.jerboa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Quality;
import dev.jerboa.gateway.ledger.Rater;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.Ulid;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.ledger.export.ExportNote;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.store.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ledger export}, printed and into a folder. */
final class LedgerCommandTest {
    @TempDir
    Path folder;

    private Path config() {
        return folder.resolve("gateway.yaml");
    }

    @BeforeEach
    void ledger() throws IOException {
        Files.writeString(config(), "store: {url: ledger.db}\n");
        UsageEvent event = new UsageEvent(
                Ulid.next(),
                Instant.parse("2026-11-29T10:15:30Z"),
                "n1",
                new UsageEvent.Payer("k1", "a1", "an app", "DE"),
                new UsageEvent.Asked("chat", "any", 40, ""),
                new UsageEvent.Offer("p:l/m", "l/m", "p", "v1"),
                List.of(),
                UsageEvent.Used.of(Usage.of(10, 20), Quality.PROVIDER),
                UsageEvent.Cost.of(1234),
                new UsageEvent.Reply(true, 80, 0, 1500, 9000),
                UsageEvent.Outcome.STOP);
        try (Database database = Database.sqlite(folder.resolve("ledger.db"));
                Journal journal = Journal.open(JournalOptions.of(folder.resolve("journal"), "n1"));
                LedgerWriter writer = LedgerWriter.start(journal, database, Rater.NONE, Spending.NONE)) {
            journal.record(event);
            assertThat(writer.flush(Duration.ofSeconds(20))).isTrue();
        }
    }

    private Session export(String from, String to, String... more) {
        String[] args = new String[8 + more.length];
        List<String> first = List.of("ledger", "export", "--config", config().toString(), "--from", from, "--to", to);
        for (int i = 0; i < args.length; i++) {
            args[i] = i < 8 ? first.get(i) : more[i - 8];
        }
        return Session.run(args);
    }

    @Test
    void exportPrintsEventsOrWritesTablesIntoAFolder() throws IOException {
        assertThat(export("2026-11-29", "2026-11-30").out())
                .contains("\tk1\ta1\tan app\t")
                .contains("\t1234\t");

        Path out = folder.resolve("out");
        Session written = export("2026-11-29", "2026-11-30", "--out", out.toString());
        assertThat(written.code()).as(written.err()).isZero();
        assertThat(written.out()).isEmpty();
        assertThat(written.err()).contains("jerboa: 1 events are in " + out);
        assertThat(Files.readAllLines(out.resolve("event.jsonl")))
                .singleElement()
                .asString()
                .contains("\"cost_nanos\": 1234");
        assertThat(out.resolve(ExportNote.FILE)).isRegularFile();
        assertThat(out.resolve("rollup.jsonl")).isNotEmptyFile();
    }

    @Test
    void daysInTheWrongOrderAreSaid() {
        Session wrong = export(
                "2026-11-30", "2026-11-29", "--out", folder.resolve("out").toString());
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.err()).contains("--to 2026-11-29: expected a day behind --from 2026-11-30");
        assertThat(folder.resolve("out")).doesNotExist();
    }
}
