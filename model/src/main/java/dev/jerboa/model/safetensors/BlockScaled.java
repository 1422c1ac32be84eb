package dev.jerboa.model.safetensors;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.dtype.SmallFloats;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.tensor.EncodedTensor;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Weights whose scales are a tensor of their own: FP8 with a scale for each tile, and FP4 (E2M1) with an E8M0 scale for
 * each 32 inputs. Everything allocated belongs to the arena given; the sources are shared, never copied, for FP8.
 *
 * <p>Sources: DeepSeek-V3's FP8 checkpoint layout ({@code weight_scale_inv}, which is multiplied in spite of its name),
 * DeepSeek-V4's ({@code scale}, E8M0), gpt-oss's {@code _blocks} and {@code _scales}; OCP MX 1.0.
 */
public final class BlockScaled {
    /** The tile of DeepSeek-V3 and of those who follow it. */
    public static final int DEFAULT_TILE = 128;

    private static final int MX_VALUES = 32;
    private static final int MX_BYTES = MX_VALUES / 2;

    private BlockScaled() {}

    /** Rows and columns of a tile of FP8 weights that share a scale. */
    public record Tile(int rows, int columns) {
        /**
         * What {@code quantization_config.weight_block_size} of a model's config.json says, or the {@code block_structure} of its
         * groups, else 128 × 128.
         *
         * @param source for messages
         */
        public static Tile of(Map<String, @Nullable Object> config, String source) {
            Map<?, ?> quantization = Quantization.section(config);
            String key = "weight_block_size";
            Object given = quantization.get(key);
            for (Object group : Quantization.weightGroups(quantization)) {
                Object structure = group instanceof Map<?, ?> weights ? weights.get("block_structure") : null;
                key = structure == null ? key : "block_structure";
                given = structure == null ? given : structure;
            }
            if (given != null) {
                List<@Nullable Object> size = Json.asList(given, source + ": quantization_config." + key);
                if (size.size() == 2
                        && size.get(0) instanceof Long rows
                        && size.get(1) instanceof Long columns
                        && Math.min(rows, columns) > 0
                        && Math.max(rows, columns) <= Integer.MAX_VALUE) {
                    return new Tile(rows.intValue(), columns.intValue());
                }
                throw new ModelException(
                        source + ": quantization_config." + key + " is " + size + ", expected two positive integers");
            }
            return new Tile(DEFAULT_TILE, DEFAULT_TILE);
        }
    }

    /**
     * A two-dimensional weight as it lies in the file, with the scales of its sibling where it has one: {@code NAME_scale_inv},
     * {@code NAME_scale} (for {@code x.weight}: {@code x.weight_scale_inv}, {@code x.weight_scale}), {@code x.scale} or Mistral's {@code
     * x.qscale_weight}.
     * A scale tensor is either a single number, one number a row, or one number a tile.
     *
     * @param tile the tile that scale tensors of two dimensions are for
     */
    public static Matrix matrix(TensorSource source, String name, Tile tile, Arena arena) {
        StoredTensor weight = source.tensor(name);
        Matrix plain = weight.matrix();
        if (weight.type() != DType.F8_E4M3) {
            return plain;
        }
        StoredTensor scale = scale(source, name);
        if (scale == null) {
            return plain;
        }
        return scaled(weight, plain, scale, scale.floats(), tile(plain, scale, tile), arena);
    }

