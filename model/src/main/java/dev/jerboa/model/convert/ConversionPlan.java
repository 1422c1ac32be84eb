package dev.jerboa.model.convert;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.checkpoint.GenerationDefaults;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.family.Description;
import dev.jerboa.model.family.Families;
import dev.jerboa.model.family.GgufForm;
import dev.jerboa.model.gguf.GgufFile;
import dev.jerboa.model.gguf.GgufWriter;
import dev.jerboa.model.gguf.PackedFolder;
import dev.jerboa.model.gguf.ValueType;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.token.TokenizerKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a model is as one GGUF file: its keys, and its tensors by name and shape with where their values come from. The checkpoint
 * must stay open.
 */
public final class ConversionPlan {
    private static final Pattern LAYER = Pattern.compile("blk\\.(\\d+)\\..*");
    /** Tensors of folders that decoders do without. */
    private static final Pattern UNNEEDED = Pattern.compile(".*(rotary_emb\\.inv_freq|attention\\.(masked_)?bias)");

    private static final Pattern FOLDER_LAYER = Pattern.compile(".*layers\\.(\\d+)\\..*");

    private final Checkpoint checkpoint;
    private final List<PlannedTensor> tensors;
    private final Consumer<GgufWriter> keys;
    private final List<String> leftOut;

    private ConversionPlan(
            Checkpoint checkpoint, List<PlannedTensor> tensors, Consumer<GgufWriter> keys, List<String> leftOut) {
        this.checkpoint = checkpoint;
        this.tensors = List.copyOf(tensors);
        this.keys = keys;
        this.leftOut = List.copyOf(leftOut);
    }

    /**
     * The plan of a checkpoint.
     *
     * @throws ModelException where it is of a family that GGUF has no architecture for, or its configuration says what that
     *     cannot say
     */
    public static ConversionPlan of(Checkpoint checkpoint) {
        return checkpoint.tensors() instanceof GgufFile file ? ofGguf(checkpoint, file) : ofFolder(checkpoint);
    }

    private static ConversionPlan ofGguf(Checkpoint checkpoint, GgufFile file) {
        if (file.metadata().has(PackedFolder.CONFIG)) {
            throw new ModelException(file.path() + ": a packed folder (jerboa pack); pack the folder again with another"
                    + " --type, or merge nothing and convert the folder itself");
        }
        List<PlannedTensor> planned = file.tensors().stream()
                .map(tensor -> PlannedTensor.of(tensor.name(), tensor))
                .toList();
        return new ConversionPlan(checkpoint, planned, writer -> writer.copyKeys(file), List.of());
    }

    private static ConversionPlan ofFolder(Checkpoint checkpoint) {
        String source = checkpoint.path().resolve("config.json").toString();
        Map<String, @Nullable Object> json = Json.object(checkpoint.path().resolve("config.json"));
        Description description = checkpoint.description();
        GgufForm form = Families.ggufForm(json, source, description);
        SlotTensors slots = new SlotTensors(
                checkpoint.tensors(),
                description.spec(),
                description.names(),
                form.names(),
                form.turnedRows() ? SlotTensors.Turning.TO_NEIGHBOURS : SlotTensors.Turning.NONE,
                form.tiledStates());
        List<PlannedTensor> planned = new ArrayList<>(slots.tensors());
        if (description.spec().tiedHead()) {
            planned.removeIf(tensor -> tensor.name().equals("output.weight"));
        }
        float[] divisors = form.rotaryDivisors();
        if (divisors.length > 0) {
            planned.add(
                    PlannedTensor.made("rope_freqs.weight", new long[] {divisors.length}, DType.F32, () -> divisors));
        }
        return new ConversionPlan(
                checkpoint, planned, writer -> folderKeys(writer, checkpoint, form), leftOut(checkpoint, slots.used()));
    }

    private static List<String> leftOut(Checkpoint checkpoint, Set<String> used) {
        int layers = checkpoint.spec().layers().size();
        return checkpoint.tensors().tensors().stream()
                .map(StoredTensor::name)
                .filter(name -> !used.contains(name) && !UNNEEDED.matcher(name).matches())
                .filter(name -> {
                    Matcher layer = FOLDER_LAYER.matcher(name);
                    return !layer.matches() || Integer.parseInt(layer.group(1)) < layers;
                })
                .sorted()
                .toList();
    }

