package dev.jerboa.model.convert;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.checkpoint.GenerationDefaults;
import dev.jerboa.model.family.Description;
import dev.jerboa.model.family.Families;
import dev.jerboa.model.gguf.GgufFile;
import dev.jerboa.model.gguf.GgufWriter;
import dev.jerboa.model.gguf.ValueType;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.model.safetensors.SafetensorsWriter;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.token.TokenizerText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The door of this package: a model written in other types, or in the other container. */
public final class Conversion {
    private static final long MAX_SHARD_BYTES = 4L << 30;

    /** Room that is left on a disk. */
    private static final long SPARE_BYTES = 16 << 20;

    private final Team team;
    private final Progress progress;
    private long done;
    private long total;

    /** Told how far the work is, in values. */
    @FunctionalInterface
    public interface Progress {
        void at(long done, long total);
    }

    /**
     * What was written.
     *
     * @param bytesByType bytes of tensors by type
     * @param values the number of values
     * @param inputBytes bytes of the tensors that they came from
     * @param unweighted tensors that have scales to search for and no importances, though others have some
     */
    public record Report(Map<DType, Long> bytesByType, long values, long inputBytes, List<String> unweighted) {
        public Report {
            bytesByType = Map.copyOf(bytesByType);
            unweighted = List.copyOf(unweighted);
        }

