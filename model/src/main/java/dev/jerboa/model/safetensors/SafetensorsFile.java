package dev.jerboa.model.safetensors;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One safetensors file: tensors as read-only windows of the mapped file, which belongs to the arena given to
 * {@link #open}. Immutable and safe for several threads where the arena is shared.
 *
 * <p>The file is not trusted: header length, types, shapes and byte ranges are checked, and each refusal is a
 * {@link ModelException} that names the file and the tensor.
 *
 * <p>Source: the format section of the safetensors project's README.
 */
public final class SafetensorsFile implements TensorSource {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    private final Map<String, String> metadata;
    private final Map<String, StoredTensor> tensors;

    private SafetensorsFile(Path path, Map<String, String> metadata, Map<String, StoredTensor> tensors) {
        this.path = path;
        this.metadata = metadata;
        this.tensors = tensors;
    }

    /** Opens a file; the mapping belongs to {@code arena}. */
    public static SafetensorsFile open(Path path, Arena arena) {
        MemorySegment data;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            data = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw new ModelException(path + ": not readable: " + e, e);
        }
        if (data.byteSize() < 8) {
            throw new ModelException(
                    path + ": not a safetensors file: " + data.byteSize() + " bytes, expected 8 or more");
        }
        long length = data.get(LONG, 0);
        if (length < 0 || length > Header.MAX_BYTES || length > data.byteSize() - 8) {
            throw new ModelException(path + ": the header has " + Long.toUnsignedString(length)
                    + " bytes, expected at most " + Math.min(Header.MAX_BYTES, data.byteSize() - 8)
                    + "; not a safetensors file, or an incomplete one");
        }
        MemorySegment body = data.asSlice(8 + length);
        byte[] json = data.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
        Header header = Header.parse(path.toString(), json, body.byteSize());
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (Header.Entry entry : header.entries().values()) {
            MemorySegment bytes = body.asSlice(entry.begin(), entry.end() - entry.begin());
            tensors.put(
                    entry.name(), new StoredTensor(path.toString(), entry.name(), entry.type(), entry.shape(), bytes));
        }
        return new SafetensorsFile(path, header.metadata(), Collections.unmodifiableMap(tensors));
    }

    public Path path() {
        return path;
    }

    /** The free texts of the header ({@code __metadata__}), perhaps none. */
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public String source() {
        return path.toString();
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
