package dev.jerboa.model.decoder;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Weights;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Reads a decoder's weights slot by slot, checks their shapes, and keeps account of what was read. What it makes beside
 * the mapped files belongs to the arena.
 */
final class WeightReader {
    private final TensorNames names;
    private final TensorSource tensors;
    private final Ops ops;
    private final Ops.Precision precision;
    private final Arena arena;
    private final AdaptationReader adaptations;
    private final Set<String> used = new HashSet<>();
    private final Map<Weights.Way, Long> bytesByWay = new EnumMap<>(Weights.Way.class);

    WeightReader(
            TensorNames names,
            TensorSource tensors,
            Ops ops,
            Ops.Precision precision,
            Arena arena,
            AdaptationReader adaptations) {
        this.names = names;
        this.tensors = tensors;
        this.ops = ops;
        this.precision = precision;
        this.arena = arena;
        this.adaptations = adaptations;
    }

    /** What makes low-rank products. */
    AdaptationReader adaptations() {
        return adaptations;
    }

    Ops ops() {
        return ops;
    }

    Arena arena() {
        return arena;
    }

    /** A projection of {@code cols} inputs to {@code rows} outputs; {@code span} is when it runs. */
    Linear linear(Slot slot, int layer, int rows, int cols, boolean bias, Scratch.Span span) {
        String name = names.name(slot, layer);
        Weights weights = weights(matrix(name, rows, cols), precision);
        return new Linear(
                weights,
                bias ? vector(TensorNames.biasName(name), rows) : null,
                adaptations.products(slot, layer, span, weights));
    }

    /** A head. */
    Weights head(Slot slot, int layer, int rows, int cols) {
        return weights(matrix(slot, layer, rows, cols));
    }

    /** A projection whose inputs are never rounded: routers. */
    Linear exact(Slot slot, int layer, int rows, int cols) {
        return new Linear(weights(matrix(names.name(slot, layer), rows, cols), Ops.Precision.EXACT), null, null);
    }

    /** A small matrix decoded to float32. */
    FloatRows table(Slot slot, int layer, int rows, int cols) {
        Matrix matrix = matrix(names.name(slot, layer), rows, cols);
        FloatRows table = FloatRows.allocate(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            ops.embed(matrix, r, table, r);
        }
        return table;
    }

    /** A matrix as the file has it. */
    Matrix matrix(Slot slot, int layer, int rows, int cols) {
        return matrix(names.name(slot, layer), rows, cols);
    }

    /** One weight for each expert. */
    List<Weights> experts(Slot slot, int layer, int experts, int rows, int cols) {
        List<Matrix> matrices = new ArrayList<>();
        if (names.stacked(slot)) {
            matrices = stack(names.name(slot, layer), experts, rows, cols);
        } else {
            for (int e = 0; e < experts; e++) {
                matrices.add(matrix(names.name(slot, layer, e), rows, cols));
            }
        }
        return weights(matrices, precision);
    }

    /** {@code groups} matrices that lie one below the other in one tensor. */
    List<Weights> groups(Slot slot, int layer, int groups, int rows, int cols) {
        Matrix all = matrix(names.name(slot, layer), Math.multiplyExact(groups, rows), cols);
        List<Matrix> parts = new ArrayList<>();
        for (int g = 0; g < groups; g++) {
            parts.add(part(all, g * rows, rows));
        }
        return weights(parts, precision);
    }

    /** Some rows of a matrix, decoded where they do not begin with a tile of scales. */
    private Matrix part(Matrix all, int from, int rows) {
        Matrix.BlockScales scales = all.scales();
        if (scales == null || from % scales.blockRows() == 0) {
            return all.slice(from, rows);
        }
        FloatRows decoded = FloatRows.allocate(arena, rows, all.cols());
        for (int r = 0; r < rows; r++) {
            ops.embed(all, from + r, decoded, r);
        }
        return new Matrix(DType.F32, rows, all.cols(), decoded.data());
    }

    /** The experts of every token of a vocabulary, {@code perToken} each. */
    int[] expertsByToken(int layer, int vocabulary, int perToken, int experts) {
        String name = names.name(Slot.ROUTER_TABLE, layer);
        float[] values = values(name, Math.multiplyExact(vocabulary, perToken));
        int[] table = new int[values.length];
        for (int i = 0; i < table.length; i++) {
            float value = values[i];
            if (!(value >= 0 && value < experts) || value != (int) value) {
                throw new ModelException(tensors.source() + ": tensor " + name + " has " + value + " for token "
                        + i / perToken + ", expected an expert from 0 to " + (experts - 1));
            }
            table[i] = (int) value;
        }
        return table;
    }

    /** A vector of {@code size} values as one row. */
    FloatRows vector(Slot slot, int layer, int size) {
        FloatRows vector = vector(names.name(slot, layer), size);
        if (names.lessOne().contains(slot)) {
            for (int i = 0; i < size; i++) {
                vector.set(0, i, 1 + vector.get(0, i));
            }
        }
        return vector;
    }

    /** Whether the container has a name for a slot. */
    boolean knows(Slot slot) {
        return names.has(slot);
    }