    /** The matrices of a stack (experts × rows × columns) with their scales, one a stack, a matrix, a row or a tile. */
    public static List<Matrix> stack(TensorSource source, String name, Tile tile, Arena arena) {
        StoredTensor weight = source.tensor(name);
        int count = Math.toIntExact(weight.size(0));
        StoredTensor scale = weight.type() == DType.F8_E4M3 ? scale(source, name) : null;
        float[] values = scale == null ? new float[0] : scale.floats();
        List<Matrix> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Matrix plain = weight.matrix(i);
            if (scale == null) {
                all.add(plain);
                continue;
            }
            boolean one = values.length == 1;
            int each = one ? 1 : values.length / count;
            float[] own = Arrays.copyOfRange(values, one ? 0 : i * each, one ? 1 : (i + 1) * each);
            boolean rows = each == plain.rows() && scale.size(-1) == 1;
            Tile actual = each == 1 ? new Tile(plain.rows(), plain.cols()) : rows ? new Tile(1, plain.cols()) : tile;
            all.add(scaled(weight, plain, scale, own, actual, arena));
        }
        return all;
    }

    private static Matrix scaled(
            StoredTensor weight, Matrix plain, StoredTensor scale, float[] values, Tile actual, Arena arena) {
        int tileRows = ceil(plain.rows(), actual.rows);
        int tileColumns = ceil(plain.cols(), actual.columns);
        if (values.length != (long) tileRows * tileColumns) {
            throw new ModelException(scale.source() + ": tensor " + scale.name() + " has shape "
                    + Arrays.toString(scale.shape()) + ", expected [" + tileRows + ", " + tileColumns
                    + "]: one scale for "
                    + actual.rows + " × " + actual.columns + " weights of " + weight);
        }
        FloatRows table = FloatRows.copyOf(arena, values, tileColumns);
        return new Matrix(
                plain.type(),
                plain.rows(),
                plain.cols(),
                plain.data(),
                new Matrix.BlockScales(table, actual.rows, actual.columns));
    }

    private static @Nullable StoredTensor scale(TensorSource source, String name) {
        String base = name.endsWith(".weight") ? name.substring(0, name.length() - ".weight".length()) : name;
        for (String candidate :
                List.of(name + "_scale_inv", name + "_scale", base + ".scale", base + ".qscale_weight")) {
            StoredTensor scale = source.find(candidate);
            if (scale != null) {
                return scale;
            }
        }
        return null;
    }

    private static Tile tile(Matrix weight, StoredTensor scale, Tile tile) {
        if (scale.elements() == 1) {
            return new Tile(weight.rows(), weight.cols());
        }
        boolean column = scale.rank() == 1 || scale.rank() == 2 && scale.size(-1) == 1;
        return column && scale.elements() == weight.rows() ? new Tile(1, weight.cols()) : tile;
    }

    /** Decodes rows {@code from} to {@code from + count} of a matrix with its scales to float32. */
    public static void decode(Matrix matrix, int from, int count, float[] out, int offset) {
        for (int r = 0; r < count; r++) {
            int row = from + r;
            int at = offset + r * matrix.cols();
            matrix.type().decode(matrix.data(), row * matrix.rowBytes(), out, at, matrix.cols());
            Matrix.BlockScales scales = matrix.scales();
            if (scales != null) {
                for (int c = 0; c < matrix.cols(); c++) {
                    out[at + c] *= scales.values().get(row / scales.blockRows(), c / scales.blockCols());
                }
            }
        }
    }

    /**
     * E2M1 weights, two a byte with the even one in the low nibble, and their E8M0 scales, as the rows of
     * {@link DType#MXFP4} that GGUF keeps: the same numbers in another order. The blocks are gpt-oss's U8
     * {@code … × out × in/32 × 16} or DeepSeek-V4's I8, U8 or F4 {@code … × out × in/2} (F4 counts in), the scales one byte
     * (U8 or E8M0) for 32 inputs. Dimensions before {@code out} are experts: the result has them as further rows.
     *
     * @return {@code (experts · out) × in}, in memory of {@code arena}
     */
    public static Matrix mxfp4(StoredTensor blocks, StoredTensor scales, Arena arena) {
        return mxfp4(blocks, scales).all(arena);
    }

    /** {@link #mxfp4(StoredTensor, StoredTensor, Arena)}, to be converted row by row. */
    public static EncodedTensor mxfp4(StoredTensor blocks, StoredTensor scales) {
        long groups = blocks.data().byteSize() / MX_BYTES;
        boolean bytes = scales.type().blockBytes() == 1 && blocks.type().blockBytes() == 1;
        boolean apart = blocks.rank() == scales.rank() + 1;
        boolean sameLead = scales.rank() >= 2
                && (apart || blocks.rank() == scales.rank())
                && sameLead(blocks, scales, scales.rank() - (apart ? 0 : 1));
        if (!bytes
                || !sameLead
                || groups == 0
                || groups != scales.data().byteSize()
                || apart && blocks.size(-1) != MX_BYTES
                || scales.size(-1) > Integer.MAX_VALUE / MX_VALUES
                || groups / scales.size(-1) > Integer.MAX_VALUE) {
            throw unfit(blocks, scales);
        }
        int perRow = (int) scales.size(-1);
        int rows = (int) (groups / perRow);
        int matrices = scales.rank() == 3 ? (int) scales.size(0) : 1;
        return new EncodedTensor(DType.MXFP4, matrices, rows / matrices, perRow * MX_VALUES, (row, to, at) -> {
            for (int i = 0; i < perRow; i++) {
                long g = row * perRow + i;
                byte scale = scales.data().get(ValueLayout.JAVA_BYTE, g);
                repack(blocks.data(), g * MX_BYTES, scale, to, at + (long) i * (1 + MX_BYTES));
            }
        });
    }

    /**
     * A weight that is not FP8 with scales beside it, to be converted: {@code NAME_blocks} and {@code NAME_scales}, or E2M1 weights
     * with E8M0 scales under {@code x.scale}. Null for anything else.
     */
    static @Nullable EncodedTensor mxfp4(TensorSource source, String name) {
        StoredTensor weight = source.find(name);
        StoredTensor blocks = source.find(name + "_blocks");
        if (weight == null && blocks != null) {
            return mxfp4(blocks, source.tensor(name + "_scales"));
        }
        if (weight == null
                || weight.type() != DType.I8 && weight.type() != DType.U8 && weight.type() != DType.F4_E2M1) {
            return null;
        }
        StoredTensor scale = scale(source, name);
        boolean shared = scale != null && (scale.type() == DType.F8_E8M0 || scale.type() == DType.U8);
        return scale != null && shared ? mxfp4(weight, scale) : null;
    }

    private static boolean sameLead(StoredTensor blocks, StoredTensor scales, int dimensions) {
        for (int d = 0; d < dimensions; d++) {
            if (blocks.size(d) != scales.size(d)) {
                return false;
            }
        }
        return true;
    }

    /** From pairs (2j, 2j + 1) in a byte to pairs (j, j + 16). */
    private static void repack(MemorySegment src, long at, byte scale, MemorySegment dst, long to) {
        dst.set(ValueLayout.JAVA_BYTE, to, scale);
        for (int j = 0; j < MX_BYTES; j++) {
            int low = src.get(ValueLayout.JAVA_BYTE, at + (j >> 1)) >> 4 * (j & 1) & 15;
            int high = src.get(ValueLayout.JAVA_BYTE, at + 8 + (j >> 1)) >> 4 * (j & 1) & 15;
            dst.set(ValueLayout.JAVA_BYTE, to + 1 + j, (byte) (low | high << 4));
        }
    }

    /** The float32 values of E2M1 weights with E8M0 scales, in the order of the file; shapes as for {@link #mxfp4}. */
    public static float[] mxfp4Floats(StoredTensor blocks, StoredTensor scales) {
        long values = blocks.data().byteSize() * 2;
        if (values > Integer.MAX_VALUE - 8 || values != scales.data().byteSize() * MX_VALUES) {
            throw unfit(blocks, scales);
        }
        float[] out = new float[(int) values];
        for (int i = 0; i < out.length; i++) {
            int codes = blocks.data().get(ValueLayout.JAVA_BYTE, i >> 1);
            float scale = SmallFloats.e8m0(scales.data().get(ValueLayout.JAVA_BYTE, i / MX_VALUES));
            out[i] = scale * SmallFloats.e2m1(codes >> 4 * (i & 1));
        }
        return out;
    }

    private static ModelException unfit(StoredTensor blocks, StoredTensor scales) {
        return new ModelException(blocks.source() + ": tensors " + blocks + " and " + scales
                + " do not fit: expected one scale byte for every 16 bytes of E2M1 weights");
    }

    private static int ceil(int a, int b) {
        return (a + b - 1) / b;
    }
}
