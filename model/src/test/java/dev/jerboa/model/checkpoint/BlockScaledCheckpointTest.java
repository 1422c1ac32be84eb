package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.Step;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.model.safetensors.SafetensorsWriter;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import dev.jerboa.testkit.SharedFolder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DeepSeek-V3 as published, its projections in FP8 with a scale a tile, against the same numbers in float32. */
class BlockScaledCheckpointTest {
    private static final int TILE_ROWS = 16;
    private static final int TILE_COLS = 24;

    @Test
    void eightBitTilesGiveTheLogitsOfTheirValues(@TempDir Path eight, @TempDir Path plain) throws Exception {
        Path source = SharedFolder.require("oracle/hf/" + PublishedEncoding.TILES.folder());
        String config = Files.readString(source.resolve("config.json"));
        Files.writeString(plain.resolve("config.json"), config);
        Files.writeString(
                eight.resolve("config.json"),
                config.replaceFirst(
                        "\\{",
                        "{\"quantization_config\": {\"quant_method\": \"fp8\", \"weight_block_size\": [" + TILE_ROWS
                                + ", " + TILE_COLS + "]},"));
        SafetensorsWriter eightWriter = new SafetensorsWriter();
        SafetensorsWriter plainWriter = new SafetensorsWriter();
        try (Arena arena = Arena.ofConfined()) {
            for (StoredTensor tensor : SafetensorsFolder.open(source.resolve("model.safetensors"), arena)
                    .tensors()) {
                if (tensor.name().endsWith("_proj.weight") || tensor.name().contains("kv_a_proj_with_mqa.weight")) {
                    quantise(tensor, eightWriter, plainWriter);
                } else {
                    eightWriter.tensor(tensor);
                    plainWriter.tensor(tensor);
                }
            }
            eightWriter.write(eight.resolve("model.safetensors"));
            plainWriter.write(plain.resolve("model.safetensors"));
        }
        assertThat(logits(eight)).isEqualTo(logits(plain));
        assertThat(Files.size(eight.resolve("model.safetensors")))
                .isLessThan(Files.size(plain.resolve("model.safetensors")) / 2);
    }

    /** Stores {@code tensor} rounded to FP8 tiles, and what those tiles mean as float32. */
    private static void quantise(StoredTensor tensor, SafetensorsWriter eightWriter, SafetensorsWriter plainWriter) {
        int rows = (int) tensor.size(0);
        int cols = (int) tensor.size(1);
        int tileCols = (cols + TILE_COLS - 1) / TILE_COLS;
        float[] scales = new float[(rows + TILE_ROWS - 1) / TILE_ROWS * tileCols];
        float[] values = tensor.floats();
        for (int i = 0; i < values.length; i++) {
            int t = i / cols / TILE_ROWS * tileCols + i % cols / TILE_COLS;
            scales[t] = Math.max(scales[t], Math.abs(values[i]) / 448);
        }
        float[] stored = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            stored[i] = values[i] / scales[i / cols / TILE_ROWS * tileCols + i % cols / TILE_COLS];
        }
        MemorySegment bytes = Arena.ofAuto().allocate(values.length);
        DType.F8_E4M3.encode(stored, 0, stored.length, bytes, 0);
        float[] rounded = new float[values.length];
        DType.F8_E4M3.decode(bytes, 0, rounded, 0, rounded.length);
        for (int i = 0; i < values.length; i++) {
            rounded[i] *= scales[i / cols / TILE_ROWS * tileCols + i % cols / TILE_COLS];
        }
        eightWriter.tensor(tensor.name(), DType.F8_E4M3, tensor.shape(), TensorBody.of(bytes));
        eightWriter.tensor(
                tensor.name() + "_scale_inv",
                DType.F32,
                new long[] {scales.length / tileCols, tileCols},
                TensorBody.of(scales));
        plainWriter.tensor(tensor.name(), DType.F32, tensor.shape(), TensorBody.of(rounded));
    }

    private static float[] logits(Path folder) {
        try (Team team = Team.ofSize(1);
                Checkpoint checkpoint = Checkpoint.open(folder);
                Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 16)) {
            Step step = decoder.step();
            for (int i = 0; i < 9; i++) {
                step.add(7 * i + 3, i, new int[1], i == 8);
            }
            decoder.forward(
                    step,
                    decoder.cacheShape().stream()
                            .map(shape -> {
                                FloatRows keys = FloatRows.allocate(Arena.ofAuto(), 16, shape.keyDim());
                                return new KvLayer(keys.data(), keys.data(), shape.keyDim(), shape.keyDim(), 4);
                            })
                            .toList());
            return step.logits().row(0);
        }
    }
}
