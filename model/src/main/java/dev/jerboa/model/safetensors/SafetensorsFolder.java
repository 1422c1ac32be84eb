package dev.jerboa.model.safetensors;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a Hugging Face folder: {@code model.safetensors.index.json} with its shards, else
 * {@code model.safetensors}, else the only {@code *.safetensors} file. The mappings belong to the arena given to
 * {@link #open}. Immutable and safe for several threads where the arena is shared.
 */
public final class SafetensorsFolder implements TensorSource {
    /** The name of the file that says which shard holds a tensor. */
    public static final String INDEX = "model.safetensors.index.json";

    /** The name of the weights that need no shards. */
    public static final String SINGLE = "model.safetensors";

    private static final String SUFFIX = ".safetensors";

    private final Path folder;
    private final List<SafetensorsFile> files;
    private final Map<String, StoredTensor> tensors;

    private SafetensorsFolder(Path folder, List<SafetensorsFile> files, Map<String, StoredTensor> tensors) {
        this.folder = folder;
        this.files = files;
        this.tensors = tensors;
    }

    /** Opens the weights of a folder, or a single file given by itself; the mappings belong to {@code arena}. */
    public static SafetensorsFolder open(Path path, Arena arena) {
        if (!Files.isDirectory(path)) {
            return single(path, path, arena);
        }
        Path index = path.resolve(INDEX);
        if (Files.exists(index)) {
            return indexed(path, index, arena);
        }
        Path single = path.resolve(SINGLE);
        return single(path, Files.exists(single) ? single : only(path), arena);
    }

    private static SafetensorsFolder single(Path source, Path path, Arena arena) {
        SafetensorsFile file = SafetensorsFile.open(path, arena);
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        file.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
        return new SafetensorsFolder(source, List.of(file), Collections.unmodifiableMap(tensors));
    }

    private static Path only(Path folder) {
        try (Stream<Path> list = Files.list(folder)) {
            List<Path> found = list.filter(p -> p.toString().endsWith(SUFFIX)).toList();
            if (found.size() != 1) {
                throw new ModelException(folder + ": expected " + INDEX + ", " + SINGLE + " or one *" + SUFFIX
                        + " file, found " + found.size() + " files");
            }
            return found.getFirst();
        } catch (IOException e) {
            throw new ModelException(folder + ": not readable: " + e, e);
        }
    }

    private static SafetensorsFolder indexed(Path folder, Path index, Arena arena) {
        Object weightMap = Json.object(index).get("weight_map");
        Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        Json.asObject(weightMap, index + ": weight_map").forEach((name, value) -> {
            SafetensorsFile shard = shards.computeIfAbsent(
                    shardName(index, name, value), file -> SafetensorsFile.open(folder.resolve(file), arena));
            StoredTensor tensor = shard.find(name);
            if (tensor == null) {
                throw new ModelException(index + ": tensor " + name + " should be in "
                        + shard.path().getFileName() + ", which does not have it; the files are of different versions");
            }
            tensors.put(name, tensor);
        });
        return new SafetensorsFolder(folder, List.copyOf(shards.values()), Collections.unmodifiableMap(tensors));
    }

    /** A shard's file name: a plain name in the folder, nothing that could lead out of it. */
    private static String shardName(Path index, String tensor, @Nullable Object value) {
        if (value instanceof String name && name.endsWith(SUFFIX) && name.indexOf('\\') < 0 && name.indexOf(':') < 0) {
            try {
                Path path = Path.of(name);
                if (!path.isAbsolute()
                        && path.getNameCount() == 1
                        && path.toString().equals(name)) {
                    return name;
                }
            } catch (InvalidPathException e) {
                throw new ModelException(index + ": tensor " + tensor + " is in a file with an impossible name", e);
            }
        }
        throw new ModelException(index + ": tensor " + tensor + " is in " + value + ", expected the name of a *"
                + SUFFIX + " file in the same folder");
    }

    /** The files that hold the tensors. */
    public List<SafetensorsFile> files() {
        return files;
    }

    @Override
    public String source() {
        return folder.toString();
    }

    @Override
    public Collection<StoredTensor> tensors() {
        return tensors.values();
    }

    @Override
    public @Nullable StoredTensor find(String name) {
        return tensors.get(name);
    }
}