    /** Kernels of convolutions, in the file {@code channels × width}, as {@code width × channels}: columns {@code from} on of a table. */
    void kernels(Slot slot, int layer, int channels, FloatRows into, int from) {
        FloatRows rows = vector(names.name(slot, layer), Math.multiplyExact(channels, into.rows()));
        for (int c = 0; c < channels; c++) {
            for (int j = 0; j < into.rows(); j++) {
                into.set(j, from + c, rows.get(0, c * into.rows() + j));
            }
        }
    }

    /** The bias beside the weight of a slot as one row. */
    FloatRows bias(Slot slot, int layer, int size) {
        return vector(names.biasName(slot, layer), size);
    }

    /**
     * The two per-head halves of the latent's up-projection, for products in float32: plain key → latent
     * ({@code latent × plain}), and latent → value ({@code value × latent}).
     */
    LatentHeads latentHeads(int layer, int heads, int latent, int plain, int value) {
        if (names.has(Slot.LATENT_KEY_UP) && tensors.has(names.name(Slot.LATENT_KEY_UP, layer))) {
            return new LatentHeads(
                    weights(stack(names.name(Slot.LATENT_KEY_UP, layer), heads, latent, plain), Ops.Precision.EXACT),
                    weights(stack(names.name(Slot.LATENT_VALUE_UP, layer), heads, value, latent), Ops.Precision.EXACT));
        }
        Matrix both = matrix(names.name(Slot.LATENT_UP, layer), heads * (plain + value), latent);
        List<Matrix> keys = new ArrayList<>();
        List<Matrix> values = new ArrayList<>();
        float[] row = new float[latent];
        for (int h = 0; h < heads; h++) {
            FloatRows key = FloatRows.allocate(arena, latent, plain);
            FloatRows val = FloatRows.allocate(arena, value, latent);
            FloatRows one = val.slice(0, 1);
            for (int r = 0; r < plain; r++) {
                ops.embed(both, h * (plain + value) + r, one, 0);
                MemorySegment.copy(one.data(), FloatRows.FLOAT, 0, row, 0, latent);
                for (int c = 0; c < latent; c++) {
                    key.set(c, r, row[c]);
                }
            }
            for (int r = 0; r < value; r++) {
                ops.embed(both, h * (plain + value) + plain + r, val, r);
            }
            keys.add(new Matrix(DType.F32, latent, plain, key.data()));
            values.add(new Matrix(DType.F32, value, latent, val.data()));
        }
        return new LatentHeads(weights(keys, Ops.Precision.EXACT), weights(values, Ops.Precision.EXACT));
    }

    /** Per-head weights of {@link #latentHeads}. */
    record LatentHeads(List<Weights> keyUp, List<Weights> valueUp) {}

    /** The names in the container that nothing asked for. */
    List<String> unused() {
        return tensors.tensors().stream()
                .map(StoredTensor::name)
                .filter(name -> !used.contains(name))
                .sorted()
                .toList();
    }

    private List<Weights> weights(List<Matrix> matrices, Ops.Precision how) {
        return matrices.stream().map(matrix -> weights(matrix, how)).toList();
    }

    private Weights weights(Matrix matrix, Ops.Precision how) {
        Weights made = ops.weights(matrix, how, arena);
        bytesByWay.merge(made.way(), made.bytes(), Long::sum);
        return made;
    }

    /** The weights of a matrix that was read already. */
    Weights weights(Matrix matrix) {
        return weights(matrix, precision);
    }

    /** Bytes of the weights made so far, by how products find them, in the order of {@link Weights.Way}. */
    Map<Weights.Way, Long> bytesByWay() {
        return Collections.unmodifiableMap(new EnumMap<>(bytesByWay));
    }

    private Matrix matrix(String name, int rows, int cols) {
        used.add(name);
        return checked(name, tensors.matrix(name), rows, cols);
    }

    private List<Matrix> stack(String name, int count, int rows, int cols) {
        used.add(name);
        StoredTensor stack = tensors.tensor(name);
        if (stack.rank() != 3 || stack.size(0) != count) {
            throw new ModelException(tensors.source() + ": tensor " + name + " has shape "
                    + Arrays.toString(stack.shape()) + ", expected " + count + " × " + rows + " × " + cols
                    + " from the model's configuration");
        }
        return IntStream.range(0, count)
                .mapToObj(i -> checked(name, stack.matrix(i), rows, cols))
                .toList();
    }

    private Matrix checked(String name, Matrix matrix, int rows, int cols) {
        if (matrix.rows() != rows || matrix.cols() != cols) {
            throw new ModelException(tensors.source() + ": tensor " + name + " is " + matrix.rows() + " × "
                    + matrix.cols() + ", expected " + rows + " × " + cols + " from the model's configuration");
        }
        return matrix;
    }

    private FloatRows vector(String name, int size) {
        return FloatRows.copyOf(arena, values(name, size), size);
    }

    private float[] values(String name, int size) {
        used.add(name);
        float[] values = tensors.tensor(name).floats();
        if (values.length != size) {
            throw new ModelException(tensors.source() + ": tensor " + name + " has " + values.length
                    + " values, expected " + size + " from the model's configuration");
        }
        return values;
    }
}
