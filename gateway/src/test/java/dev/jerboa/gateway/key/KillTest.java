package dev.jerboa.gateway.key;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.ledger.Events;
import dev.jerboa.gateway.ledger.Grain;
import dev.jerboa.gateway.ledger.Journal;
import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.LedgerWriter;
import dev.jerboa.gateway.ledger.RollupQuery;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.TestStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KillTest {
    private static Process start(TestStore store) throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledGateway.class.getName(),
                        store.url(),
                        store.folder().resolve("journal").toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Lets a process write for a while after its first line, kills it (9), and takes what it had printed. */
    private static void runAndKill(TestStore store, int lines, Set<String> printed) throws Exception {
        Process process = start(store);
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            for (int i = 1; line != null; i++) {
                if (line.length() == 26) { // the last line may be torn
                    printed.add(line);
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
    }

    @ParameterizedTest
    @CsvSource({"SQLITE, 10", "POSTGRESQL, 3"})
    @Timeout(120)
    void whateverWasRecordedIsInTheStoreOnceHoweverOftenTheProcessIsKilled(Database.Kind kind, int kills)
            throws Exception {
        Random random = new Random(9);
        Set<String> printed = new HashSet<>();
        try (TestStore store = TestStore.of(kind)) {
            store.open().close();
            for (int kill = 0; kill < kills; kill++) {
                runAndKill(store, 1 + random.nextInt(random.nextBoolean() ? 20 : 3000), printed);
            }
            check(store, printed);
        }
    }

    private static void check(TestStore store, Set<String> printed) {
        try (Database database = store.open();
                Journal journal = KilledGateway.journal(store.folder().resolve("journal"));
                Budgets budgets = KilledGateway.budgets(database);
                LedgerWriter writer = LedgerWriter.start(journal, database, Events.RATER, budgets)) {
            budgets.start();
            assertThat(writer.isStoreAway()).isFalse();
            LedgerStore ledger = new LedgerStore(database);
            List<UsageEvent> events = new ArrayList<>();
            ledger.eachEvent(Instant.EPOCH, Events.TIME.plusSeconds(1), events::add);
            List<String> ids = events.stream().map(UsageEvent::id).toList();
            assertThat(ids).doesNotHaveDuplicates().containsAll(printed);
            long hour = Events.TIME.getEpochSecond() / 3600;
            var sums = ledger.rollups(RollupQuery.of(hour, hour + 1, Grain.ALL))
                    .getFirst()
                    .sums();
            assertThat(sums.requests()).isEqualTo(events.size());
            long cost = events.stream().mapToLong(event -> event.cost().nanos()).sum();
            assertThat(sums.costNanos()).isEqualTo(cost);
            BudgetState state = budgets.states().getFirst();
            assertThat(state.spentNanos()).isEqualTo(cost);
            assertThat(state.leasedNanos()).isZero();
            assertThat(budgets.reservedNanos()).isZero();
        }
    }
}
