package dev.jerboa.train.checkpoint;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.model.safetensors.SafetensorsFile;
import dev.jerboa.model.safetensors.SafetensorsWriter;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The folder of a run: its checkpoints by step. One writer. */
public final class RunFolder {
    private static final Pattern NAME = Pattern.compile("step-(\\d{6,18})");
    private static final String STATE = "trainer_state.json";
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String AVERAGE = "average";

    private final Path folder;
    private final Kind kind;

    /** What checkpoints hold beside the optimiser's state. */
    public enum Kind {
        /** A model: a Hugging Face folder. */
        MODEL("config.json", "model.safetensors"),
        /** An adapter, without the model that it is for: a folder of PEFT. */
        ADAPTER("adapter_config.json", "adapter_model.safetensors");

        private final String config;
        private final String weights;

        Kind(String config, String weights) {
            this.config = config;
            this.weights = weights;
        }
    }

    /** A table with its name and its shape in files. */
    public record Table(String name, long[] shape, FloatRows values) {}

    /**
     * What a checkpoint holds.
     *
     * @param step steps that were done
     * @param config config.json, or adapter_config.json
     * @param model parameters
     * @param average the average of the weights by the names of {@code model}, a published folder of its own within the checkpoint;
     *     empty where there is none
     * @param state the optimiser's
     * @param extras files beside them (the tokenizer's), by name
     * @param facts others to write down
     */
    public record Content(
            long step,
            Map<String, @Nullable Object> config,
            List<Table> model,
            List<Table> average,
            List<Table> state,
            Map<String, Path> extras,
            Map<String, @Nullable Object> facts) {}

    /** Of a model. */
    public RunFolder(Path folder) {
        this(folder, Kind.MODEL);
    }

    public RunFolder(Path folder, Kind kind) {
        this.folder = folder;
        this.kind = kind;
    }

    /** The file of weights in the checkpoint after {@code step} steps. */
    public Path weights(long step) {
        return step(step).resolve(kind.weights);
    }

    public Path path() {
        return folder;
    }

    /** Where the checkpoint after {@code step} steps lies. */
    public Path step(long step) {
        return folder.resolve("step-%06d".formatted(step));
    }

    /** The steps of all complete checkpoints, first to last. */
    public List<Long> steps() {
        List<Long> steps = new ArrayList<>();
        for (Path entry : entries()) {
            Matcher name = NAME.matcher(String.valueOf(entry.getFileName()));
            if (name.matches() && Files.isRegularFile(entry.resolve(STATE))) {
                steps.add(Long.parseLong(name.group(1)));
            }
        }
        steps.sort(Comparator.naturalOrder());
        return steps;
    }

    /** The step of the last complete checkpoint. */
    public Optional<Long> last() {
        List<Long> steps = steps();
        return steps.isEmpty() ? Optional.empty() : Optional.of(steps.getLast());
    }

