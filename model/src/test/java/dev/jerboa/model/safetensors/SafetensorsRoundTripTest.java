package dev.jerboa.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsRoundTripTest {
    private static final List<DType> TYPES = Arrays.stream(DType.values())
            .filter(type -> TypeNames.name(type) != null)
            .toList();

    @Property(tries = 60)
    void everythingComesBack(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        Path file = Files.createTempFile("round", ".safetensors");
        SafetensorsWriter writer = new SafetensorsWriter();
        Map<String, String> texts = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            texts.put("key \"" + i + "\" é😀", "value\n" + random.nextLong());
        }
        texts.forEach(writer::metadata);
        Map<String, byte[]> bytes = new LinkedHashMap<>();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        Map<String, DType> types = new LinkedHashMap<>();
        for (int i = random.nextInt(8); i > 0; i--) {
            DType type = TYPES.get(random.nextInt(TYPES.size()));
            long[] shape = new long[random.nextInt(type.blockSize() == 1 ? 0 : 1, 5)];
            Arrays.setAll(shape, d -> random.nextInt(random.nextInt(6) == 0 ? 0 : 1, 5));
            if (shape.length > 0) {
                shape[shape.length - 1] *= type.blockSize();
            }
            String name = "layers." + i + ".ü." + type;
            byte[] data = new byte[(int) type.bytes(StoredTensor.elements(shape))];
            random.nextBytes(data);
            bytes.put(name, data);
            shapes.put(name, shape);
            types.put(name, type);
            writer.tensor(name, type, shape, TensorBody.of(MemorySegment.ofArray(data)));
        }
        writer.write(file);
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile read = SafetensorsFile.open(file, arena);
            assertThat(read.metadata()).isEqualTo(texts);
            assertThat(read.tensors())
                    .extracting(StoredTensor::name)
                    .containsExactlyInAnyOrderElementsOf(bytes.keySet());
            bytes.forEach((name, data) -> {
                StoredTensor tensor = read.tensor(name);
                assertThat(tensor.type()).isEqualTo(types.get(name));
                assertThat(tensor.shape()).containsExactly(shapes.get(name));
                assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(data);
                assertThat(tensor.data().isReadOnly()).isTrue();
                assertThat(tensor.floats()).hasSize((int) tensor.elements());
            });
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void shardsOfARealModelHoldTheSame(@TempDir Path folder) throws IOException {
        Path original = SharedFolder.require("models/stories260K/model.safetensors");
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile file = SafetensorsFile.open(original, arena);
            SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
            file.tensors().forEach(writer::tensor);
            writer.writeFolder(folder, 300_000);
            SafetensorsFolder read = SafetensorsFolder.open(folder, arena);
            assertThat(read.files()).hasSizeGreaterThan(3);
            for (SafetensorsFile shard : read.files()) {
                assertThat(Files.size(shard.path())).isLessThan(320_000);
            }
            assertThat(read.tensors()).hasSameSizeAs(file.tensors());
            for (StoredTensor tensor : file.tensors()) {
                assertThat(read.tensor(tensor.name()).data().mismatch(tensor.data()))
                        .isEqualTo(-1);
                assertThat(read.tensor(tensor.name()).shape()).containsExactly(tensor.shape());
            }
            Object metadata =
                    Json.object(folder.resolve(SafetensorsFolder.INDEX)).get("metadata");
            assertThat(Json.asObject(metadata, "metadata"))
                    .containsEntry(
                            "total_size",
                            file.tensors().stream()
                                    .mapToLong(t -> t.data().byteSize())
                                    .sum());
        }
    }

    @Test
    void withoutAnIndexOneFileIsTheModel(@TempDir Path folder) {
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> SafetensorsFolder.open(folder, arena))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(folder.toString(), "model.safetensors", "found 0");
            writer(1).write(folder.resolve("weights.safetensors"));
            assertThat(SafetensorsFolder.open(folder, arena).tensor("w").floats())
                    .containsExactly(1);
            writer(2).writeFolder(folder, 1000);
            assertThat(SafetensorsFolder.open(folder, arena).tensor("w").floats())
                    .containsExactly(2);
            assertThat(SafetensorsFolder.open(folder.resolve("weights.safetensors"), arena)
                            .tensor("w")
                            .floats())
                    .containsExactly(1);
            assertThatThrownBy(() -> SafetensorsFolder.open(folder, arena).tensor("absent"))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(folder.toString(), "absent", "missing");
        }
    }

    private static SafetensorsWriter writer(float value) {
        return new SafetensorsWriter().tensor("w", DType.F32, new long[] {1}, TensorBody.of(new float[] {value}));
    }

    @Test
    void writerRefusesWhatDoesNotFit() {
        SafetensorsWriter writer = writer(1);
        assertThatThrownBy(() -> writer.tensor("w", DType.F32, new long[0], TensorBody.of(new float[1])))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("tensor w", "twice");
        assertThatThrownBy(() -> writer.tensor("q", DType.Q8_0, new long[] {32}, TensorBody.of(new float[32])))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("tensor q", "Q8_0");
        assertThatThrownBy(() -> writer.tensor("__metadata__", DType.F32, new long[0], TensorBody.of(new float[1])))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("reserved");
    }
}
