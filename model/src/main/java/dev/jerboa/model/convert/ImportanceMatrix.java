package dev.jerboa.model.convert;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.gguf.GgufFile;
import dev.jerboa.model.gguf.GgufWriter;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the inputs of a model's projections are like: for each matrix, the sum of squares of every column's input over the tokens
 * that came by, and how many these were. The mean is how much an error of a weight in that column matters.
 *
 * <p>Files are those of the GGUF reference engine: GGUF with {@code NAME.in_sum2} and {@code NAME.counts}, and the older binary
 * form. Tensors are named as in the model's GGUF file. Immutable.
 */
public final class ImportanceMatrix {
    private static final String SQUARES = ".in_sum2";
    private static final String COUNTS = ".counts";
    private static final int MAX_ENTRIES = 1 << 20;

    private final Map<String, Entry> entries;
    private final List<String> texts;
    private final int chunkTokens;

    /**
     * The inputs of a tensor.
     *
     * @param squares sums of squares, the columns of one matrix (an expert, a head) after those of another
     * @param counts tokens of each matrix; one number where all have as many
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared, written to by nobody
    public record Entry(float[] squares, float[] counts) {
        public Entry {
            if (counts.length == 0 || squares.length % counts.length != 0) {
                throw new IllegalArgumentException(squares.length + " sums for " + counts.length + " matrices");
            }
        }
    }

    /**
     * @param texts what the inputs came from, for people
     * @param chunkTokens tokens that a text was cut into
     */
    public ImportanceMatrix(Map<String, Entry> entries, List<String> texts, int chunkTokens) {
        this.entries = Collections.unmodifiableMap(new TreeMap<>(entries));
        this.texts = List.copyOf(texts);
        this.chunkTokens = chunkTokens;
    }

    /** The tensors that it knows, by name. */
    public Map<String, Entry> entries() {
        return entries;
    }

    /** What the inputs came from. */
    public List<String> texts() {
        return texts;
    }

    /** The most tokens that came by any matrix, in chunks. */
    public int chunks() {
        double most = 0;
        for (Entry entry : entries.values()) {
            for (float count : entry.counts) {
                most = Math.max(most, count);
            }
        }
        return (int) Math.ceil(most / Math.max(1, chunkTokens));
    }

    /**
     * How much each column of a tensor's matrices matters, matrix after matrix; null where nothing is known of the tensor. A
     * matrix that no token came by (an expert that was never chosen) has all ones.
     *
     * @throws ModelException where the tensor has another shape
     */
    public float @Nullable [] of(String tensor, int matrices, int columns) {
        Entry entry = entries.get(tensor);
        if (entry == null) {
            return null;
        }
        int known = entry.squares.length / columns;
        if (entry.squares.length != (long) known * columns || known != matrices && known != 1) {
            throw new ModelException("the importance matrix has " + entry.squares.length + " values for " + tensor
                    + ", expected " + matrices + " × " + columns + "; it belongs to another model");
        }
        float[] importances = new float[matrices * columns];
        for (int m = 0; m < matrices; m++) {
            int from = known == 1 ? 0 : m * columns;
            float count = entry.counts[entry.counts.length == known && known > 1 ? m : 0];
            for (int c = 0; c < columns; c++) {
                float mean = count > 0 ? entry.squares[from + c] / count : 1;
                importances[m * columns + c] = mean;
            }
        }
        return importances;
    }

    /**
     * Reads a file of either form.
     *
     * @throws ModelException where it is neither, or holds values that are no sums of squares
     */
    public static ImportanceMatrix read(Path file) {
        byte[] start;
        try (var in = Files.newInputStream(file)) {
            start = in.readNBytes(4);
        } catch (IOException e) {
            throw new ModelException(file + ": not readable: " + e.getMessage(), e);
        }
        ImportanceMatrix matrix =
                new String(start, StandardCharsets.ISO_8859_1).equals("GGUF") ? readGguf(file) : readBinary(file);
        matrix.entries.forEach((name, entry) -> {
            for (float[] values : List.of(entry.squares, entry.counts)) {
                for (float value : values) {
                    if (!(value >= 0 && value < Float.POSITIVE_INFINITY)) {
                        throw new ModelException(
                                file + ": entry " + name + " has the value " + value + ", expected a number from 0");
                    }
                }
            }
        });
        return matrix;
    }

