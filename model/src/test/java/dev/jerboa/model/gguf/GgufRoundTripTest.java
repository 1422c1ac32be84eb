package dev.jerboa.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufRoundTripTest {
    private static final List<DType> TYPES =
            Arrays.stream(DType.values()).filter(type -> type.ggufId() >= 0).toList();

    /** Keys of every kind and tensors of every type, in any number, come back as they were. */
    @Property(tries = 60)
    void everythingComesBack(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        Path file = Files.createTempFile("round", ".gguf");
        Map<String, Object> keys = new LinkedHashMap<>();
        Map<String, ValueType> types = new LinkedHashMap<>();
        GgufWriter writer = new GgufWriter();
        if (random.nextBoolean()) {
            keys.put("general.alignment", (long) (1 << random.nextInt(0, 12)));
            types.put("general.alignment", ValueType.UINT32);
            writer.put("general.alignment", ValueType.UINT32, keys.get("general.alignment"));
        }
        for (int i = random.nextInt(12); i > 0; i--) {
            String key = text(random, 1 + random.nextInt(30)) + i;
            ValueType type = ValueType.values()[random.nextInt(13)];
            boolean array = type == ValueType.ARRAY || random.nextBoolean();
            Object value = array ? array(random, type, 0) : scalar(random, type);
            keys.put(key, value);
            types.put(key, type);
            if (array) {
                writer.putArray(key, type, value);
            } else {
                writer.put(key, type, value);
            }
        }
        Map<String, byte[]> bytes = new LinkedHashMap<>();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            DType type = TYPES.get(random.nextInt(TYPES.size()));
            long[] shape = shape(random, type);
            byte[] data = new byte[(int) type.bytes(StoredTensor.elements(shape))];
            random.nextBytes(data);
            String name = type.name() + "." + i;
            bytes.put(name, data);
            shapes.put(name, shape);
            writer.tensor(name, type, shape, TensorBody.of(MemorySegment.ofArray(data)));
        }
        writer.write(file);
        try (Arena arena = Arena.ofConfined()) {
            GgufFile read = GgufFile.open(file, arena);
            assertThat(read.version()).isEqualTo(3);
            assertThat(read.metadata().keys()).containsExactlyElementsOf(keys.keySet());
            keys.forEach((key, value) -> {
                assertThat(Arrays.deepEquals(new Object[] {read.metadata().get(key)}, new Object[] {value}))
                        .as(key)
                        .isTrue();
                assertThat(read.valueType(key)).isEqualTo(types.get(key));
            });
            assertThat(read.tensors()).extracting(StoredTensor::name).containsExactlyElementsOf(bytes.keySet());
            bytes.forEach((name, data) -> {
                StoredTensor tensor = read.tensor(name);
                assertThat(tensor.shape()).containsExactly(shapes.get(name));
                assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(data);
                assertThat(tensor.data().isReadOnly()).isTrue();
                assertThat(tensor.floats()).hasSize((int) tensor.elements());
            });
        } finally {
            Files.delete(file);
        }
    }

    /** Rewriting a real file key by key and tensor by tensor gives the same file. */
    @Test
    void aCopyOfARealFileIsTheSameFile(@TempDir Path folder) throws IOException {
        Path original = SharedFolder.require("models/stories260K/stories260K-q8_0.gguf");
        Path copy = folder.resolve("copy.gguf");
        try (Arena arena = Arena.ofConfined()) {
            GgufFile file = GgufFile.open(original, arena);
            GgufWriter writer = new GgufWriter().copyKeys(file);
            file.tensors().forEach(writer::tensor);
            writer.write(copy);
        }
        assertThat(Files.mismatch(original, copy)).isEqualTo(-1);
    }

    @Test
    void anyPartOpensASplitModel(@TempDir Path folder) {
        for (int part = 0; part < 3; part++) {
            split(part, 3).write(folder.resolve(splitName(part, 3)));
        }
        for (int part = 0; part < 3; part++) {
            try (Arena arena = Arena.ofConfined()) {
                GgufFile file = GgufFile.open(folder.resolve(splitName(part, 3)), arena);
                assertThat(file.metadata().string("general.architecture")).isEqualTo("part 0");
                assertThat(file.tensors()).extracting(StoredTensor::name).containsExactly("t0", "t1", "t2");
                assertThat(file.tensor("t2").floats()).containsExactly(2, 2);
                assertThat(file.files()).hasSize(3);
            }
        }
    }

    @Test
    void brokenSplitsAreRefused(@TempDir Path folder) throws IOException {
        Path first = folder.resolve(splitName(0, 2));
        Path second = folder.resolve(splitName(1, 2));
        split(0, 2).write(first);
        refused(first, splitName(1, 2), "not readable");
        split(0, 2).write(second);
        refused(first, splitName(1, 2), "split.no", "expected 1 of 2");
        split(1, 2)
                .tensor("t0", DType.F32, new long[] {1}, TensorBody.of(new float[1]))
                .write(second);
        refused(first, "tensor t0", "also in");
        split(1, 2).uint32("split.count", 3).write(second);
        refused(first, "split.count", "of 3");
        split(0, 2).uint32("split.tensors.count", 7).write(first);
        split(1, 2).write(second);
        refused(first, "split.tensors.count", "says 7", "found 2");
        Path renamed = folder.resolve("model.gguf");
        Files.copy(first, renamed);
        refused(renamed, "split.count", "original name");
    }

    private static void refused(Path file, String... parts) {
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> GgufFile.open(file, arena))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(parts);
        }
    }

    private static String splitName(int part, int count) {
        return String.format("model-%05d-of-%05d.gguf", part + 1, count);
    }

    private static GgufWriter split(int part, int count) {
        return new GgufWriter()
                .string("general.architecture", "part " + part)
                .put("split.no", ValueType.UINT16, (long) part)
                .put("split.count", ValueType.UINT16, (long) count)
                .put("split.tensors.count", ValueType.INT32, (long) count)
                .tensor("t" + part, DType.F32, new long[] {1, 2}, TensorBody.of(new float[] {part, part}));
    }

    @Test
    void writerEncodesAndRefusesWhatDoesNotFit(@TempDir Path folder) {
        float[] values = new float[1 << 17];
        Arrays.fill(values, 0.5f);
        Path file = folder.resolve("x.gguf");
        new GgufWriter()
                .tensor("w", DType.Q8_0, new long[] {1 << 7, 1 << 10}, TensorBody.of(values))
                .write(file);
        try (Arena arena = Arena.ofConfined()) {
            assertThat(GgufFile.open(file, arena).tensor("w").matrix().rows()).isEqualTo(128);
            assertThat(GgufFile.open(file, arena).tensor("w").floats()[131071]).isBetween(0.499f, 0.501f);
        }
        GgufWriter writer = new GgufWriter();
        assertThatThrownBy(() -> writer.tensor("w", DType.U8, new long[] {1}, TensorBody.of(new float[1])))
                .hasMessageContainingAll("tensor w", "U8");
        assertThatThrownBy(() -> writer.tensor("w", DType.Q8_0, new long[] {33}, TensorBody.of(new float[33])))
                .hasMessageContainingAll("tensor w", "33", "32");
        assertThatThrownBy(() -> writer.tensor("w".repeat(64), DType.F32, new long[] {1}, TensorBody.of(new float[1])))
                .hasMessageContaining("63");
        assertThatThrownBy(
                        () -> new GgufWriter().put("k", ValueType.UINT8, 256L).write(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("key k", "255", "256");
        assertThatThrownBy(() -> new GgufWriter()
                        .tensor("w", DType.F32, new long[] {3}, TensorBody.of(new float[2]))
                        .write(file))
                .hasMessageContainingAll("tensor w", "12", "8");
        assertThatThrownBy(() -> new GgufWriter()
                        .tensor("w", DType.F32, new long[] {3}, TensorBody.of(new float[4]))
                        .write(file))
                .hasMessageContainingAll("tensor w", "16", "12");
        assertThat(folder.toFile().list()).containsExactly("x.gguf");
    }

    @Test
    void largeVocabulariesAreRead(@TempDir Path folder) {
        String[] tokens = new String[150_000];
        Arrays.setAll(tokens, i -> "Ġtoken" + i);
        Path file = folder.resolve("vocabulary.gguf");
        new GgufWriter().strings("tokenizer.ggml.tokens", tokens).write(file);
        try (Arena arena = Arena.ofConfined()) {
            assertThat(GgufFile.open(file, arena).metadata().strings("tokenizer.ggml.tokens"))
                    .isEqualTo(tokens);
        }
    }

    private static long[] shape(Random random, DType type) {
        long[] shape = new long[random.nextInt(type.blockSize() == 1 ? 0 : 1, 5)];
        for (int d = 0; d < shape.length; d++) {
            shape[d] = random.nextInt(random.nextInt(8) == 0 ? 0 : 1, 4);
        }
        if (shape.length > 0) {
            shape[shape.length - 1] *= type.blockSize();
        }
        return shape;
    }

    private static Object array(Random random, ValueType type, int depth) {
        int count = random.nextInt(5);
        return switch (type) {
            case FLOAT32, FLOAT64 -> random.doubles(count).map(x -> (float) x).toArray();
            case BOOL -> {
                boolean[] flags = new boolean[count];
                for (int i = 0; i < count; i++) {
                    flags[i] = random.nextBoolean();
                }
                yield flags;
            }
            case STRING -> {
                List<String> texts = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    texts.add(text(random, random.nextInt(20)));
                }
                yield texts.toArray(new String[0]);
            }
            case ARRAY -> {
                Object[] nested = new Object[count];
                for (int i = 0; i < count; i++) {
                    ValueType inner = depth > 2 ? ValueType.STRING : ValueType.values()[random.nextInt(13)];
                    nested[i] = array(random, inner, depth + 1);
                }
                yield nested;
            }
            default -> {
                long[] whole = new long[count];
                Arrays.setAll(whole, i -> (Long) scalar(random, type));
                yield whole;
            }
        };
    }

    private static Object scalar(Random random, ValueType type) {
        return switch (type) {
            case UINT8 -> (long) random.nextInt(256);
            case INT8 -> (long) (byte) random.nextInt();
            case UINT16 -> (long) random.nextInt(65536);
            case INT16 -> (long) (short) random.nextInt();
            case UINT32 -> random.nextLong() >>> 32;
            case INT32 -> (long) random.nextInt();
            case UINT64 -> random.nextLong() >>> 1;
            case INT64 -> random.nextLong();
            case FLOAT32 -> (double) random.nextFloat();
            case FLOAT64 -> random.nextGaussian();
            case BOOL -> random.nextBoolean();
            case STRING -> text(random, random.nextInt(40));
            case ARRAY -> throw new IllegalArgumentException();
        };
    }

    private static String text(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.appendCodePoint(
                    switch (random.nextInt(4)) {
                        case 0 -> random.nextInt(0x80, 0xd800);
                        case 1 -> random.nextInt(0x10000, 0x110000);
                        default -> random.nextInt(0, 0x80);
                    });
        }
        return text.toString();
    }
}
