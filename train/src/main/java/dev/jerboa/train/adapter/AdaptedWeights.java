package dev.jerboa.train.adapter;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.Adapter;
import dev.jerboa.model.adapter.AdapterConfig;
import dev.jerboa.model.adapter.ModuleLayout;
import dev.jerboa.model.adapter.ModulePlaces;
import dev.jerboa.model.adapter.ModulePlaces.Place;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.family.Description;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.train.autograd.Frozen;
import dev.jerboa.train.autograd.LowRank;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.autograd.Weight;
import dev.jerboa.train.network.NetworkWeights;
import dev.jerboa.train.network.Parameters;
import dev.jerboa.train.random.Draws;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a checkpoint as they are, and what is learned beside them. Rows are in the published order, whatever the container,
 * so that what is learned is what other programs expect. The checkpoint must stay open; other memory is the arena's.
 */
public final class AdaptedWeights implements NetworkWeights {
    private static final String A = "lora_A.weight";
    private static final String B = "lora_B.weight";
    private static final String MAGNITUDE = "lora_magnitude_vector";

    private final Description description;
    private final TensorSource tensors;
    private final String baseName;
    private final AdapterSettings settings;
    private final Ops ops;
    private final Arena arena;
    private final ModulePlaces places;
    private final Set<String> targets;
    private final ModuleLayout layout;
    private final Parameters trained;
    private final Map<String, Weight> matrices = new HashMap<>();
    private final Map<String, Parameter> tables = new HashMap<>();

    /**
     * @param ops what decodes frozen matrices
     * @throws ModelException where a target is no projection of the model
     */
    public AdaptedWeights(Checkpoint base, AdapterSettings settings, Ops ops, Arena arena) {
        this.description = base.description();
        this.tensors = base.tensors();
        this.baseName = String.valueOf(base.path().normalize());
        this.settings = settings;
        this.ops = ops;
        this.arena = arena;
        this.places = ModulePlaces.of(description);
        this.targets = settings.modules(places);
        this.layout = new ModuleLayout(description, tensors);
        this.trained = new Parameters(arena);
    }

    /** The decoder that these weights are of: the checkpoint's, with the rotation that the published order of rows asks for. */
    public DecoderSpec spec() {
        DecoderSpec spec = description.spec();
        if (!description.turnedRows()) {
            return spec;
        }
        List<LayerSpec> layers = spec.layers().stream()
                .map(layer -> new LayerSpec(published(layer.attention()), layer.feedForward()))
                .toList();
        return spec.withLayers(layers);
    }

    private static AttentionSpec published(AttentionSpec attention) {
        return switch (attention) {
            case AttentionSpec.GroupedQuery a -> {
                RotarySpec r = a.rotary();
                yield r == null
                        ? a
                        : a.withRotary(new RotarySpec(r.dims(), RotaryTable.Layout.HALF_SPLIT, r.base(), r.scaling()));
            }
            case AttentionSpec.Latent a -> a;
            case AttentionSpec.DeltaRule a -> a;
            case AttentionSpec.Lightning a -> a;
            case AttentionSpec.Selected a -> a;
            case AttentionSpec.Compressed a -> a;
        };
    }

    @Override
    public Weight matrix(Slot slot, int layer, int expert, int rows, int cols) {
        return matrices.computeIfAbsent(slot + "/" + layer + "/" + expert, key -> {
            Place place = place(slot, layer, expert);
            if (place != null) {
                return new Frozen(place.module(), held(layout.matrix(place, arena)), ops);
            }
            String name = description.names().name(slot, layer);
            Matrix matrix = tensors.matrix(name);
            if (matrix.rows() != rows || matrix.cols() != cols) {
                throw new ModelException(tensors.source() + ": tensor " + name + " is " + matrix.rows() + " × "
                        + matrix.cols() + ", expected " + rows + " × " + cols + " from the model's configuration");
            }
            return new Frozen(name, matrix, ops);
        });
    }

    private @Nullable Place place(Slot slot, int layer, int expert) {
        TensorNames published = description.published();
        if (!published.has(slot)) {
            return null;
        }
        String name = expert == NO_EXPERT ? published.name(slot, layer) : published.name(slot, layer, expert);
        return places.find(name.replaceFirst("\\.weight$", ""));
    }

    /** A matrix in the form that the settings ask for, where its rows are whole blocks of it. */
    private Matrix held(Matrix matrix) {
        DType type = settings.base().type();
        if (type == null || matrix.type() == type || matrix.cols() % type.blockSize() != 0) {
            return matrix;
        }
        long bytes = type.bytes(matrix.cols());
        MemorySegment data = arena.allocate(bytes * matrix.rows(), FloatRows.ALIGNMENT);
        try (Arena row = Arena.ofConfined()) {
            FloatRows decoded = FloatRows.allocate(row, 1, matrix.cols());
            for (int r = 0; r < matrix.rows(); r++) {
                ops.embed(matrix, r, decoded, 0);
                type.encode(decoded.row(0), 0, matrix.cols(), data, r * bytes);
            }
        }
        return new Matrix(type, matrix.rows(), matrix.cols(), data);
    }