    private static ImportanceMatrix readGguf(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            GgufFile gguf = GgufFile.open(file, arena);
            Map<String, Entry> entries = new LinkedHashMap<>();
            for (StoredTensor squares : gguf.tensors()) {
                if (!squares.name().endsWith(SQUARES)) {
                    continue;
                }
                String name = squares.name().substring(0, squares.name().length() - SQUARES.length());
                float[] counts = gguf.tensor(name + COUNTS).floats();
                float[] values = squares.floats();
                if (counts.length == 0 || values.length % counts.length != 0) {
                    throw new ModelException(file + ": tensor " + squares + " has " + counts.length
                            + " counts, which do not divide its values");
                }
                entries.put(name, new Entry(values, counts));
            }
            if (entries.isEmpty()) {
                throw new ModelException(file + ": no tensors NAME" + SQUARES + " and NAME" + COUNTS
                        + "; expected an importance matrix, found another GGUF file");
            }
            List<String> texts = gguf.metadata().has("imatrix.datasets")
                    ? List.of(gguf.metadata().strings("imatrix.datasets"))
                    : List.of();
            return new ImportanceMatrix(entries, texts, gguf.metadata().integer("imatrix.chunk_size", 512));
        }
    }

    /** The older form: a count of entries, then for each its name, a number of chunks, and means times that number. */
    private static ImportanceMatrix readBinary(Path file) {
        ByteBuffer in;
        try {
            in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new ModelException(file + ": not readable: " + e.getMessage(), e);
        }
        int count = number(in, file, "the number of entries", MAX_ENTRIES);
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            String name = text(in, file, "the name of entry " + i);
            int chunks = number(in, file, "the number of chunks of " + name, Integer.MAX_VALUE);
            int values = number(in, file, "the number of values of " + name, Integer.MAX_VALUE);
            if (values == 0 || values > in.remaining() / Float.BYTES) {
                throw new ModelException(file + ": entry " + name + " should have " + values + " values, found "
                        + in.remaining() / Float.BYTES + "; the file is incomplete");
            }
            float[] squares = new float[values];
            for (int v = 0; v < values; v++) {
                squares[v] = in.getFloat();
            }
            entries.put(name, new Entry(squares, new float[] {Math.max(1, chunks)}));
        }
        String from = "";
        if (in.remaining() >= 2 * Integer.BYTES) {
            in.getInt(); // chunks of the whole
            from = text(in, file, "the name of the text");
        }
        return new ImportanceMatrix(entries, from.isEmpty() ? List.of() : List.of(from), 1);
    }

    private static int number(ByteBuffer in, Path file, String what, int most) {
        if (in.remaining() >= Integer.BYTES) {
            int value = in.getInt();
            if (value >= 0 && value <= most) {
                return value;
            }
        }
        throw new ModelException(file + ": neither GGUF nor an importance matrix of the older form: " + what
                + " is missing or impossible at byte " + in.position());
    }

    private static String text(ByteBuffer in, Path file, String what) {
        byte[] bytes = new byte[number(in, file, what, in.remaining())];
        if (bytes.length > in.remaining()) {
            throw new ModelException(file + ": ends within " + what);
        }
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Writes the GGUF form; a file that is there already is replaced when the new one is complete. */
    public void write(Path file) {
        GgufWriter writer = new GgufWriter()
                .string("general.type", "imatrix")
                .strings("imatrix.datasets", texts.toArray(String[]::new))
                .uint32("imatrix.chunk_count", chunks())
                .uint32("imatrix.chunk_size", chunkTokens);
        entries.forEach((name, entry) -> {
            int matrices = entry.counts.length;
            long columns = entry.squares.length / matrices;
            writer.tensor(name + SQUARES, DType.F32, new long[] {matrices, columns}, TensorBody.of(entry.squares));
            writer.tensor(name + COUNTS, DType.F32, new long[] {matrices, 1}, TensorBody.of(entry.counts));
        });
        writer.write(file);
    }

    /** Adds up squares of rows; for one thread. */
    static final class Sums {
        private final double[] squares;
        private final long[] counts;
        private final int columns;

        Sums(int matrices, int columns) {
            squares = new double[matrices * columns];
            counts = new long[matrices];
            this.columns = columns;
        }

        /** Adds the beginning of a row. */
        void add(int matrix, FloatRows rows, int row) {
            addAt(matrix, rows, rows.offset(row));
        }

        /** Adds what {@code count} rows have from a column on. */
        void add(int matrix, FloatRows rows, int count, int column) {
            for (int row = 0; row < count; row++) {
                addAt(matrix, rows, rows.offset(row) + 4L * column);
            }
        }

        private void addAt(int matrix, FloatRows rows, long from) {
            int at = matrix * columns;
            for (int c = 0; c < columns; c++) {
                double x = rows.data().get(FloatRows.FLOAT, from + 4L * c);
                squares[at + c] += x * x;
            }
            counts[matrix]++;
        }

        Entry entry() {
            float[] sums = new float[squares.length];
            float[] tokens = new float[counts.length];
            for (int i = 0; i < sums.length; i++) {
                sums[i] = (float) squares[i];
            }
            for (int i = 0; i < tokens.length; i++) {
                tokens[i] = counts[i];
            }
            return new Entry(sums, tokens);
        }

        boolean empty() {
            return Arrays.stream(counts).allMatch(count -> count == 0);
        }
    }
}
