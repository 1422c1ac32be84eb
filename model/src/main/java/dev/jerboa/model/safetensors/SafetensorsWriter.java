package dev.jerboa.model.safetensors;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import dev.jerboa.model.tensor.TensorOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes safetensors: tensors are declared first, then streamed into one file ({@link #write}) or into shards with an
 * index ({@link #writeFolder}). In a file, wider types come first so that every tensor stays aligned. One thread.
 */
public final class SafetensorsWriter {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final int ALIGNMENT = 8;

    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, Declared> tensors = new LinkedHashMap<>();

    private record Declared(String name, DType type, String typeName, long[] shape, long bytes, TensorBody body) {}

    /** Adds a free text to the header. */
    public SafetensorsWriter metadata(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    /**
     * Declares a tensor.
     *
     * @param shape sizes from the outermost dimension to the contiguous one
     * @param body asked for the bytes when their turn comes
     */
    public SafetensorsWriter tensor(String name, DType type, long[] shape, TensorBody body) {
        String typeName = TypeNames.name(type);
        if (typeName == null) {
            throw new ModelException("tensor " + name + ": safetensors has no type " + type + "; encode it as another");
        }
        if (name.equals(Header.METADATA) || shape.length > Header.MAX_DIMENSIONS) {
            throw new ModelException("tensor " + name + " with " + shape.length
                    + " dimensions: the name is reserved or there are more than " + Header.MAX_DIMENSIONS);
        }
        long bytes = type.bytes(StoredTensor.elements(shape));
        Declared declared = new Declared(name, type, typeName, shape.clone(), bytes, body);
        if (tensors.putIfAbsent(name, declared) != null) {
            throw new ModelException("tensor " + name + " is declared twice");
        }
        return this;
    }

    /** Declares a tensor of another file, as it is. */
    public SafetensorsWriter tensor(StoredTensor tensor) {
        return tensor(tensor.name(), tensor.type(), tensor.shape(), TensorBody.of(tensor.data()));
    }

    /** Writes everything into one file; one that is there already is replaced when the new one is complete. */
    public void write(Path file) {
        write(file, tensors.values());
    }

    /**
     * Writes {@code model.safetensors} where all tensors together take at most {@code maxBytes}, else shards of at most
     * that size (a larger tensor has one of its own) and {@code model.safetensors.index.json}. Files of these names that are there
     * already are replaced one by one, each when the new one is complete.
     *
     * @return the names of the files
     */
    public List<String> writeFolder(Path folder, long maxBytes) {
        List<List<Declared>> shards = new ArrayList<>();
        long room = 0;
        long total = 0;
        for (Declared tensor : tensors.values()) {
            if (shards.isEmpty() || tensor.bytes > room) {
                shards.add(new ArrayList<>());
                room = maxBytes;
            }
            shards.getLast().add(tensor);
            room -= tensor.bytes;
            total += tensor.bytes;
        }
        if (shards.size() <= 1) {
            write(folder.resolve(SafetensorsFolder.SINGLE), tensors.values());
            return List.of(SafetensorsFolder.SINGLE);
        }
        Map<String, String> index = new LinkedHashMap<>();
        for (int i = 0; i < shards.size(); i++) {
            String file = String.format("model-%05d-of-%05d.safetensors", i + 1, shards.size());
            write(folder.resolve(file), shards.get(i));
            shards.get(i).forEach(tensor -> index.put(tensor.name, file));
        }
        writeIndex(folder.resolve(SafetensorsFolder.INDEX), total, index);
        Set<String> names = new LinkedHashSet<>(index.values());
        names.add(SafetensorsFolder.INDEX);
        return List.copyOf(names);
    }

    private void write(Path file, Iterable<Declared> chosen) {
        List<Declared> order = new ArrayList<>();
        chosen.forEach(order::add);
        order.sort(Comparator.comparingInt(tensor -> -tensor.type.blockBytes()));
        byte[] json = header(order);
        int padded = json.length + ALIGNMENT - 1 & -ALIGNMENT;
        if (padded > Header.MAX_BYTES) {
            throw new ModelException(file + ": the header takes " + padded + " bytes, the format allows "
                    + Header.MAX_BYTES + "; write shards");
        }
        try (TensorOutput output = new TensorOutput(file)) {
            output.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(padded)
                    .array());
            byte[] head = Arrays.copyOf(json, padded);
            Arrays.fill(head, json.length, padded, (byte) ' ');
            output.write(head);
            for (Declared tensor : order) {
                output.tensor(tensor.name, tensor.type, tensor.bytes, tensor.body);
            }
            output.complete();
        }
    }

    private byte[] header(List<Declared> order) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectPropertyStart(Header.METADATA);
                metadata.forEach(json::writeStringProperty);
                json.writeEndObject();
            }
            long at = 0;
            for (Declared tensor : order) {
                json.writeObjectPropertyStart(tensor.name);
                json.writeStringProperty("dtype", tensor.typeName);
                json.writeName("shape");
                json.writeArray(tensor.shape, 0, tensor.shape.length);
                json.writeName("data_offsets");
                json.writeArray(new long[] {at, at + tensor.bytes}, 0, 2);
                json.writeEndObject();
                at += tensor.bytes;
            }
            json.writeEndObject();
        }
        return out.toByteArray();
    }

    private static void writeIndex(Path file, long total, Map<String, String> index) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            json.writeObjectPropertyStart("metadata");
            json.writeNumberProperty("total_size", total);
            json.writeEndObject();
            json.writeObjectPropertyStart("weight_map");
            index.forEach(json::writeStringProperty);
            json.writeEndObject();
            json.writeEndObject();
        }
        try {
            Files.write(file, out.toByteArray());
        } catch (IOException e) {
            throw new ModelException(file + ": not writable: " + e, e);
        }
    }
}
