package dev.jerboa.engine.eval.perplexity;

import dev.jerboa.engine.eval.EvalException;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Distributions of a model, kept to be compared with. Little-endian:
 *
 * <pre>
 * "JERBOALP" | int32 length | JSON of that length: what was scored, and the vocabulary's size V
 * then a row for each scored token, in the text's order:
 *   int32 most probable token | float32 step | float64 its ln p | float64 the scored token's ln p | V × uint16 code
 * </pre>
 *
 * ln p of a token is that of the most probable one less code × step; the code 65535 stands for less than e<sup>−24</sup> of it, which is
 * read as nothing. A log-probability is off by less than 0.0002 nats.
 */
public final class LogitsFile implements AutoCloseable {
    private static final byte[] MAGIC = "JERBOALP".getBytes(StandardCharsets.US_ASCII);
    private static final int ROW_HEADER = 24;
    private static final double REACH = 24;
    private static final int NOTHING = 0xFFFF;
    private static final int MOST_HEADER = 1 << 16;
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    private final FileChannel channel;
    private final Map<String, @Nullable Object> header;
    private final long rowsAt;
    private final int vocabularySize;

    private LogitsFile(
            Path path, FileChannel channel, Map<String, @Nullable Object> header, long rowsAt, int vocabularySize) {
        this.path = path;
        this.channel = channel;
        this.header = header;
        this.rowsAt = rowsAt;
        this.vocabularySize = vocabularySize;
    }