        /** Bytes of all tensors. */
        public long bytes() {
            return bytesByType.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** @param team whose threads encode; the bytes do not depend on how many they are */
    public Conversion(Team team, Progress progress) {
        this.team = team;
        this.progress = progress;
    }

    /**
     * Writes a GGUF file; one that is there already is replaced when the new one is complete.
     *
     * @param mix the types; empty to keep those that tensors have
     * @param importances by which errors are weighted, or null
     * @throws ModelException where a tensor cannot be had in a type of GGUF, or the disk has no room
     */
    public Report toGguf(ConversionPlan plan, Optional<TypeMix> mix, @Nullable ImportanceMatrix importances, Path out) {
        TypeMix.Model model = plan.model(importances != null);
        Map<String, DType> types = new LinkedHashMap<>();
        for (PlannedTensor tensor : plan.tensors()) {
            types.put(tensor.name(), plan.type(tensor, mix, model));
        }
        GgufWriter writer = new GgufWriter();
        plan.keys(writer);
        writer.uint32("general.file_type", fileType(plan, mix, types));
        writer.uint32("general.quantization_version", 2);
        if (importances != null) {
            writer.string("quantize.imatrix.dataset", String.join(", ", importances.texts()));
            writer.put("quantize.imatrix.entries_count", ValueType.INT32, (long)
                    importances.entries().size());
            writer.put("quantize.imatrix.chunks_count", ValueType.INT32, (long) importances.chunks());
        }
        List<String> unweighted = new ArrayList<>();
        begin(plan.tensors());
        try (EncodedBody bodies = new EncodedBody(team)) {
            for (PlannedTensor tensor : plan.tensors()) {
                DType type = types.getOrDefault(tensor.name(), DType.F32);
                requireEncodable(tensor, type, plan.checkpoint().path());
                float @Nullable [] weights = weights(tensor, type, importances, unweighted);
                writer.tensor(tensor.name(), type, tensor.shape(), bodies.of(tensor, type, weights, this::advance));
            }
            Report report = report(plan.tensors(), types, plan.checkpoint(), unweighted);
            requireRoom(out, report.bytes());
            writer.write(out);
            return report;
        }
    }

    private static float @Nullable [] weights(
            PlannedTensor tensor, DType type, @Nullable ImportanceMatrix importances, List<String> unweighted) {
        if (importances == null || type.blockSize() == 1 || type == DType.Q8_0) {
            return null;
        }
        int matrices = tensor.shape().length == 3 ? Math.toIntExact(tensor.shape()[0]) : 1;
        float[] weights = importances.of(tensor.name(), matrices, tensor.columns());
        if (weights == null) {
            unweighted.add(tensor.name());
        }
        return weights;
    }

    private static int fileType(ConversionPlan plan, Optional<TypeMix> mix, Map<String, DType> types) {
        if (mix.isPresent()) {
            return mix.get().fileType();
        }
        if (plan.checkpoint().tensors() instanceof GgufFile file) {
            return file.metadata().integer("general.file_type", 0);
        }
        Map<DType, Long> values = new EnumMap<>(DType.class);
        for (PlannedTensor tensor : plan.tensors()) {
            values.merge(
                    types.getOrDefault(tensor.name(), DType.F32), StoredTensor.elements(tensor.shape()), Long::sum);
        }
        DType most = values.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(DType.F32);
        return switch (most) {
            case F16 -> TypeMix.F16.fileType();
            case BF16 -> TypeMix.BF16.fileType();
            case MXFP4 -> TypeMix.MXFP4.fileType();
            default -> TypeMix.F32.fileType();
        };
    }

    /**
     * Writes a Hugging Face folder of a GGUF file: config.json in the family's published form, safetensors, and tokenizer files where
     * the tokenizer's kind allows. Weights that are in the folder already are replaced when the new ones are complete.
     *
     * @param type of all tensors: F32, F16 or BF16
     * @throws ModelException where the family has no folder's form, or a key says what that cannot say
     */
    public Report toFolder(Checkpoint checkpoint, DType type, Path out) {
        if (!(checkpoint.tensors() instanceof GgufFile file)) {
            throw new ModelException(checkpoint.path() + ": a folder already; expected a GGUF file to make one of");
        }
        if (type != DType.F32 && type != DType.F16 && type != DType.BF16) {
            throw new ModelException("type " + type + " for a folder, expected f32, f16 or bf16");
        }
        Description description = checkpoint.description();
        Map<String, @Nullable Object> config =
                new LinkedHashMap<>(Families.folderConfig(file.metadata(), file.source(), description));
        SlotTensors slots = new SlotTensors(
                file,
                description.spec(),
                description.names(),
                description.published(),
                description.turnedRows() ? SlotTensors.Turning.TO_HALVES : SlotTensors.Turning.NONE,
                false);
        config.put(
                "torch_dtype",
                switch (type) {
                    case F16 -> "float16";
                    case BF16 -> "bfloat16";
                    default -> "float32";
                });
        for (String role : List.of("bos_token_id", "eos_token_id")) {
            if (file.metadata().has("tokenizer.ggml." + role)) {
                config.put(role, (long) file.metadata().integer("tokenizer.ggml." + role));
            }
        }
        begin(slots.tensors());
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        Map<String, DType> types = new LinkedHashMap<>();
        try (EncodedBody bodies = new EncodedBody(team)) {
            for (PlannedTensor tensor : slots.tensors()) {
                types.put(tensor.name(), type);
                writer.tensor(tensor.name(), type, tensor.shape(), bodies.of(tensor, type, null, this::advance));
            }
            Report report = report(slots.tensors(), types, checkpoint, List.of());
            Files.createDirectories(out);
            requireRoom(out, report.bytes());
            List<String> weights = writer.writeFolder(out, MAX_SHARD_BYTES);
            removeOtherWeights(out, weights);
            Files.writeString(out.resolve("config.json"), JsonOut.text(config) + "\n");
            Files.writeString(
                    out.resolve("generation_config.json"),
                    JsonOut.text(generation(checkpoint.generationDefaults())) + "\n");
            for (Map.Entry<String, String> each : TokenizerText.files(
                            file.metadata(), file.source(), checkpoint.chatTemplate())
                    .entrySet()) {
                Files.writeString(out.resolve(each.getKey()), each.getValue());
            }
            return report;
        } catch (IOException e) {
            throw new ModelException(out + ": not writable: " + e.getMessage(), e);
        }
    }

    private static Map<String, @Nullable Object> generation(GenerationDefaults defaults) {
        Map<String, @Nullable Object> generation = new LinkedHashMap<>();
        int[] ends = defaults.endTokens();
        if (ends.length > 0) {
            generation.put(
                    "eos_token_id", Arrays.stream(ends).asLongStream().boxed().toList());
        }
        generation.put("do_sample", defaults.sample());
        if (defaults.sample()) {
            Integer topK = defaults.topK();
            put(generation, "temperature", defaults.temperature());
            put(generation, "top_k", topK == null ? null : (Number) topK.longValue());
            put(generation, "top_p", defaults.topP());
            put(generation, "min_p", defaults.minP());
            put(generation, "repetition_penalty", defaults.repetitionPenalty());
        }
        return generation;
    }

    private static void put(Map<String, @Nullable Object> into, String key, @Nullable Number value) {
        if (value != null) {
            into.put(key, value);
        }
    }

    /** Removes the weights of a model that was in the folder, which readers would find beside those that were written. */
    private static void removeOtherWeights(Path folder, List<String> written) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.matches("model.*\\.safetensors(\\.index\\.json)?") && !written.contains(name)) {
                    Files.delete(file);
                }
            }
        }
    }

    private void begin(List<PlannedTensor> tensors) {
        done = 0;
        total = tensors.stream()
                .mapToLong(tensor -> StoredTensor.elements(tensor.shape()))
                .sum();
    }

    private void advance(long values) {
        done += values;
        progress.at(done, total);
    }

    private static Report report(
            List<PlannedTensor> tensors, Map<String, DType> types, Checkpoint checkpoint, List<String> unweighted) {
        Map<DType, Long> bytes = new EnumMap<>(DType.class);
        long values = 0;
        for (PlannedTensor tensor : tensors) {
            DType type = types.getOrDefault(tensor.name(), DType.F32);
            long elements = StoredTensor.elements(tensor.shape());
            bytes.merge(type, type.bytes(elements), Long::sum);
            values += elements;
        }
        return new Report(bytes, values, checkpoint.weightBytes(), unweighted);
    }

    private static void requireEncodable(PlannedTensor tensor, DType type, Path source) {
        boolean copied = (tensor.bytes() != null || tensor.copied() != null) && type == tensor.stored();
        if (!copied && !type.encodable()) {
            throw new ModelException(source + ": tensor " + tensor.name() + " cannot be stored as " + type
                    + ", which Jerboa reads but does not write");
        }
    }

    private static void requireRoom(Path out, long bytes) {
        try {
            Path folder = out.toAbsolutePath().getParent();
            long room =
                    folder == null ? Long.MAX_VALUE : Files.getFileStore(folder).getUsableSpace();
            if (room < bytes + SPARE_BYTES) {
                throw new ModelException(out + ": the disk has room for " + room + " bytes, expected " + bytes
                        + " and a little more; make room or write to another one");
            }
        } catch (IOException e) {
            throw new ModelException(out + ": its folder is not there or not readable: " + e.getMessage(), e);
        }
    }
}
