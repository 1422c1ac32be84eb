package dev.jerboa.hub.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceivedTest {
    private static final int THREADS = 4;
    private static final int PIECES = 500;
    private static final int PIECE = 10;

    @TempDir
    private Path folder;

    /** Threads that come at the same time are each told of their own bytes, and of those that another had told of nothing. */
    @Test
    void everyByteIsCountedOnce() throws Exception {
        long bytes = (long) THREADS * PIECES * PIECE;
        Path data = folder.resolve("data");
        try (Received received = Received.open(data, bytes);
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<Long>> told = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                long from = (long) t * PIECES * PIECE;
                told.add(threads.submit(() -> confirmed(received, from)));
            }
            long all = 0;
            for (Future<Long> each : told) {
                all += each.get();
            }
            assertThat(all).isEqualTo(bytes).isEqualTo(received.count());
            assertThat(received.confirm(0, bytes)).isZero();
            assertThat(received.whole()).isTrue();
        }
    }

    private static long confirmed(Received received, long from) throws IOException {
        long all = 0;
        for (int i = 0; i < PIECES; i++) {
            all += received.confirm(from + (long) i * PIECE, from + (long) (i + 1) * PIECE);
        }
        return all;
    }

    @Test
    void whatWasConfirmedIsThereAfterOpeningAgain() throws IOException {
        Path data = folder.resolve("data");
        try (Received received = Received.open(data, 100)) {
            received.write(new byte[60], 0, 60, 0);
            received.confirm(10, 20);
            received.confirm(40, 60);
        }
        try (Received received = Received.open(data, 100)) {
            assertThat(received.count()).isEqualTo(30);
            assertThat(received.firstMissing(10, 100)).isEqualTo(20);
            assertThat(received.endOfMissing(20, 100)).isEqualTo(40);
            assertThat(received.missing(25)).containsExactly(new long[][] {{0, 10}, {20, 40}, {60, 85}, {85, 100}});
        }
    }
}
