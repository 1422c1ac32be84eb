package dev.jerboa.gateway.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.Outbox;
import dev.jerboa.gateway.ledger.Spending;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KilledSenderTest {
    private static Process start(TestStore store) throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledSender.class.getName(),
                        store.url(),
                        store.folder().resolve("journal").toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Lets a process send for a while, kills it (9), and takes what it had printed; how many of that were known already. */
    private static int runAndKill(TestStore store, int lines, Set<String> printed) throws Exception {
        Process process = start(store);
        int again = 0;
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            for (int i = 1; line != null; i++) {
                if (line.length() == 26 && !printed.add(line)) { // the last line may be torn
                    again++;
                }
                if (i == lines) { // by its handle, which leaves the pipe open to read the rest from
                    process.toHandle().destroyForcibly();
                }
                line = out.readLine();
            }
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor()).isEqualTo(137);
        return again;
    }

    @ParameterizedTest
    @CsvSource({"SQLITE, 6", "POSTGRESQL, 3"})
    @Timeout(120)
    void everyStoredEventArrivesHoweverOftenTheProcessIsKilled(Database.Kind kind, int kills) throws Exception {
        Random random = new Random(9);
        Set<String> printed = new HashSet<>();
        int again = 0;
        try (TestStore store = TestStore.of(kind)) {
            store.open().close();
            for (int kill = 0; kill < kills; kill++) {
                // a kill in the middle of what is printed is one before the rows are deleted
                again += runAndKill(store, 1 + random.nextInt(1500), printed);
            }
            try (Database database = store.open()) {
                Outbox outbox = Outboxes.of(database);
                try (Journal journal = KilledSender.journal(store.folder().resolve("journal"))) {
                    LedgerWriter.start(journal, database, Events.RATER, outbox.after(Spending.NONE))
                            .close();
                }
                RecordingSink sink = new RecordingSink();
                OutboxSender.start(outbox, sink).close();
                sink.arrived().forEach(event -> printed.add(event.id()));
                assertThat(printed)
                        .containsExactlyInAnyOrderElementsOf(Outboxes.stored(database).stream()
                                .map(UsageEvent::id)
                                .toList());
                assertThat(again).as("sent again").isPositive();
                assertThat(outbox.size()).isZero();
            }
        }
    }
}