    @Override
    public Optional<LowRank> beside(Slot slot, int layer, int expert) {
        Place place = place(slot, layer, expert);
        if (place == null || !targets.contains(place.module())) {
            return Optional.empty();
        }
        String module = place.module();
        return Optional.of(new LowRank(
                trained.of(Adapter.tensorName(module, A), settings.rank(), place.cols()),
                trained.of(Adapter.tensorName(module, B), place.rows(), settings.rank()),
                settings.scale(),
                settings.magnitudes() ? trained.of(Adapter.tensorName(module, MAGNITUDE), place.rows()) : null));
    }

    @Override
    public Parameter table(Slot slot, int layer, long... shape) {
        if (description.names().lessOne().contains(slot)) {
            throw new ModelException(tensors.source()
                    + ": the weights of norms are stored less 1; training beside a model knows whole ones only");
        }
        return fixed(description.names().name(slot, layer), shape);
    }

    @Override
    public Weight constant(Slot slot, int layer, int rows, int cols) {
        return matrix(slot, layer, NO_EXPERT, rows, cols);
    }

    @Override
    public Parameter constantTable(Slot slot, int layer, long... shape) {
        return table(slot, layer, shape);
    }

    private Parameter fixed(String name, long... shape) {
        return tables.computeIfAbsent(name, n -> {
            StoredTensor stored = tensors.tensor(name);
            Parameter made = Parameter.fixed(arena, name, shape);
            if (stored.elements() != made.elements()) {
                throw new ModelException(tensors.source() + ": tensor " + name + " is "
                        + Arrays.toString(stored.shape()) + ", expected " + Arrays.toString(shape));
            }
            MemorySegment.copy(stored.floats(), 0, made.value().data(), FloatRows.FLOAT, 0, (int) made.elements());
            return made;
        });
    }

    @Override
    public Parameter bias(Slot slot, int layer, int size) {
        String name = description.names().biasName(slot, layer);
        boolean known = tables.containsKey(name);
        Parameter bias = fixed(name, size);
        Place place = place(slot, layer, NO_EXPERT);
        if (!known && place != null) {
            float[] stored = bias.value().row(0);
            for (int r = 0; r < size; r++) {
                bias.value().set(0, r, stored[layout.stored(place, r)]);
            }
        }
        return bias;
    }

    @Override
    public Parameter named(String name, long... shape) {
        throw new ModelException(
                "tokens after the next are not predicted beside a frozen model; model.ahead is to be 0");
    }

    @Override
    public boolean has(Slot slot) {
        return description.names().has(slot);
    }

    @Override
    public String name(Slot slot, int layer) {
        return description.names().name(slot, layer);
    }

    @Override
    public Parameters trained() {
        return trained;
    }

    /**
     * Sets A to uniform numbers within ±1/√in and B to 0, as PEFT does; magnitudes are set by the tape ({@link
     * dev.jerboa.train.autograd.Tape#begin}). A function of the seed.
     */
    public void begin(long seed) {
        long number = 0;
        for (Parameter parameter : trained.all()) {
            number++;
            if (!parameter.name().endsWith(A)) {
                continue;
            }
            double bound = 1 / Math.sqrt(parameter.cols());
            for (int r = 0; r < parameter.rows(); r++) {
                Draws draws = Draws.of(seed, -2 - number, r);
                for (int c = 0; c < parameter.cols(); c++) {
                    parameter.value().set(r, c, (float) ((2 * draws.uniform() - 1) * bound));
                }
            }
        }
    }

    /** What is written down beside what is learned. */
    public AdapterConfig config() {
        return settings.config(baseName, places);
    }

    /**
     * Operations of a training step for each token: each weight of the base is multiplied and added forward and back, each learned one
     * a third time.
     */
    public double operationsPerToken() {
        DecoderSpec spec = description.spec();
        double sum = 4.0 * spec.vocabularySize() * spec.hiddenSize();
        for (Place place : places.all()) {
            double share = 1;
            if (spec.layers().get(place.layer()).feedForward() instanceof FeedForwardSpec.Experts experts
                    && place.expert() != NO_EXPERT) {
                share = (double) experts.router().perToken() / experts.experts();
            }
            double learned =
                    targets.contains(place.module()) ? 6.0 * settings.rank() * (place.rows() + place.cols()) : 0;
            sum += share * (4.0 * place.rows() * place.cols() + learned);
        }
        return sum;
    }
}
