package dev.jerboa.model.decoder;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Weights;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.EncodedTensor;
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
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

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
    private @Nullable ExpertStore store;
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

    /** Where experts are that do not all fit in memory; null where they do. */
    @Nullable
    ExpertStore store() {
        return store;
    }

    /** Says that experts are read as they are needed, and where they are then. */
    void streams(ExpertStore into) {
        this.store = into;
        bytesByWay.merge(Weights.Way.PACKED, into.traffic().bytes(), Long::sum);
    }

    /** Bytes of all tensors in the container. */
    long storedBytes() {
        return tensors.tensors().stream()
                .mapToLong(tensor -> tensor.data().byteSize())
                .sum();
    }

    /** What products compute with. */
    Ops.Precision precision() {
        return precision;
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
        Weights weights = projection(slot, layer, rows, cols);
        return new Linear(
                weights,
                bias ? projectionBias(slot, layer, rows) : null,
                adaptations.products(slot, layer, span, weights));
    }

    /** The slot of the matrix that a projection can be a part of; null for those that are never part of another. */
    private static @Nullable Slot whole(Slot slot) {
        return switch (slot) {
            case QUERY, KEY, VALUE -> Slot.QUERY_KEY_VALUE;
            case GATE, UP -> Slot.GATE_UP;
            default -> null;
        };
    }

    /** The name of the tensor that a projection is a part of; null where it has one of its own. */
    private @Nullable String wholeName(Slot slot, int layer) {
        Slot whole = whole(slot);
        boolean own = names.has(slot) && tensors.has(names.name(slot, layer));
        return own || whole == null || !names.has(whole) || !tensors.has(names.name(whole, layer))
                ? null
                : names.name(whole, layer);
    }

    /** Where {@code count} outputs of a projection begin among the {@code all} of the whole. */
    private int part(Slot slot, String name, int all, int count) {
        int from = switch (slot) {
            case KEY -> all - 2 * count;
            case VALUE, UP -> all - count;
            default -> 0;
        };
        boolean half = slot == Slot.GATE || slot == Slot.UP;
        if (half ? all != 2 * count : from < 0 || from + count > all) {
            throw new ModelException(tensors.source() + ": tensor " + name + " has " + all + " outputs, expected "
                    + (half ? 2 * count : "at least " + 2 * count) + " from the model's configuration");
        }
        return from;
    }

    private Weights projection(Slot slot, int layer, int rows, int cols) {
        String whole = wholeName(slot, layer);
        if (whole == null) {
            return named(names.name(slot, layer), rows, cols);
        }
        used.add(whole);
        EncodedTensor encoded = tensors.encoded(whole);
        if (encoded != null) {
            int from = part(slot, whole, encoded.rows(), rows);
            checked(whole, encoded, 1, encoded.rows(), cols);
            return copied(into -> encoded.rows(0, from, 1, rows, into));
        }
        Matrix all = tensors.matrix(whole);
        int from = part(slot, whole, all.rows(), rows);
        return weights(checked(whole, part(all, from, rows), rows, cols), precision);
    }

    /** The weights of a tensor of its own. */
    private Weights named(String name, int rows, int cols) {
        EncodedTensor encoded = tensors.encoded(name);
        if (encoded == null) {
            return weights(matrix(name, rows, cols), precision);
        }
        used.add(name);
        checked(name, encoded, 1, rows, cols);
        return copied(into -> encoded.rows(0, 0, 1, rows, into));
    }

    private void checked(String name, EncodedTensor encoded, int matrices, int rows, int cols) {
        if (encoded.matrices() != matrices || encoded.rows() != rows || encoded.cols() != cols) {
            throw new ModelException(tensors.source() + ": tensor " + name + " encodes " + encoded.matrices() + " × "
                    + encoded.rows() + " × " + encoded.cols() + " weights, expected " + matrices + " × " + rows + " × "
                    + cols + " from the model's configuration");
        }
    }

    private FloatRows projectionBias(Slot slot, int layer, int size) {
        String name = wholeName(slot, layer);
        if (name == null) {
            return vector(TensorNames.biasName(names.name(slot, layer)), size);
        }
        String biasName = TensorNames.biasName(name);
        used.add(biasName);
        float[] all = tensors.tensor(biasName).floats();
        int from = part(slot, biasName, all.length, size);
        return FloatRows.copyOf(arena, Arrays.copyOfRange(all, from, from + size), size);
    }

    /** A head. */
    Weights head(Slot slot, int layer, int rows, int cols) {
        return weights(matrix(slot, layer, rows, cols));
    }

    /** A projection whose inputs are never rounded. */
    Linear exact(Slot slot, int layer, int rows, int cols) {
        return exact(slot, layer, rows, cols, false);
    }

    /** A projection whose inputs are never rounded, perhaps with a bias: routers. */
    Linear exact(Slot slot, int layer, int rows, int cols, boolean bias) {
        String name = names.name(slot, layer);
        return new Linear(
                weights(matrix(name, rows, cols), Ops.Precision.EXACT),
                bias ? vector(TensorNames.biasName(name), rows) : null,
                null);
    }

    /** A projection to one output whose inputs are never rounded; containers may have it as a vector. */
    Linear exactRow(Slot slot, int layer, int cols) {
        Matrix row = new Matrix(DType.F32, 1, cols, vector(slot, layer, cols).data());
        return new Linear(weights(row, Ops.Precision.EXACT), null, null);
    }

    /** A row of ones. */
    FloatRows ones(int size) {
        float[] ones = new float[size];
        Arrays.fill(ones, 1);
        return FloatRows.copyOf(arena, ones, size);
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
        return expertMatrices(slot, layer, experts, rows, cols).stream()
                .map(this::made)
                .toList();
    }

    private Weights made(ExpertMatrix one) {
        Matrix stored = one.stored();
        return stored == null ? copied(one.read()) : weights(stored, precision);
    }

    /** One matrix for each expert, none of them read yet. */
    List<ExpertMatrix> expertMatrices(Slot slot, int layer, int experts, int rows, int cols) {
        Slot stack = slot == Slot.EXPERT_DOWN ? Slot.EXPERT_DOWNS : Slot.EXPERT_GATE_UP;
        if (names.has(stack) && (tensors.has(names.name(stack, layer)) || !names.has(slot))) {
            return stackedExperts(slot, names.name(stack, layer), experts, rows, cols);
        }
        if (names.stacked(slot)) {
            return stack(names.name(slot, layer), experts, rows, cols).stream()
                    .map(ExpertMatrix::of)
                    .toList();
        }
        return IntStream.range(0, experts)
                .mapToObj(e -> expertMatrix(names.name(slot, layer, e), rows, cols))
                .toList();
    }

    private ExpertMatrix expertMatrix(String name, int rows, int cols) {
        EncodedTensor encoded = tensors.encoded(name);
        if (encoded == null) {
            return ExpertMatrix.of(matrix(name, rows, cols));
        }
        used.add(name);
        checked(name, encoded, 1, rows, cols);
        return ExpertMatrix.copied(encoded.type(), into -> encoded.rows(0, 0, 1, rows, into));
    }

    /** A row of biases for each expert. */
    FloatRows expertBiases(Slot slot, int layer, int experts, int size) {
        Slot stack = slot == Slot.EXPERT_DOWN ? Slot.EXPERT_DOWNS : Slot.EXPERT_GATE_UP;
        FloatRows all = FloatRows.allocate(arena, experts, size);
        if (names.has(stack) && tensors.has(TensorNames.biasName(names.name(stack, layer)))) {
            ExpertStack from = ExpertStack.of(slot, names.layout(), size);
            fill(all, TensorNames.biasName(names.name(stack, layer)), from.outputs(), from.first(), from.step());
        } else if (names.stacked(slot)) {
            fill(all, TensorNames.biasName(names.name(slot, layer)), size, 0, 1);
        } else {
            for (int e = 0; e < experts; e++) {
                FloatRows one = vector(TensorNames.biasName(names.name(slot, layer, e)), size);
                MemorySegment.copy(one.data(), 0, all.data(), all.offset(e), (long) size * Float.BYTES);
            }
        }
        return all;
    }

    /** Every {@code step}-th value from {@code first} on of each row of {@code width}. */
    private void fill(FloatRows to, String name, int width, int first, int step) {
        used.add(name);
        float[] values = tensors.tensor(name).floats();
        if (values.length != to.rows() * width) {
            throw new ModelException(tensors.source() + ": tensor " + name + " has " + values.length
                    + " values, expected " + to.rows() + " × " + width + " from the model's configuration");
        }
        for (int r = 0; r < to.rows(); r++) {
            for (int c = 0; c < to.cols(); c++) {
                to.set(r, c, values[r * width + first + c * step]);
            }
        }
    }

    private List<ExpertMatrix> stackedExperts(Slot slot, String name, int experts, int rows, int cols) {
        used.add(name);
        ExpertStack stack = ExpertStack.of(slot, names.layout(), rows);
        EncodedTensor encoded = tensors.encoded(name);
        if (encoded != null) {
            checked(name, encoded, experts, stack.outputs(), cols);
            return IntStream.range(0, experts)
                    .mapToObj(e -> ExpertMatrix.copied(
                            encoded.type(), into -> encoded.rows(e, stack.first(), stack.step(), rows, into)))
                    .toList();
        }
        List<Matrix> all = tensors.matrices(name);
        boolean turn = names.layout().inputsFirst();
        if (all.size() != experts) {
            throw new ModelException(tensors.source() + ": tensor " + name + " stacks " + all.size()
                    + " matrices, expected " + experts + " from the model's configuration");
        }
        List<ExpertMatrix> parts = new ArrayList<>();
        for (Matrix one : all) {
            checked(name, one, turn ? cols : stack.outputs(), turn ? stack.outputs() : cols);
            parts.add(
                    turn || stack.step() > 1
                            ? ExpertMatrix.copied(
                                    one.type(), into -> takenApart(name, () -> stack.copy(one, turn, rows, into)))
                            : ExpertMatrix.of(takenApart(name, () -> one.slice(stack.first(), rows))));
        }
        return parts;
    }

    private Matrix takenApart(String name, Supplier<Matrix> part) {
        try {
            return part.get();
        } catch (IllegalArgumentException e) {
            throw new ModelException(
                    tensors.source() + ": tensor " + name + " cannot be taken apart: " + e.getMessage(), e);
        }
    }

    /** Weights of a matrix that is a copy, which is kept only where products read it. */
    private Weights copied(Function<Arena, Matrix> copy) {
        try (Arena own = Arena.ofShared()) {
            Weights made = ops.weights(copy.apply(own), precision, arena);
            if (made.way() == Weights.Way.PACKED) {
                bytesByWay.merge(made.way(), made.bytes(), Long::sum);
                return made;
            }
        }
        return weights(copy.apply(arena), precision);
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
