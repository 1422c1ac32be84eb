package dev.jerboa.model.adapter;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.ModulePlaces.Place;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.family.Description;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * Where the rows of modules lie in a model's container: in a tensor of their own, in a slab of a stack of experts, with the rows of a
 * head re-ordered, or, for the up-projection of latents in GGUF files, in two tensors, one of them transposed. Immutable.
 */
public final class ModuleLayout {
    private final Description description;
    private final TensorSource tensors;

    /**
     * What a tensor holds of a module.
     *
     * @param start the number of the value that a published row begins at in the tensor; negative where it is not there
     * @param stride from one value of a row to the next
     */
    record Piece(String tensor, IntToLongFunction start, int stride) {}

    /** @param tensors of the model that is described */
    public ModuleLayout(Description description, TensorSource tensors) {
        this.description = description;
        this.tensors = tensors;
    }

    /** All tensors that hold rows of a module. */
    List<Piece> pieces(Place place) {
        TensorNames names = description.names();
        int cols = place.cols();
        if (place.slot() == Slot.LATENT_UP && split(place.layer())) {
            return latent(place);
        }
        if (place.expert() == ModulePlaces.NO_EXPERT) {
            return List.of(
                    new Piece(names.name(place.slot(), place.layer()), row -> (long) stored(place, row) * cols, 1));
        }
        if (names.stacked(place.slot())) {
            long first = (long) place.expert() * place.rows();
            return List.of(new Piece(names.name(place.slot(), place.layer()), row -> (first + row) * cols, 1));
        }
        return List.of(new Piece(names.name(place.slot(), place.layer(), place.expert()), row -> (long) row * cols, 1));
    }

    private boolean split(int layer) {
        TensorNames names = description.names();
        return names.has(Slot.LATENT_KEY_UP) && tensors.has(names.name(Slot.LATENT_KEY_UP, layer));
    }

    private List<Piece> latent(Place place) {
        if (!(description.spec().layers().get(place.layer()).attention() instanceof AttentionSpec.Latent a)) {
            throw new IllegalArgumentException(place + " of a layer without latents");
        }
        int plain = a.plainDim();
        int value = a.valueDim();
        int pair = plain + value;
        int latent = a.latentDim();
        return List.of(
                new Piece(
                        description.names().name(Slot.LATENT_KEY_UP, place.layer()),
                        row -> row % pair < plain ? (long) row / pair * latent * plain + row % pair : -1,
                        plain),
                new Piece(
                        description.names().name(Slot.LATENT_VALUE_UP, place.layer()),
                        row -> row % pair < plain ? -1 : ((long) row / pair * value + row % pair - plain) * latent,
                        1));
    }

    /** The number of a published row in the container. */
    public int stored(Place place, int row) {
        if (!turned(place)) {
            return row;
        }
        int head = headDim(place);
        int within = row % head;
        return row - within + (within < head / 2 ? 2 * within : 2 * (within - head / 2) + 1);
    }

    private boolean turned(Place place) {
        return description.turnedRows() && (place.slot() == Slot.QUERY || place.slot() == Slot.KEY);
    }

    private int headDim(Place place) {
        return headDim(description.spec().layers().get(place.layer()).attention());
    }

    private static int headDim(AttentionSpec attention) {
        return switch (attention) {
            case AttentionSpec.GroupedQuery a -> a.headDim();
            case AttentionSpec.Latent a -> a.plainDim() + a.rotaryDim();
            case AttentionSpec.DeltaRule a -> a.keyDim();
            case AttentionSpec.Lightning a -> a.headDim();
            case AttentionSpec.Selected a -> headDim(a.base());
            case AttentionSpec.Compressed a -> a.headDim();
        };
    }

    /** A table's rows in the container's order; the table itself where that is the published one. */
    FloatRows storedRows(Place place, FloatRows published, Arena arena) {
        if (!turned(place)) {
            return published;
        }
        FloatRows rows = FloatRows.allocate(arena, published.rows(), published.cols());
        long bytes = (long) published.cols() * Float.BYTES;
        for (int r = 0; r < rows.rows(); r++) {
            MemorySegment.copy(
                    published.data(), published.offset(r), rows.data(), rows.offset(stored(place, r)), bytes);
        }
        return rows;
    }

    /**
     * A module's matrix in the published order of rows, in the container's form where that can be: where it lies, or copied into
     * {@code arena}.
     *
     * @throws ModelException where the tensor is missing or of another size
     */
    public Matrix matrix(Place place, Arena arena) {
        List<Piece> pieces = pieces(place);
        if (pieces.size() > 1) {
            return new Matrix(
                    DType.F32,
                    place.rows(),
                    place.cols(),
                    latentRows(place, arena).data());
        }
        String name = pieces.getFirst().tensor;
        boolean slab =
                place.expert() != ModulePlaces.NO_EXPERT && description.names().stacked(place.slot());
        Matrix matrix = slab ? tensors.tensor(name).matrix(place.expert()) : tensors.matrix(name);
        if (matrix.rows() != place.rows() || matrix.cols() != place.cols()) {
            throw new ModelException(tensors.source() + ": tensor " + name + " is " + matrix.rows() + " × "
                    + matrix.cols() + ", expected " + place.rows() + " × " + place.cols()
                    + " from the model's configuration");
        }
        if (!turned(place)) {
            return matrix;
        }
        long bytes = matrix.rowBytes();
        MemorySegment data = arena.allocate(bytes * matrix.rows(), FloatRows.ALIGNMENT);
        for (int r = 0; r < matrix.rows(); r++) {
            MemorySegment.copy(matrix.data(), bytes * stored(place, r), data, bytes * r, bytes);
        }
        return new Matrix(matrix.type(), matrix.rows(), matrix.cols(), data);
    }

    private FloatRows latentRows(Place place, Arena arena) {
        FloatRows all = FloatRows.allocate(arena, place.rows(), place.cols());
        for (Piece piece : pieces(place)) {
            float[] values = tensors.tensor(piece.tensor).floats();
            for (int r = 0; r < place.rows(); r++) {
                long start = piece.start.applyAsLong(r);
                for (int c = 0; start >= 0 && c < place.cols(); c++) {
                    all.set(r, c, values[(int) (start + (long) c * piece.stride)]);
                }
            }
        }
        return all;
    }

    /** All values of a tensor in float32, as the container orders them: the contiguous dimension × everything before it. */
    FloatRows values(String name, Arena arena) {
        StoredTensor tensor = tensors.tensor(name);
        int cols = Math.toIntExact(tensor.size(-1));
        FloatRows table = FloatRows.allocate(arena, Math.toIntExact(tensor.elements() / cols), cols);
        Ops ops = OpsProvider.ops();
        int slabs = tensor.rank() == 3 ? Math.toIntExact(tensor.size(0)) : 1;
        for (int s = 0; s < slabs; s++) {
            Matrix matrix = tensor.rank() == 3 ? tensor.matrix(s) : tensors.matrix(name);
            for (int r = 0; r < matrix.rows(); r++) {
                ops.embed(matrix, r, table, s * matrix.rows() + r);
            }
        }
        return table;
    }
}