    /**
     * Makes the folder for a new run.
     *
     * @throws ModelException where it holds checkpoints, whole or damaged: those of a new run would take their place
     */
    public void begin() {
        requireNew();
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": cannot be made: " + e.getMessage(), e);
        }
    }

    /**
     * Makes sure that a new run can begin here.
     *
     * @throws ModelException where there are checkpoints, whole or damaged
     */
    public void requireNew() {
        if (last().isPresent()) {
            throw new ModelException(
                    folder + " has checkpoints already; --resume goes on from the last, --out takes another folder");
        }
        for (Path entry : entries()) {
            if (NAME.matcher(String.valueOf(entry.getFileName())).matches()) {
                throw new ModelException(entry + " is no whole checkpoint (it has no " + STATE
                        + "), and a new run might write there; remove it, or take another folder by --out");
            }
        }
    }

    private List<Path> entries() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": not readable: " + e.getMessage(), e);
        }
    }

    /**
     * Writes a checkpoint.
     *
     * @return the SHA-256 of its weights' file, in hexadecimal
     */
    public String save(Content content) {
        Path target = step(content.step);
        Path making = folder.resolve(target.getFileName() + ".tmp");
        try {
            delete(making);
            publish(making, content, content.model);
            if (!content.average.isEmpty()) {
                publish(making.resolve(AVERAGE), content, content.average);
            }
            write(making.resolve(OPTIMIZER), content.state, Map.of());
            Map<String, @Nullable Object> state = new LinkedHashMap<>();
            state.put("step", content.step);
            state.putAll(content.facts);
            state.put("sha256", hashes(making));
            Files.writeString(making.resolve(STATE), JsonOut.text(state) + "\n", StandardCharsets.UTF_8);
            try (Stream<Path> files = Files.walk(making)) {
                files.forEach(RunFolder::sync);
            }
            delete(target);
            Files.move(making, target, StandardCopyOption.ATOMIC_MOVE);
            sync(folder);
            return hash(target.resolve(kind.weights));
        } catch (IOException e) {
            throw new UncheckedIOException(making + ": the checkpoint cannot be written: " + e.getMessage(), e);
        }
    }

    /** Writes what {@code run} and others open: configuration, weights, tokenizer. */
    private void publish(Path to, Content content, List<Table> weights) throws IOException {
        Files.createDirectories(to);
        Files.writeString(to.resolve(kind.config), JsonOut.text(content.config) + "\n", StandardCharsets.UTF_8);
        write(to.resolve(kind.weights), weights, Map.of("format", "pt"));
        for (Map.Entry<String, Path> extra : content.extras.entrySet()) {
            Files.copy(extra.getValue(), to.resolve(extra.getKey()), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void write(Path file, List<Table> tables, Map<String, String> metadata) {
        SafetensorsWriter writer = new SafetensorsWriter();
        metadata.forEach(writer::metadata);
        for (Table table : tables) {
            long bytes = Float.BYTES * StoredTensor.elements(table.shape);
            MemorySegment data = table.values.data().asSlice(0, bytes);
            writer.tensor(table.name, DType.F32, table.shape, TensorBody.of(data));
        }
        writer.write(file);
    }

    /**
     * Reads a checkpoint into tables of the same names.
     *
     * @return what was written down with it
     * @throws ModelException where a file is not as it was written, or a tensor is missing or of another size
     */
    public Map<String, @Nullable Object> load(long step, List<Table> model, List<Table> average, List<Table> state) {
        Path from = step(step);
        Map<String, @Nullable Object> facts = Json.object(from.resolve(STATE));
        Map<String, @Nullable Object> hashes = Json.asObject(facts.get("sha256"), from.resolve(STATE) + ": sha256");
        for (Map.Entry<String, @Nullable Object> entry : hashes.entrySet()) {
            Path file = from.resolve(entry.getKey());
            String found = Files.isRegularFile(file) ? hash(file) : "no file";
            if (!found.equals(entry.getValue())) {
                throw new ModelException(file + ": its SHA-256 is " + found + ", expected " + entry.getValue()
                        + "; the checkpoint is damaged, remove its folder to go on from the one before");
            }
        }
        try (Arena arena = Arena.ofShared()) {
            read(SafetensorsFile.open(from.resolve(kind.weights), arena), model);
            if (!average.isEmpty()) {
                read(SafetensorsFile.open(from.resolve(AVERAGE).resolve(kind.weights), arena), average);
            }
            read(SafetensorsFile.open(from.resolve(OPTIMIZER), arena), state);
        }
        return facts;
    }

    private static void read(SafetensorsFile file, List<Table> tables) {
        for (Table table : tables) {
            StoredTensor stored = file.tensor(table.name);
            if (stored.elements() != StoredTensor.elements(table.shape)) {
                throw new ModelException(file.source() + ": tensor " + table.name + " has " + stored.elements()
                        + " values, expected " + StoredTensor.elements(table.shape)
                        + "; the recipe's model is not the checkpoint's");
            }
            MemorySegment.copy(
                    stored.data(), 0, table.values.data(), 0, stored.data().byteSize());
        }
    }

    private static Map<String, String> hashes(Path making) throws IOException {
        Map<String, String> hashes = new LinkedHashMap<>();
        try (Stream<Path> files = Files.walk(making)) {
            files.filter(Files::isRegularFile)
                    .sorted()
                    .forEach(file ->
                            hashes.put(making.relativize(file).toString().replace('\\', '/'), hash(file)));
        }
        return hashes;
    }

    /** The SHA-256 of a file, in hexadecimal. */
    public static String hash(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": not readable: " + e.getMessage(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** Brings a file or folder to the disk. */
    private static void sync(Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            if (!Files.isDirectory(path)) { // some systems do not open folders
                throw new UncheckedIOException(path + ": cannot be brought to the disk: " + e.getMessage(), e);
            }
        }
    }

    private static void delete(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