    private static void folderKeys(GgufWriter writer, Checkpoint checkpoint, GgufForm form) {
        writer.string("general.architecture", form.architecture())
                .string("general.type", "model")
                .string("general.name", checkpoint.name());
        form.keys().forEach((key, value) -> put(writer, key, value));
        checkpoint
                .tokenizer()
                .ifPresent(tokenizer -> TokenizerKeys.of(
                                tokenizer,
                                form.architecture(),
                                checkpoint.spec().vocabularySize(),
                                checkpoint.path().toString())
                        .forEach((key, value) -> put(writer, key, value)));
        checkpoint.chatTemplate().ifPresent(template -> writer.string("tokenizer.chat_template", template));
        sampling(writer, checkpoint.generationDefaults());
    }

    private static void sampling(GgufWriter writer, GenerationDefaults defaults) {
        if (!defaults.sample()) {
            return;
        }
        number(writer, "temp", defaults.temperature());
        number(writer, "top_p", defaults.topP());
        number(writer, "min_p", defaults.minP());
        number(writer, "penalty_repeat", defaults.repetitionPenalty());
        Integer topK = defaults.topK();
        if (topK != null) {
            writer.put("general.sampling.top_k", ValueType.INT32, (long) topK);
        }
    }

    private static void number(GgufWriter writer, String key, @Nullable Float value) {
        if (value != null) {
            writer.float32("general.sampling." + key, value);
        }
    }

    /** A key with the value types that the reference engine's files have. */
    private static void put(GgufWriter writer, String key, Object value) {
        switch (value) {
            case Long number -> writer.uint32(key, number);
            case Integer number -> writer.uint32(key, number);
            case Double number -> writer.float32(key, number);
            case Float number -> writer.float32(key, number);
            case Boolean flag -> writer.flag(key, flag);
            case String text -> writer.string(key, text);
            case String[] texts -> writer.strings(key, texts);
            case long[] numbers -> writer.putArray(key, ValueType.INT32, numbers);
            case double[] numbers -> writer.putArray(key, ValueType.FLOAT32, numbers);
            default -> throw new IllegalArgumentException(key + " has a value of " + value.getClass());
        }
    }

    /** The tensors, in the order in which they are written. */
    List<PlannedTensor> tensors() {
        return tensors;
    }

    /** Writes the model's keys but those that depend on the types of tensors. */
    void keys(GgufWriter writer) {
        keys.accept(writer);
    }

    /** Names of the folder's tensors that have no place in the file, such as those of a vision encoder. */
    public List<String> leftOut() {
        return leftOut;
    }

    Checkpoint checkpoint() {
        return checkpoint;
    }

    /** What a type mix has to know. */
    TypeMix.Model model(boolean calibrated) {
        DecoderSpec spec = checkpoint.spec();
        int queriesPerKey = 1;
        int experts = 0;
        for (LayerSpec layer : spec.layers()) {
            if (layer.attention() instanceof AttentionSpec.GroupedQuery grouped) {
                queriesPerKey = grouped.heads() / grouped.kvHeads();
            }
            if (layer.feedForward() instanceof FeedForwardSpec.Experts mixture) {
                experts = mixture.experts();
            }
        }
        return new TypeMix.Model(spec.layers().size(), queriesPerKey, experts, calibrated);
    }

    /** The type that a tensor gets; empty mix: the one it has, where GGUF has that. */
    DType type(PlannedTensor tensor, Optional<TypeMix> mix, TypeMix.Model model) {
        DType stored = tensor.stored();
        boolean number = switch (stored) {
            case I8, I16, I32, I64 -> true;
            default -> false;
        };
        if (number) {
            return stored;
        }
        if (mix.isPresent()) {
            boolean head = tensor.name().equals("output.weight")
                    || tensor.name().equals("token_embd.weight")
                            && checkpoint.spec().tiedHead();
            return mix.get().of(tensor.name(), tensor.shape(), layer(tensor.name()), model, head);
        }
        boolean ofFile = checkpoint.tensors() instanceof GgufFile;
        if (!ofFile && TypeMix.kept(tensor.name(), tensor.shape()) || stored == DType.F64) {
            return DType.F32;
        }
        boolean same =
                stored.ggufId() >= 0 && (stored.encodable() || tensor.bytes() != null || tensor.copied() != null);
        return same ? stored : DType.BF16;
    }

    private static int layer(String name) {
        Matcher matcher = LAYER.matcher(name);
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
    }
}
