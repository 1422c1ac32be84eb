package dev.jerboa.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.dtype.SmallFloats;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockScaledTest {
    private static final int ROWS = 5;
    private static final int COLUMNS = 7;
    private static final BlockScaled.Tile TILE = new BlockScaled.Tile(2, 3);

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofConfined();
    private final byte[] codes = new byte[ROWS * COLUMNS];

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void tilesOfDeepSeekV3() {
        checkScales("w.weight_scale_inv", new long[] {3, 3}, (r, c) -> r / 2 * 3 + c / 3);
    }

    @Test
    void oneScale() {
        checkScales("w.weight_scale", new long[] {}, (r, c) -> 0);
        checkScales("w.weight_scale_inv", new long[] {1}, (r, c) -> 0);
    }

    @Test
    void aScaleForEveryRow() {
        checkScales("w.weight_scale", new long[] {5, 1}, (r, c) -> r);
        checkScales("w.weight_scale", new long[] {5}, (r, c) -> r);
    }

    @Test
    void powersOfTwoOfDeepSeekV4() {
        byte[] exponents = {120, 121, 122, 123, 124, 125, 126, 127, (byte) 128};
        StoredTensor scales = stored("w.scale", DType.F8_E8M0, new long[] {3, 3}, exponents);
        SafetensorsFile file = write(scales);
        float[] decoded = decode(BlockScaled.matrix(file, "w.weight", TILE, arena));
        for (int i = 0; i < decoded.length; i++) {
            int tile = i / COLUMNS / 2 * 3 + i % COLUMNS / 3;
            assertThat(decoded[i])
                    .isEqualTo(SmallFloats.e4m3(codes[i]) * (float) Math.pow(2, (exponents[tile] & 255) - 127));
        }
    }

    private void checkScales(String name, long[] shape, IntBinaryOperator index) {
        float[] scales = new float[(int) StoredTensor.elements(shape)];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = 0.25f + 0.37f * i;
        }
        byte[] bytes = new byte[4 * scales.length];
        DType.F32.encode(scales, 0, scales.length, MemorySegment.ofArray(bytes), 0);
        SafetensorsFile file = write(stored(name, DType.F32, shape, bytes));
        Matrix matrix = BlockScaled.matrix(file, "w.weight", TILE, arena);
        assertThat(Objects.requireNonNull(matrix.scales()).values().rows()).isPositive();
        float[] decoded = decode(matrix);
        for (int i = 0; i < decoded.length; i++) {
            float expected = SmallFloats.e4m3(codes[i]) * scales[index.applyAsInt(i / COLUMNS, i % COLUMNS)];
            assertThat(decoded[i]).isEqualTo(expected);
        }
    }

    /** Stacks of experts: one scale each, one a row, one a tile. */
    @Test
    void stacksHaveTheScalesOfTheirMatrices() {
        checkStack(new long[] {2, 1, 1}, (e, r, c) -> e);
        checkStack(new long[] {2, 2, 1}, (e, r, c) -> 2 * e + r);
        checkStack(new long[] {2, 1, 3}, (e, r, c) -> 3 * e + c / 3);
        checkStack(new long[] {1}, (e, r, c) -> 0);
    }

    private interface Place {
        int of(int expert, int row, int col);
    }

    private void checkStack(long[] shape, Place place) {
        byte[] all = new byte[2 * 2 * COLUMNS];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (3 * i % 120);
        }
        float[] scales = new float[(int) StoredTensor.elements(shape)];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = 0.25f + 0.37f * i;
        }
        Path path = folder.resolve("stack.safetensors");
        new SafetensorsWriter()
                .tensor("w", DType.F8_E4M3, new long[] {2, 2, COLUMNS}, TensorBody.of(MemorySegment.ofArray(all)))
                .tensor("w_scale_inv", DType.F32, shape, TensorBody.of(scales))
                .write(path);
        List<Matrix> stack = BlockScaled.stack(SafetensorsFile.open(path, arena), "w", TILE, arena);
        assertThat(stack).hasSize(2);
        for (int e = 0; e < 2; e++) {
            float[] decoded = decode(stack.get(e));
            for (int i = 0; i < decoded.length; i++) {
                float scale = scales[place.of(e, i / COLUMNS, i % COLUMNS)];
                assertThat(decoded[i]).isEqualTo(SmallFloats.e4m3(all[e * 2 * COLUMNS + i]) * scale);
            }
        }
    }

    @Test
    void mistralsScale() {
        checkScales("w.qscale_weight", new long[] {}, (r, c) -> 0);
    }

    @Test
    void scalesOfTheWrongShapeAreRefused() {
        SafetensorsFile file = write(stored("w.weight_scale_inv", DType.F32, new long[] {3, 2}, new byte[24]));
        assertThatThrownBy(() -> BlockScaled.matrix(file, "w.weight", TILE, arena))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("x.safetensors", "w.weight_scale_inv", "[3, 2]", "[3, 3]");
    }

    @Test
    void othersStayAsTheyAre() {
        SafetensorsFile file = write(stored("v", DType.F32, new long[] {1, 2}, new byte[8]));
        assertThat(BlockScaled.matrix(file, "v", TILE, arena).scales()).isNull();
        assertThat(BlockScaled.matrix(file, "w.weight", TILE, arena).scales()).isNull();
    }

    @Test
    void tileOfTheConfig() {
        assertThat(tile("{\"quantization_config\":{\"weight_block_size\":[64,32]}}"))
                .isEqualTo(new BlockScaled.Tile(64, 32));
        assertThat(tile("{\"quantization_config\":{}}")).isEqualTo(new BlockScaled.Tile(128, 128));
        assertThat(tile("{}")).isEqualTo(new BlockScaled.Tile(128, 128));
        assertThat(tile("{\"quantization_config\":{\"config_groups\":{\"group_0\":{\"weights\":"
                        + "{\"block_structure\":[16,8]}}}}}"))
                .isEqualTo(new BlockScaled.Tile(16, 8));
        assertThat(tile("{\"text_config\":{\"quantization_config\":{\"weight_block_size\":[8,4]}}}"))
                .isEqualTo(new BlockScaled.Tile(8, 4));
        for (String bad : new String[] {"[0,1]", "[1]", "[1,2.5]", "[1,99999999999]", "7"}) {
            assertThatThrownBy(() -> tile("{\"quantization_config\":{\"weight_block_size\":" + bad + "}}"))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll("config.json", "weight_block_size");
        }
    }

    private static BlockScaled.Tile tile(String config) {
        return BlockScaled.Tile.of(Json.asObject(Json.parse(config, "config.json"), "config.json"), "config.json");
    }

    /** gpt-oss and DeepSeek-V4: the repacked rows decode to what the file's own order says. */
    @Test
    void mxfp4KeepsEveryValue() {
        Random random = new Random(3);
        byte[] blocks = new byte[2 * 3 * 4 * 16];
        byte[] scales = new byte[2 * 3 * 4];
        random.nextBytes(blocks);
        for (int i = 0; i < scales.length; i++) {
            scales[i] = (byte) random.nextInt(100, 150);
        }
        StoredTensor scale = stored("e_scales", DType.U8, new long[] {2, 3, 4}, scales);
        StoredTensor[] sources = {
            stored("e_blocks", DType.U8, new long[] {2, 3, 4, 16}, blocks),
            stored("e", DType.I8, new long[] {2, 3, 64}, blocks),
            stored("e", DType.F4_E2M1, new long[] {2, 3, 128}, blocks)
        };
        for (StoredTensor source : sources) {
            Matrix matrix = BlockScaled.mxfp4(source, scale, arena);
            assertThat(matrix.type()).isEqualTo(DType.MXFP4);
            assertThat(matrix.rows()).isEqualTo(6);
            assertThat(matrix.cols()).isEqualTo(128);
            float[] floats = BlockScaled.mxfp4Floats(source, scale);
            float[] decoded = decode(matrix);
            for (int i = 0; i < floats.length; i++) {
                int nibble = blocks[i / 2] >> 4 * (i % 2) & 15;
                float[] magnitudes = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
                double expected =
                        magnitudes[nibble & 7] * (nibble < 8 ? 1 : -1) * Math.pow(2, (scales[i / 32] & 255) - 127);
                assertThat((double) floats[i]).isEqualTo(expected == 0 ? floats[i] : expected);
                assertThat(decoded[i]).isEqualTo(floats[i]);
            }
        }
    }

    @Test
    void mxfp4ThatDoesNotFitIsRefused() {
        StoredTensor blocks = stored("e_blocks", DType.U8, new long[] {3, 4, 16}, new byte[192]);
        StoredTensor[] bad = {
            stored("e_scales", DType.U8, new long[] {3, 3}, new byte[9]),
            stored("e_scales", DType.U8, new long[] {4, 3}, new byte[12]),
            stored("e_scales", DType.U8, new long[] {12}, new byte[12]),
            stored("e_scales", DType.BF16, new long[] {3, 2}, new byte[12]),
        };
        for (StoredTensor scales : bad) {
            assertThatThrownBy(() -> BlockScaled.mxfp4(blocks, scales, arena))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll("x.safetensors", "e_blocks", "e_scales");
        }
        assertThatThrownBy(() -> BlockScaled.mxfp4Floats(blocks, bad[0])).isInstanceOf(ModelException.class);
    }

    private SafetensorsFile write(StoredTensor scales) {
        new Random(5).nextBytes(codes);
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (codes[i] & 0x7f) == 0x7f ? 0 : codes[i];
        }
        Path path = folder.resolve("x.safetensors");
        new SafetensorsWriter()
                .tensor(
                        "w.weight",
                        DType.F8_E4M3,
                        new long[] {ROWS, COLUMNS},
                        TensorBody.of(MemorySegment.ofArray(codes)))
                .tensor(scales)
                .write(path);
        return SafetensorsFile.open(path, arena);
    }

    private static float[] decode(Matrix matrix) {
        float[] out = new float[matrix.rows() * matrix.cols()];
        BlockScaled.decode(matrix, 0, 1, out, 0);
        BlockScaled.decode(matrix, 1, matrix.rows() - 1, out, matrix.cols());
        return out;
    }

    private static StoredTensor stored(String name, DType type, long[] shape, byte[] bytes) {
        return new StoredTensor("x.safetensors", name, type, shape, MemorySegment.ofArray(bytes));
    }
}
