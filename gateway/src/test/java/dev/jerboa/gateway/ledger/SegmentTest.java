package dev.jerboa.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of a journal, written through memory and by calls of the system. */
final class SegmentTest {
    @TempDir
    private Path folder;

    private static byte[] frame(Random random, int length) {
        byte[] frame = new byte[length];
        random.nextBytes(frame);
        return frame;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void framesOfAnyLengthLieOneBehindTheOther(boolean mapped) throws IOException {
        Path path = folder.resolve("a.journal");
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        expected.write(Segment.MAGIC);
        Random random = new Random(7);
        Segment segment = Segment.create(path, mapped);
        for (int i = 0; i < 3000; i++) {
            byte[] frame = frame(random, i % 500 == 499 ? 300_000 : 8 + random.nextInt(900));
            segment.append(frame);
            expected.write(frame);
            assertThat(segment.size()).isEqualTo(expected.size());
        }
        byte[] open = Files.readAllBytes(path);
        assertThat(Arrays.copyOf(open, expected.size())).isEqualTo(expected.toByteArray());
        segment.close();
        segment.close();
        assertThat(Files.readAllBytes(path)).isEqualTo(expected.toByteArray());
    }

    /** A disk of which the room ends, as {@code write} tells it. */
    private static final class FullDisk extends RandomAccessFile {
        private int left;

        FullDisk(Path path, int left) throws IOException {
            super(path.toFile(), "rw");
            this.left = left;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            int taken = Math.min(left, length);
            super.write(bytes, offset, taken);
            left -= taken;
            if (taken < length) {
                throw new IOException("No space left on device");
            }
        }
    }

    @Test
    void whatDoesNotFitOnTheDiskIsNotThereAtAllAndLaterFramesAre() throws IOException {
        Path path = folder.resolve("full.journal");
        Random random = new Random(8);
        try (FullDisk disk = new FullDisk(path, (256 << 10) + 1000)) {
            SegmentWindow window = new SegmentWindow(path, disk);
            byte[] first = frame(random, 200 << 10);
            window.put(0, first);
            byte[] second = frame(random, 100 << 10);
            assertThatThrownBy(() -> window.put(first.length, second)).hasMessageContaining("No space");
            assertThat(Files.readAllBytes(path)).isEqualTo(first);
            // it would fit into what was mapped, which lies behind the file's end now
            byte[] third = frame(random, 1 << 10);
            assertThatThrownBy(() -> window.put(first.length, third)).hasMessageContaining("No space");
            disk.left = 1 << 20;
            window.put(first.length, third);
            window.end(first.length + third.length);
            byte[] all = Arrays.copyOf(first, first.length + third.length);
            System.arraycopy(third, 0, all, first.length, third.length);
            assertThat(Files.readAllBytes(path)).isEqualTo(all);
        }
    }

    /** To copy into memory behind a file's end is a fault, of which the JVM tells late where code is compiled. */
    @ParameterizedTest
    @ValueSource(ints = {0, 20_000})
    void aFileThatSomebodyCutIsToldAndNothingCountsAsWritten(int before) throws IOException {
        Path path = folder.resolve("cut.journal");
        byte[] frame = frame(new Random(10), 400);
        Segment segment = Segment.create(path, true);
        for (int i = 0; i < before; i++) {
            segment.append(frame);
        }
        for (int i = 0; i < 20; i++) {
            segment.append(frame);
            try (RandomAccessFile raw = new RandomAccessFile(path.toFile(), "rw")) {
                raw.setLength(0);
            }
            long size = segment.size();
            assertThatThrownBy(() -> segment.append(frame)).isInstanceOf(IOException.class);
            assertThat(segment.size()).isEqualTo(size);
        }
        segment.append(frame);
        segment.close();
        byte[] all = Files.readAllBytes(path);
        assertThat(Arrays.copyOfRange(all, all.length - frame.length, all.length))
                .isEqualTo(frame);
    }

    @Test
    void aThreadThatIsInterruptedBeginsTheNextStretchToo() throws IOException {
        Path path = folder.resolve("interrupted.journal");
        Segment segment = Segment.create(path, true);
        byte[] frame = frame(new Random(9), 100 << 10);
        try {
            for (int i = 0; i < 20; i++) {
                Thread.currentThread().interrupt();
                segment.append(frame);
                assertThat(Thread.interrupted()).isTrue();
            }
        } finally {
            Thread.interrupted();
            segment.close();
        }
        assertThat(Files.size(path)).isEqualTo(Segment.MAGIC.length + 20L * frame.length);
    }
}
