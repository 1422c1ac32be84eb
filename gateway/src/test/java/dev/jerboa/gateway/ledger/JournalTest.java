package dev.jerboa.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class JournalTest {
    @TempDir
    private Path folder;

    private JournalOptions options(JournalOptions.Sync sync) {
        return new JournalOptions(folder, "n1", sync, 64 << 10, 4 << 10);
    }

    private Journal open() {
        return Journal.open(options(JournalOptions.Sync.NONE));
    }

    /** Everything that a reader finds, and what it is done with deleted. */
    private static List<String> read(Journal journal) throws IOException {
        JournalReader reader = new JournalReader(journal);
        List<String> ids = new ArrayList<>();
        for (JournalReader.Batch batch = reader.next(7); !batch.isEmpty(); batch = reader.next(7)) {
            batch.events().forEach(event -> ids.add(event.id() + event.outcome().cancelCause()));
            for (Segment segment : batch.finished()) {
                journal.delete(segment);
            }
        }
        return ids;
    }

    /** The file of a process that recorded {@code a} and {@code b} and ended. */
    private Path withTwoEvents() throws IOException {
        try (Journal journal = open()) {
            journal.record(Events.event("a"));
            journal.record(Events.event("b"));
        }
        return files().getFirst();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(path -> path.toString().endsWith(".journal"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsRecordedByManyIsThereInOrderOfEach(JournalOptions.Sync sync) throws Exception {
        try (Journal journal = Journal.open(new JournalOptions(folder, "n1", sync, 8 << 20, 4 << 10))) {
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int number = t;
                threads.add(Thread.startVirtualThread(() -> {
                    for (int i = 0; i < 50; i++) {
                        UsageEvent event = Events.event("%d-%03d".formatted(number, i));
                        journal.begin(Events.begun(event));
                        journal.record(event);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(journal.openRequests()).isZero();
            List<String> ids = read(journal);
            assertThat(ids).hasSize(400).doesNotHaveDuplicates();
            for (int t = 0; t < 8; t++) {
                String prefix = t + "-";
                assertThat(ids.stream().filter(id -> id.startsWith(prefix)))
                        .isSorted()
                        .hasSize(50);
            }
            assertThat(files()).hasSize(1);
            try (Stream<Path> all = Files.list(folder)) {
                assertThat(all.map(path -> path.getFileName().toString())).doesNotContain("n1.probe");
            }
        }
    }

    /** Whoever opens a journal while being interrupted must not lose its lock by that. */
    @Test
    void anInterruptedThreadOpensAJournalAndHoldsIt() throws Exception {
        Thread.currentThread().interrupt();
        try (Journal journal = open()) {
            assertThat(Thread.interrupted()).isTrue();
            assertThatThrownBy(this::open).isInstanceOf(GatewayException.class).hasMessageContaining("named 'n1'");
            journal.record(Events.event("a"));
            assertThat(read(journal)).containsExactly("a");
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void aThreadThatIsInterruptedWritesAndHarmsNobody() throws Exception {
        try (Journal journal = open()) {
            Thread thread = Thread.ofPlatform().start(() -> {
                Thread.currentThread().interrupt();
                journal.record(Events.event("interrupted"));
            });
            thread.join();
            journal.record(Events.event("next"));
            assertThat(read(journal)).containsExactly("interrupted", "next");
        }
    }

    @Test
    void whatBeganAndNeverEndedIsAnEventOfTheNextProcess() throws Exception {
        try (Journal journal = open()) {
            for (String id : List.of("a", "b", "c")) {
                journal.begin(Events.begun(Events.event(id)));
            }
            journal.record(Events.event("b"));
        }
        try (Journal journal = open()) {
            assertThat(read(journal)).containsExactly("b", "acrash", "ccrash");
            assertThat(files()).hasSize(1);
        }
        try (Journal journal = open()) {
            assertThat(read(journal)).isEmpty();
        }
    }

    /** The begin of a request is in the first file, and in no other: that file stays until the store has what became of it. */
    @Test
    void whatBeganIsKnownThoughReadingItEndsInTheMiddle() throws Exception {
        try (Journal journal = open()) {
            journal.begin(Events.begun(Events.event("unfinished")));
            for (int i = 0; i < 100; i++) {
                journal.record(Events.event("%03d".formatted(i)));
            }
        }
        assertThat(files().size()).isGreaterThan(2);
        try (Journal journal = open()) {
            JournalReader reader = new JournalReader(journal);
            for (int i = 0; i < 5; i++) { // then the process is killed
                for (Segment segment : reader.next(15).finished()) {
                    journal.delete(segment);
                }
            }
        }
        try (Journal journal = open()) {
            assertThat(read(journal)).contains("unfinishedcrash");
        }
    }

    @Test
    void aTornTailIsLeftOutAndTheRestIsRead() throws Exception {
        Path file = withTwoEvents();
        long size = Files.size(file);
        for (long cut = size - 1; cut > size - 100; cut -= 13) {
            try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
                raw.setLength(cut);
            }
            byte[] torn = Files.readAllBytes(file);
            try (Journal journal = open()) {
                assertThat(read(journal)).containsExactly("a");
            }
            Files.write(file, torn);
        }
    }

    /** A file that is written has room behind its last frame, which a process that is killed leaves: zeros, as frames end with too. */
    @Test
    void theRoomThatAKilledProcessLeftIsNoEvent() throws Exception {
        Path file = withTwoEvents();
        byte[] whole = Files.readAllBytes(file);
        for (int zeros : List.of(1, 7, 8, 9, 4096, 600_000)) {
            Files.write(file, Arrays.copyOf(whole, whole.length + zeros));
            try (Journal journal = open()) {
                assertThat(read(journal)).as("%s zeros", zeros).containsExactly("a", "b");
            }
            assertThat(files()).as("%s zeros", zeros).isEmpty();
        }
    }

    @Test
    void aFrameThatWasNotWrittenToItsEndIsLeftOutWithTheRoomBehindIt() throws Exception {
        Path file = withTwoEvents();
        byte[] whole = Files.readAllBytes(file);
        for (int missing = 20; missing < 80; missing += 7) {
            byte[] torn = Arrays.copyOf(whole, whole.length - missing);
            Files.write(file, Arrays.copyOf(torn, torn.length + 600_000));
            try (Journal journal = open()) {
                assertThat(read(journal)).containsExactly("a");
            }
            try (Stream<Path> all = Files.list(folder)) {
                assertThat(all.map(Path::toString)).noneMatch(name -> name.endsWith(".cut"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatWasRecordedIsInTheFileBeforeAnythingIsClosed(JournalOptions.Sync sync) throws Exception {
        long bytes;
        try (Journal journal = Journal.open(new JournalOptions(folder, "n1", sync, 8 << 20, 1 << 20))) {
            for (int i = 0; i < 2000; i++) { // more than one stretch of the file
                journal.record(Events.event("%04d".formatted(i)));
            }
            Path copy = Files.createDirectory(folder.resolve("copy"));
            Files.copy(files().getFirst(), copy.resolve(files().getFirst().getFileName()));
            try (Journal killed = Journal.open(JournalOptions.of(copy, "n1"))) {
                assertThat(read(killed)).hasSize(2000).isSorted();
            }
            bytes = journal.bytes();
        }
        assertThat(Files.size(files().getFirst())).isEqualTo(bytes); // the room behind them is given back
    }

    @Test
    void bytesThatWereChangedAreNotBelieved() throws Exception {
        Path file = withTwoEvents();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 20] ^= 1;
        Files.write(file, bytes);
        try (Journal journal = open()) {
            assertThat(read(journal)).containsExactly("a");
        }
    }

    @Test
    void aFullJournalKeepsNewRequestsWaitingAndNeverRecords() throws Exception {
        try (Journal journal = open()) {
            Set<String> begun = new ConcurrentSkipListSet<>();
            CountDownLatch entered = new CountDownLatch(1);
            Thread client = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 200; i++) {
                    UsageEvent event = Events.event("%03d".formatted(i));
                    journal.begin(Events.begun(event));
                    begun.add(event.id());
                    entered.countDown();
                }
            });
            entered.await();
            client.join(TimeUnit.MILLISECONDS.toMillis(300));
            assertThat(client.isAlive()).isTrue();
            assertThat(journal.bytes()).isLessThan(64 << 10);
            int held = begun.size();
            assertThat(held).isBetween(10, 199);
            Set<String> ended = new TreeSet<>();
            for (String id : List.copyOf(begun)) { // those that have begun end, though it is full
                ended.add(id);
                journal.record(Events.event(id));
            }
            JournalReader reader = new JournalReader(journal);
            Set<String> seen = new TreeSet<>();
            while (seen.size() < 200) {
                JournalReader.Batch batch = reader.next(100);
                batch.events().forEach(event -> seen.add(event.id()));
                for (Segment segment : batch.finished()) {
                    journal.delete(segment);
                }
                for (String id : List.copyOf(begun)) {
                    if (ended.add(id)) {
                        journal.record(Events.event(id));
                    }
                }
            }
            client.join();
            assertThat(begun).hasSize(200);
        }
    }

    @Test
    void aLongRequestKeepsNoOldFile() throws Exception {
        try (Journal journal = open()) {
            journal.begin(Events.begun(Events.event("long")));
            JournalReader reader = new JournalReader(journal);
            for (int i = 0; i < 500; i++) {
                journal.record(Events.event("%03d".formatted(i)));
                JournalReader.Batch batch = reader.next(100);
                for (Segment segment : batch.finished()) {
                    journal.delete(segment);
                }
            }
            assertThat(files().size()).isLessThanOrEqualTo(2);
            assertThat(journal.openRequests()).isEqualTo(1);
        }
        try (Journal journal = open()) {
            assertThat(read(journal)).endsWith("longcrash");
        }
    }

    @Test
    void twoProcessesOfOneNameAreRefusedAndOthersAreLeftAlone() throws Exception {
        try (Journal journal = open();
                Journal other =
                        Journal.open(new JournalOptions(folder, "n2", JournalOptions.Sync.NONE, 64 << 10, 4 << 10))) {
            assertThatThrownBy(this::open).isInstanceOf(GatewayException.class).hasMessageContaining("named 'n1'");
            other.begin(Events.begun(Events.event("theirs")));
            journal.record(Events.event("ours"));
        }
        try (Journal journal = open()) {
            assertThat(read(journal)).containsExactly("ours");
        }
        try (Journal other =
                Journal.open(new JournalOptions(folder, "n2", JournalOptions.Sync.NONE, 64 << 10, 4 << 10))) {
            assertThat(read(other)).containsExactly("theirscrash");
        }
    }

    @Test
    void namesAndSizesThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> JournalOptions.of(folder, "a/../b")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new JournalOptions(folder, "a", JournalOptions.Sync.NONE, 100, 100))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
