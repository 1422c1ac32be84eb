package dev.jerboa.cli.command;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Measures how fast a file can be read from its disk, past the system's file cache: pieces at random places, some at a time. */
final class DiskReads {
    private static final int PIECE = 2 << 20;
    private static final int AT_A_TIME = 4;
    private static final long MOST_NANOS = 500_000_000;
    private static final long MOST_BYTES = 1L << 30;

    private DiskReads() {}

    /** 10⁹ bytes a second; empty where the file is too small, or the system does not read past its cache. */
    static OptionalDouble of(Path file) {
        OpenOption direct = direct();
        if (direct == null) {
            return OptionalDouble.empty();
        }
        try {
            long pieces = Files.isRegularFile(file) ? Files.size(file) / PIECE : 0;
            if (pieces < AT_A_TIME) {
                return OptionalDouble.empty();
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, direct)) {
                return measured(channel, pieces, (int) Files.getFileStore(file).getBlockSize());
            }
        } catch (IOException | UnsupportedOperationException e) {
            return OptionalDouble.empty();
        }
    }

    /** The JDK's own option, which no published type names; null in virtual machines without it. */
    private static @Nullable OpenOption direct() {
        try {
            for (Object option :
                    Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants()) {
                if (option instanceof OpenOption open && option.toString().equals("DIRECT")) {
                    return open;
                }
            }
        } catch (ClassNotFoundException e) {
            return null;
        }
        return null;
    }

    private static OptionalDouble measured(FileChannel channel, long pieces, int block) {
        LongAdder bytes = new LongAdder();
        LongAdder failures = new LongAdder();
        long start = System.nanoTime();
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < AT_A_TIME; i++) {
            SplittableRandom places = new SplittableRandom(i);
            readers.add(Thread.ofPlatform().daemon().start(() -> {
                ByteBuffer piece = ByteBuffer.allocateDirect(PIECE + block).alignedSlice(block);
                try {
                    while (System.nanoTime() - start < MOST_NANOS && bytes.sum() < MOST_BYTES) {
                        piece.clear().limit(PIECE);
                        bytes.add(Math.max(0, channel.read(piece, places.nextLong(pieces) * PIECE)));
                    }
                } catch (IOException e) {
                    failures.increment();
                }
            }));
        }
        for (Thread reader : readers) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return OptionalDouble.empty();
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return failures.sum() > 0 || bytes.sum() == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(bytes.sum() / 1e9 / seconds);
    }
}
