package dev.jerboa.model.checkpoint;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.AdaptedModel;
import dev.jerboa.model.adapter.Adapter;
import dev.jerboa.model.adapter.Merging;
import dev.jerboa.model.family.Description;
import dev.jerboa.model.family.Families;
import dev.jerboa.model.gguf.GgufFile;
import dev.jerboa.model.gguf.GgufWriter;
import dev.jerboa.model.gguf.Metadata;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.model.token.Tokenizers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A model in GGUF. */
final class GgufCheckpoint implements Checkpoint {
    /** The metadata keys of ids that end a text or a turn. */
    private static final List<String> END_KEYS =
            List.of("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id");

    private final Arena arena;
    private final GgufFile file;
    private final Description description;
    private @Nullable Optional<Tokenizer> tokenizer;

    private GgufCheckpoint(Arena arena, GgufFile file, Description description) {
        this.arena = arena;
        this.file = file;
        this.description = description;
    }

    static GgufCheckpoint open(Path path) {
        return open(arena -> GgufFile.open(path, arena));
    }

    static GgufCheckpoint of(String name, byte[] bytes) {
        return open(arena -> {
            MemorySegment data = arena.allocate(bytes.length, Long.BYTES);
            MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
            return GgufFile.of(name, data.asReadOnly());
        });
    }

    private static GgufCheckpoint open(Function<Arena, GgufFile> opening) {
        Arena arena = Arena.ofShared();
        try {
            GgufFile file = opening.apply(arena);
            return new GgufCheckpoint(arena, file, Families.ofGguf(file.metadata(), file.source(), file));
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public String name() {
        return file.metadata().string("general.name", String.valueOf(path().getFileName()));
    }

    @Override
    public String format() {
        return "GGUF v" + file.version();
    }

    @Override
    public Description description() {
        return description;
    }

    @Override
    public TensorSource tensors() {
        return file;
    }

    @Override
    public AdaptedModel adapted(Path adapter) {
        return Adapter.open(adapter, arena).onto(description, file, arena);
    }

    @Override
    public synchronized Optional<Tokenizer> tokenizer() {
        Optional<Tokenizer> read = tokenizer;
        if (read == null) {
            read = Tokenizers.fromGguf(file.metadata(), path().toString());
            tokenizer = read;
        }
        return read;
    }

    @Override
    public Optional<String> chatTemplate() {
        String key = "tokenizer.chat_template";
        return file.metadata().has(key) ? Optional.of(file.metadata().string(key)) : Optional.empty();
    }

    @Override
    public GenerationDefaults generationDefaults() {
        Metadata metadata = file.metadata();
        int[] ends = END_KEYS.stream()
                .filter(metadata::has)
                .mapToInt(metadata::integer)
                .toArray();
        Float temperature = number("general.sampling.temp");
        return new GenerationDefaults(
                ends,
                temperature != null && temperature > 0,
                temperature,
                metadata.has("general.sampling.top_k") ? metadata.integer("general.sampling.top_k") : null,
                number("general.sampling.top_p"),
                number("general.sampling.min_p"),
                number("general.sampling.penalty_repeat"));
    }

    private @Nullable Float number(String key) {
        return file.metadata().has(key) ? (float) file.metadata().number(key) : null;
    }

    @Override
    public void merge(Path adapter, Path out, Optional<DType> type) {
        if (Files.exists(out)) {
            throw new ModelException(out + " is there already; give another name");
        }
        try (Arena own = Arena.ofShared()) {
            Merging merging = Adapter.open(adapter, own).into(description, file);
            GgufWriter writer = new GgufWriter().copyKeys(file);
            for (StoredTensor tensor : file.tensors()) {
                if (merging.tensors().contains(tensor.name())) {
                    MergedTensor merged = MergedTensor.of(tensor, tensor.name(), type);
                    writer.tensor(tensor.name(), merged.type(), tensor.shape(), merged.body(merging));
                } else {
                    writer.tensor(tensor.name(), tensor.type(), tensor.shape(), TensorBody.of(tensor.data()));
                }
            }
            writer.write(out);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
