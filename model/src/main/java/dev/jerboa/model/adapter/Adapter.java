package dev.jerboa.model.adapter;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.family.Description;
import dev.jerboa.model.safetensors.SafetensorsFile;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A low-rank adapter as its folder has it, in float32. Immutable; its memory is the arena's that it was opened with. */
public final class Adapter {
    /** The name of the file of tensors. */
    public static final String FILE = "adapter_model.safetensors";

    /** What PEFT puts before the names of modules. */
    public static final String PREFIX = "base_model.model.";

    private static final Pattern TENSOR = Pattern.compile(
            "base_model\\.model\\.(.+)\\.(lora_A\\.weight|lora_B\\.weight|lora_magnitude_vector(?:\\.weight)?)");

    private final Path folder;
    private final AdapterConfig config;
    private final Map<String, Module> modules;

    /**
     * What is added to one module: {@code scale · B · A}, and the length of each row after that.
     *
     * @param a {@code [rank, in]}
     * @param b {@code [out, rank]}
     * @param magnitude {@code [1, out]}; null without DoRA
     */
    public record Module(
            String name,
            FloatRows a,
            FloatRows b,
            float scale,
            @Nullable FloatRows magnitude) {}

    private Adapter(Path folder, AdapterConfig config, Map<String, Module> modules) {
        this.folder = folder;
        this.config = config;
        this.modules = modules;
    }

    /** The name of a module's tensor: {@code part} is {@code lora_A.weight}, {@code lora_B.weight} or {@code lora_magnitude_vector}. */
    public static String tensorName(String module, String part) {
        return PREFIX + module + "." + part;
    }

    /** Whether a folder is an adapter's. */
    public static boolean is(Path folder) {
        return Files.isRegularFile(folder.resolve(AdapterConfig.FILE));
    }

    /**
     * Reads an adapter's folder.
     *
     * @throws ModelException where a file is missing or damaged, a tensor is none of an adapter's, or sizes disagree
     */
    public static Adapter open(Path folder, Arena arena) {
        Path json = folder.resolve(AdapterConfig.FILE);
        if (!Files.isRegularFile(json)) {
            throw new ModelException(folder + ": no " + AdapterConfig.FILE + "; expected the folder of a LoRA adapter");
        }
        AdapterConfig config = AdapterConfig.read(json);
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new ModelException(folder + ": no " + FILE
                    + (Files.isRegularFile(folder.resolve("adapter_model.bin"))
                            ? "; adapter_model.bin can hold programs and is not read, save the adapter as safetensors"
                            : ""));
        }
        try (Arena mapped = Arena.ofShared()) {
            return new Adapter(folder, config, read(SafetensorsFile.open(file, mapped), config, arena));
        }
    }

    private static Map<String, Module> read(SafetensorsFile file, AdapterConfig config, Arena arena) {
        Map<String, Map<String, StoredTensor>> parts = new TreeMap<>();
        for (StoredTensor tensor : file.tensors()) {
            Matcher name = TENSOR.matcher(tensor.name());
            if (!name.matches()) {
                throw new ModelException(file.source() + ": tensor " + tensor.name()
                        + " is none of an adapter's; expected " + PREFIX + "MODULE.lora_A.weight, .lora_B.weight or"
                        + " .lora_magnitude_vector");
            }
            parts.computeIfAbsent(name.group(1), module -> new LinkedHashMap<>())
                    .put(name.group(2).replace("_vector.weight", "_vector"), tensor);
        }
        Map<String, Module> modules = new LinkedHashMap<>();
        parts.forEach((module, tensors) -> modules.put(module, module(file.source(), module, tensors, config, arena)));
        return modules;
    }

    private static Module module(
            String source, String name, Map<String, StoredTensor> parts, AdapterConfig config, Arena arena) {
        StoredTensor a = parts.get("lora_A.weight");
        StoredTensor b = parts.get("lora_B.weight");
        StoredTensor magnitude = parts.get("lora_magnitude_vector");
        if (a == null || b == null || (magnitude == null) == config.magnitudes()) {
            throw new ModelException(source + ": module " + name + " has " + parts.keySet()
                    + ", expected lora_A.weight, "
                    + "lora_B.weight" + (config.magnitudes() ? " and lora_magnitude_vector" : " and no magnitudes")
                    + " as use_dora of " + AdapterConfig.FILE + " says");
        }
        int rank = config.rank(name);
        if (a.rank() != 2 || b.rank() != 2 || a.size(0) != rank || b.size(1) != rank) {
            throw new ModelException(source + ": module " + name + " has A " + Arrays.toString(a.shape()) + " and B "
                    + Arrays.toString(b.shape()) + ", expected rank × in and out × rank with the rank " + rank + " of "
                    + AdapterConfig.FILE);
        }
        if (magnitude != null && magnitude.elements() != b.size(0)) {
            throw new ModelException(source + ": module " + name + " has magnitudes "
                    + Arrays.toString(magnitude.shape()) + ", expected one for each of the " + b.size(0) + " outputs");
        }
        return new Module(
                name,
                a.table(arena),
                b.table(arena),
                config.scale(name),
                magnitude == null ? null : FloatRows.copyOf(arena, magnitude.floats(), (int) b.size(0)));
    }

    public Path folder() {
        return folder;
    }

    public AdapterConfig config() {
        return config;
    }

    /** Its modules by their published names. */
    public Map<String, Module> modules() {
        return Collections.unmodifiableMap(modules);
    }

    /** The number of values. */
    public long elements() {
        long sum = 0;
        for (Module module : modules.values()) {
            FloatRows magnitude = module.magnitude;
            sum += (long) module.a.rows() * module.a.cols() + (long) module.b.rows() * module.b.cols();
            sum += magnitude == null ? 0 : magnitude.cols();
        }
        return sum;
    }

    /**
     * A model's tensors with the adapter in them.
     *
     * @param tensors the model's
     * @throws ModelException where the model has no such module, or one of another size
     */
    public Merging into(Description description, TensorSource tensors) {
        Merging merging = new Merging(new ModuleLayout(description, tensors));
        AdaptedModel.places(this, description, tensors).forEach((module, place) -> merging.add(place, module));
        return merging;
    }

    /**
     * The adapter on a model.
     *
     * @param tensors the model's
     * @param arena owns what is made: rows in the container's order, merged matrices
     * @throws ModelException where the model has no such module, or one of another size
     */
    public AdaptedModel onto(Description description, TensorSource tensors, Arena arena) {
        return AdaptedModel.of(this, description, tensors, arena);
    }
}
