package dev.jerboa.model.checkpoint;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.AdaptedModel;
import dev.jerboa.model.adapter.Adapter;
import dev.jerboa.model.adapter.Merging;
import dev.jerboa.model.family.Description;
import dev.jerboa.model.family.Families;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.safetensors.BlockScaled;
import dev.jerboa.model.safetensors.Quantization;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.model.safetensors.SafetensorsWriter;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.model.token.Tokenizers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A model in a Hugging Face folder: config.json, safetensors, and the files beside them. */
final class FolderCheckpoint implements Checkpoint {
    /** No published template comes near this. */
    private static final long MAX_TEMPLATE_BYTES = 4 << 20;

    private static final long MAX_SHARD_BYTES = 4L << 30;

    private final Path folder;
    private final Arena arena;
    private final TensorSource tensors;
    private final Map<String, @Nullable Object> config;
    private final Description description;
    private @Nullable Optional<Tokenizer> tokenizer;

    private FolderCheckpoint(
            Path folder,
            Arena arena,
            TensorSource tensors,
            Map<String, @Nullable Object> config,
            Description description) {
        this.folder = folder;
        this.arena = arena;
        this.tensors = tensors;
        this.config = config;
        this.description = description;
    }

    static FolderCheckpoint open(Path folder) {
        Path file = folder.resolve("config.json");
        if (!Files.isRegularFile(file)) {
            throw new ModelException(
                    folder + ": no config.json; expected a Hugging Face folder with config.json and *.safetensors");
        }
        Map<String, @Nullable Object> config = Json.object(file);
        Quantization quantization = Quantization.of(config, file.toString());
        Arena arena = Arena.ofShared();
        try {
            TensorSource tensors = new FolderTensors(
                    SafetensorsFolder.open(folder, arena),
                    quantization,
                    BlockScaled.Tile.of(config, file.toString()),
                    arena);
            Description description = Families.ofFolder(config, file.toString(), tensors);
            return new FolderCheckpoint(folder, arena, tensors, config, description);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return folder;
    }

    @Override
    public String name() {
        return String.valueOf(folder.toAbsolutePath().normalize().getFileName());
    }

    @Override
    public String format() {
        return "Hugging Face safetensors";
    }

    @Override
    public Description description() {
        return description;
    }

    @Override
    public TensorSource tensors() {
        return tensors;
    }

    @Override
    public AdaptedModel adapted(Path adapter) {
        return Adapter.open(adapter, arena).onto(description, tensors, arena);
    }

    @Override
    public synchronized Optional<Tokenizer> tokenizer() {
        Optional<Tokenizer> read = tokenizer;
        if (read == null) {
            read = Tokenizers.fromFolder(folder);
            tokenizer = read;
        }
        return read;
    }

    @Override
    public Optional<String> chatTemplate() {
        Path own = folder.resolve("chat_template.jinja");
        if (Files.isRegularFile(own)) {
            return Optional.of(text(own));
        }
        Optional<String> json = templateIn(folder.resolve("chat_template.json"));
        return json.isPresent() ? json : templateIn(folder.resolve("tokenizer_config.json"));
    }

    /** The {@code chat_template} of a JSON file: a text, or named ones of which "default" is taken. */
    private static Optional<String> templateIn(Path file) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        Object value = Json.object(file).get("chat_template");
        if (value instanceof String text) {
            return Optional.of(text);
        }
        if (value instanceof List<?> named) {
            for (Object entry : named) {
                Map<String, @Nullable Object> one = Json.asObject(entry, file + ": chat_template");
                if ("default".equals(one.get("name")) && one.get("template") instanceof String text) {
                    return Optional.of(text);
                }
            }
        }
        return Optional.empty();
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > MAX_TEMPLATE_BYTES) {
                throw new ModelException(file + ": " + Files.size(file) + " bytes, expected a template of at most "
                        + MAX_TEMPLATE_BYTES);
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new ModelException(file + ": not readable as UTF-8 text: " + e, e);
        }
    }

    @Override
    public GenerationDefaults generationDefaults() {
        Path file = folder.resolve("generation_config.json");
        Map<String, @Nullable Object> generation = Files.isRegularFile(file) ? Json.object(file) : Map.of();
        Object ends = generation.get("eos_token_id");
        if (ends == null) {
            ends = config.get("eos_token_id");
        }
        if (ends == null && config.get("text_config") instanceof Map<?, ?> text) {
            ends = text.get("eos_token_id");
        }
        Float topK = number(generation, "top_k", file);
        return new GenerationDefaults(
                ids(ends, file),
                Boolean.TRUE.equals(generation.get("do_sample")),
                number(generation, "temperature", file),
                topK == null ? null : Integer.valueOf(topK.intValue()),
                number(generation, "top_p", file),
                number(generation, "min_p", file),
                number(generation, "repetition_penalty", file));
    }

    private static int[] ids(@Nullable Object value, Path file) {
        return switch (value) {
            case null -> new int[0];
            case Long id -> new int[] {Math.toIntExact(id)};
            case List<?> list ->
                list.stream().flatMapToInt(id -> Arrays.stream(ids(id, file))).toArray();
            default ->
                throw new ModelException(
                        file + ": eos_token_id is " + Json.kind(value) + ", expected an id or several");
        };
    }

    private static @Nullable Float number(Map<String, @Nullable Object> values, String key, Path file) {
        Object value = values.get(key);
        if (value == null) {
            return null;
        }
        if (value instanceof Number number) {
            return number.floatValue();
        }
        throw new ModelException(file + ": " + key + " is " + Json.kind(value) + ", expected a number");
    }

    @Override
    public void merge(Path adapter, Path out, Optional<DType> type) {
        if (Files.exists(out)) {
            throw new ModelException(out + " is there already; give another name");
        }
        try (Arena own = Arena.ofShared()) {
            Merging merging = Adapter.open(adapter, own).into(description, tensors);
            Map<String, MergedTensor> merged = new HashMap<>();
            for (String name : merging.tensors()) {
                StoredTensor tensor = tensors.tensor(name);
                merged.put(tensor.name(), MergedTensor.of(tensor, name, type));
            }
            SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
            for (StoredTensor tensor : tensors.tensors()) {
                MergedTensor changed = merged.get(tensor.name());
                if (changed == null) {
                    writer.tensor(tensor);
                } else {
                    writer.tensor(tensor.name(), changed.type(), tensor.shape(), changed.body(merging));
                }
            }
            Files.createDirectories(out);
            copyOthers(out);
            writer.writeFolder(out, MAX_SHARD_BYTES);
        } catch (IOException e) {
            throw new UncheckedIOException(out + ": the model cannot be written: " + e.getMessage(), e);
        }
    }

    /** Copies what lies beside the weights: configuration, tokenizer, template, license. */
    private void copyOthers(Path out) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = String.valueOf(file.getFileName());
                boolean weights = name.matches(".*\\.(safetensors|safetensors\\.index\\.json|bin|pt|pth|gguf)");
                boolean ofRun = name.equals("trainer_state.json");
                if (!weights && !ofRun) {
                    Files.copy(file, out.resolve(name));
                }
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