    /** Whether a file begins as such files do. */
    public static boolean is(Path path) {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(path)) {
            ByteBuffer magic = ByteBuffer.allocate(MAGIC.length);
            return channel.read(magic, 0) == MAGIC.length && Arrays.equals(magic.array(), MAGIC);
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    private static UncheckedIOException unreadable(Path path, IOException e) {
        return new UncheckedIOException(path + " cannot be read: " + e.getMessage(), e);
    }

    /** Bytes of a file for so many scored tokens, without its header. */
    public static long bytes(long tokens, int vocabularySize) {
        return tokens * rowBytes(vocabularySize);
    }

    static long rowBytes(int vocabularySize) {
        return ROW_HEADER + (long) Short.BYTES * vocabularySize;
    }

    /** What a file has to agree in with the run that reads it. */
    static Map<String, @Nullable Object> header(
            EvalText text, PerplexityOptions options, int windows, int scored, int vocabularySize) {
        Map<String, @Nullable Object> header = new LinkedHashMap<>();
        header.put("vocabulary", (long) vocabularySize);
        header.put("method", options.method().name());
        header.put("context", (long) options.context());
        header.put("stride", (long) options.stride());
        header.put("windows", (long) windows);
        header.put("scored", (long) scored);
        header.put("tokens_sha256", text.digest());
        return header;
    }

    /**
     * Opens a file.
     *
     * @throws EvalException where it is none, or damaged
     */
    public static LogitsFile open(Path path) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path);
            ByteBuffer start = ByteBuffer.allocate(MAGIC.length + Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            fill(channel, start, 0, path);
            int length = start.getInt(MAGIC.length);
            if (!Arrays.equals(start.array(), 0, MAGIC.length, MAGIC, 0, MAGIC.length)
                    || length < 2
                    || length > MOST_HEADER) {
                throw new EvalException(path + ": no file of --save-logits");
            }
            ByteBuffer json = ByteBuffer.allocate(length);
            fill(channel, json, start.capacity(), path);
            String text = new String(json.array(), StandardCharsets.UTF_8);
            Map<String, @Nullable Object> header = Json.asObject(Json.parse(text, path.toString()), path.toString());
            long rowsAt = start.capacity() + (long) length;
            int vocabulary = whole(header, "vocabulary", path);
            long expected = rowsAt + bytes(whole(header, "scored", path), vocabulary);
            if (channel.size() != expected) {
                throw new EvalException(path + ": has " + channel.size() + " bytes, expected " + expected
                        + "; it is damaged: make it anew with --save-logits");
            }
            return new LogitsFile(path, channel, header, rowsAt, vocabulary);
        } catch (IOException e) {
            close(channel, e);
            throw unreadable(path, e);
        } catch (EvalException | ModelException e) {
            close(channel, e);
            throw e;
        }
    }

    private static void close(@Nullable FileChannel channel, Exception cause) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                cause.addSuppressed(e);
            }
        }
    }

    private static int whole(Map<String, @Nullable Object> header, String key, Path path) {
        if (header.get(key) instanceof Long number && number > 0 && number <= Integer.MAX_VALUE) {
            return number.intValue();
        }
        throw new EvalException(path + ": its header has no usable " + key + "; it is damaged");
    }

    private static void fill(FileChannel channel, ByteBuffer buffer, long at, Path path) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position()) < 0) {
                throw new EvalException(path + ": ends early; it is damaged or no file of --save-logits");
            }
        }
    }

    /** @throws EvalException where it is of other tokens, or of a model with another vocabulary */
    void require(Map<String, @Nullable Object> expected) {
        for (Map.Entry<String, @Nullable Object> entry : expected.entrySet()) {
            Object found = header.get(entry.getKey());
            if (entry.getValue() == null || !entry.getValue().equals(found)) {
                throw new EvalException(path + ": its " + entry.getKey() + " is " + found + ", this run's is "
                        + entry.getValue() + ": compare with the same text, tokenizer and options");
            }
        }
    }

    /** A buffer for {@code rows} rows. */
    static MemorySegment buffer(int rows, int vocabularySize) {
        return Arena.ofAuto().allocate(rows * rowBytes(vocabularySize), 8);
    }

    /**
     * Reads {@code count} rows from row {@code from} on.
     *
     * @throws EvalException where one is no distribution
     */
    void read(long from, int count, MemorySegment rows) {
        try {
            ByteBuffer buffer =
                    rows.asSlice(0, count * rowBytes(vocabularySize)).asByteBuffer();
            fill(channel, buffer, rowsAt + from * rowBytes(vocabularySize), path);
        } catch (IOException e) {
            throw unreadable(path, e);
        }
        for (int row = 0; row < count; row++) {
            float step = rows.get(FLOAT, row * rowBytes(vocabularySize) + 4);
            if (!(step > 0 && step < Float.POSITIVE_INFINITY)) {
                throw new EvalException(path + ": row " + (from + row) + " has the step " + step
                        + ", expected a number above 0; it is damaged: make it anew with --save-logits");
            }
        }
    }

    /** A row's distribution. */
    static void decode(MemorySegment rows, int row, Distribution into) {
        float[] logits = into.logits();
        long at = row * rowBytes(logits.length);
        float step = rows.get(FLOAT, at + 4);
        for (int id = 0; id < logits.length; id++) {
            int code = Short.toUnsignedInt(rows.get(SHORT, at + ROW_HEADER + (long) id * Short.BYTES));
            logits[id] = code == NOTHING ? Float.NEGATIVE_INFINITY : (float) (-(double) code * step);
        }
        into.sum();
    }

    /** The most probable token of a row. */
    static int top(MemorySegment rows, int row, int vocabularySize) {
        return rows.get(INT, row * rowBytes(vocabularySize));
    }

    /** The scored token's ln p of a row. */
    static double log(MemorySegment rows, int row, int vocabularySize) {
        return rows.get(DOUBLE, row * rowBytes(vocabularySize) + 16);
    }

    /** Writes a row. */
    static void encode(Distribution from, int target, MemorySegment rows, int row) {
        float[] logits = from.logits();
        long at = row * rowBytes(logits.length);
        double top = logits[from.top()];
        double reach = 0;
        for (float logit : logits) {
            double below = top - logit;
            if (below <= REACH) {
                reach = Math.max(reach, below);
            }
        }
        float step = (float) Math.max(reach / (NOTHING - 1), Float.MIN_NORMAL);
        rows.set(INT, at, from.top());
        rows.set(FLOAT, at + 4, step);
        rows.set(DOUBLE, at + 8, from.log(from.top()));
        rows.set(DOUBLE, at + 16, from.log(target));
        for (int id = 0; id < logits.length; id++) {
            double below = top - logits[id];
            long code = below <= REACH ? Math.min(NOTHING - 1, Math.round(below / step)) : NOTHING;
            rows.set(SHORT, at + ROW_HEADER + (long) id * Short.BYTES, (short) code);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    /** Writes a file beside its place, where it comes when it is whole. */
    static final class Writer implements AutoCloseable {
        private final Path path;
        private final Path beside;
        private final FileChannel channel;
        private boolean done;

        Writer(Path path, Map<String, @Nullable Object> header) {
            this.path = path;
            this.beside = path.resolveSibling(path.getFileName() + ".part");
            try {
                this.channel = FileChannel.open(
                        beside,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING);
                byte[] json = JsonOut.line(header).getBytes(StandardCharsets.UTF_8);
                ByteBuffer start = ByteBuffer.allocate(MAGIC.length + Integer.BYTES + json.length)
                        .order(ByteOrder.LITTLE_ENDIAN);
                write(start.put(MAGIC).putInt(json.length).put(json).flip());
            } catch (IOException e) {
                throw unwritable(e);
            }
        }

        private UncheckedIOException unwritable(IOException e) {
            return new UncheckedIOException(path + " cannot be written: " + e.getMessage(), e);
        }

        private void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        void write(MemorySegment rows, int count, int vocabularySize) {
            try {
                write(rows.asSlice(0, count * rowBytes(vocabularySize)).asByteBuffer());
            } catch (IOException e) {
                throw unwritable(e);
            }
        }

        /** All is written: the file comes to its place. */
        void finish() {
            try {
                channel.force(true);
                channel.close();
                Files.move(beside, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
                done = true;
            } catch (IOException e) {
                throw unwritable(e);
            }
        }

        /** Takes away what is not whole. */
        @Override
        public void close() {
            try {
                channel.close();
                if (!done) {
                    Files.deleteIfExists(beside);
                }
            } catch (IOException e) {
                throw unwritable(e);
            }
        }
    }
}
