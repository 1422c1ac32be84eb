package dev.jerboa.model.gguf;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A GGUF model, versions 2 and 3, little-endian, in one file or split into {@code NAME-00001-of-0000N.gguf}: metadata on
 * the heap, tensors as read-only windows of the mapped files.
 *
 * <p>The mapping belongs to the arena given to {@link #open}; closing that arena is what closes the model. Immutable and
 * safe for several threads where the arena is shared. The file is not trusted: every count, size and offset is checked
 * before it is used, and each refusal is a {@link ModelException} that names the file and the key or tensor.
 *
 * <p>Source: the GGUF specification (docs/gguf.md of the ggml project).
 */
public final class GgufFile implements TensorSource {
    static final int MAGIC = 0x46554747; // "GGUF"
    static final int DEFAULT_ALIGNMENT = 32;
    static final String ALIGNMENT_KEY = "general.alignment";
    static final String SPLIT_COUNT = "split.count";
    static final String SPLIT_NUMBER = "split.no";
    static final String SPLIT_TENSORS = "split.tensors.count";

    private static final int MAX_TENSORS = 1 << 20;
    private static final int MAX_KEYS = 1 << 20;
    private static final int MAX_TENSOR_NAME_BYTES = 1024;
    private static final int MAX_DIMENSIONS = 4;
    static final int MAX_ALIGNMENT = 1 << 24;
    private static final int MAX_SPLITS = 99_999;
    private static final Pattern SPLIT_NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

    private final Path path;
    private final int version;
    private final Metadata metadata;
    private final Map<String, ValueType> types;
    private final Map<String, StoredTensor> tensors;
    private final List<Path> files;

    private GgufFile(
            Path path,
            int version,
            Metadata metadata,
            Map<String, ValueType> types,
            Map<String, StoredTensor> tensors,
            List<Path> files) {
        this.path = path;
        this.version = version;
        this.metadata = metadata;
        this.types = types;
        this.tensors = tensors;
        this.files = files;
    }

    /** Opens a model; any one file of a split model opens all of it. The mapping belongs to {@code arena}. */
    public static GgufFile open(Path path, Arena arena) {
        GgufFile file = openOne(path, arena);
        return file.metadata.has(SPLIT_COUNT) && file.splitCount() > 1 ? openSplits(path, file, arena) : file;
    }

    /**
     * Reads a file that is in memory already: one file, not a split model.
     *
     * @param name names it in messages, and is its {@link #path}
     * @param data its bytes, which the result's tensors are windows of
     */
    public static GgufFile of(String name, MemorySegment data) {
        return parse(Path.of(name), data);
    }

    /** The file that was opened. */
    public Path path() {
        return path;
    }

    /** Every file of the model, in order. */
    public List<Path> files() {
        return files;
    }

    /** The version of the format, 2 or 3. */
    public int version() {
        return version;
    }

    /** The keys and values; of a split model, those of its first file. */
    public Metadata metadata() {
        return metadata;
    }

    /** How the file writes a key's value (the element's type where {@link Metadata} has an array), or null where there is no such key. */
    public @Nullable ValueType valueType(String key) {
        return types.get(key);
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

    private int splitCount() {
        int count = metadata.integer(SPLIT_COUNT);
        if (count < 0 || count > MAX_SPLITS) {
            throw new ModelException(path + ": key " + SPLIT_COUNT + " is " + count + ", expected 1 to " + MAX_SPLITS);
        }
        return count;
    }

    private static GgufFile openSplits(Path path, GgufFile opened, Arena arena) {
        int count = opened.splitCount();
        Path fileName = path.getFileName();
        Matcher name = SPLIT_NAME.matcher(fileName == null ? "" : fileName.toString());
        if (!name.matches() || Integer.parseInt(name.group(3)) != count) {
            throw new ModelException(path + ": key " + SPLIT_COUNT + " says one of " + count
                    + " files, but the name does not end in -0000I-of-" + String.format("%05d", count)
                    + ".gguf; give it its original name beside its siblings");
        }
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        List<Path> files = new ArrayList<>();
        GgufFile first = opened;
        for (int i = 0; i < count; i++) {
            Path sibling = path.resolveSibling(String.format("%s-%05d-of-%05d.gguf", name.group(1), i + 1, count));
            GgufFile part = sibling.equals(path) ? opened : openOne(sibling, arena);
            if (part.metadata.integer(SPLIT_NUMBER) != i || part.splitCount() != count) {
                throw new ModelException(sibling + ": keys " + SPLIT_NUMBER + " and " + SPLIT_COUNT + " say file "
                        + part.metadata.integer(SPLIT_NUMBER) + " of " + part.splitCount() + ", expected " + i + " of "
                        + count);
            }
            for (StoredTensor tensor : part.tensors.values()) {
                StoredTensor before = tensors.put(tensor.name(), tensor);
                if (before != null) {
                    throw new ModelException(sibling + ": tensor " + tensor.name() + " is also in " + before.source());
                }
            }
            files.add(sibling);
            first = i == 0 ? part : first;
        }
        int expected = first.metadata.integer(SPLIT_TENSORS, tensors.size());
        if (expected != tensors.size()) {
            throw new ModelException(path + ": key " + SPLIT_TENSORS + " says " + expected + " tensors, found "
                    + tensors.size() + " in " + count + " files; a file may be of another model");
        }
        return new GgufFile(
                path,
                first.version,
                first.metadata,
                first.types,
                Collections.unmodifiableMap(tensors),
                List.copyOf(files));
    }

    private static GgufFile openOne(Path path, Arena arena) {
        MemorySegment data;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            data = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw new ModelException(path + ": not readable: " + e, e);
        }
        GgufFile file = parse(path, data);
        NativePages.release(data); // what was read is on the heap now
        return file;
    }

    private static GgufFile parse(Path path, MemorySegment data) {
        HeaderReader in = new HeaderReader(path.toString(), data);
        Head head = head(in);
        Map<String, StoredTensor> tensors = tensors(in, data, head);
        return new GgufFile(
                path,
                head.version,
                head.metadata,
                Collections.unmodifiableMap(head.types),
                Collections.unmodifiableMap(tensors),
                List.of(path));
    }

    /** What stands before the tensor data; the reader is where it ends. */
    private record Head(
            int version, Metadata metadata, Map<String, ValueType> types, int alignment, List<Entry> entries) {}

    private static Head head(HeaderReader in) {
        int version = version(in);
        int tensorCount = tensorCount(in);
        int keyCount = in.count(13, MAX_KEYS, "the number of keys");
        Map<String, Object> values = new LinkedHashMap<>();
        Map<String, ValueType> types = new LinkedHashMap<>();
        for (int i = 0; i < keyCount; i++) {
            readKey(in, values, types);
        }
        Metadata metadata = new Metadata(in.file(), values);
        int alignment = alignment(in, metadata);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < tensorCount; i++) {
            entries.add(entry(in, i, alignment));
        }
        return new Head(version, metadata, types, alignment, entries);
    }

    /** Bytes of a file before its tensors' data, by how it begins; empty where that does not tell: it is longer, or damaged. */
    public static OptionalLong headBytes(byte[] beginning) {
        HeaderReader in = new HeaderReader("the beginning of a file", MemorySegment.ofArray(beginning));
        try {
            head(in);
            return OptionalLong.of(in.position());
        } catch (ModelException e) {
            return OptionalLong.empty();
        }
    }

    private static int version(HeaderReader in) {
        int magic = in.u32("the magic number");
        if (magic != MAGIC) {
            throw in.refuse(String.format("not a GGUF file: starts with %08x, expected %08x", magic, MAGIC));
        }
        int version = in.u32("the version");
        if (version != 0 && (version & 0xffff) == 0) {
            throw in.refuse("a big-endian GGUF file (version " + Integer.reverseBytes(version)
                    + "); convert it to little-endian (gguf_convert_endian.py)");
        }
        if (version != 2 && version != 3) {
            throw in.refuse(
                    "GGUF version " + Integer.toUnsignedString(version) + ", expected 2 or 3; convert the model again");
        }
        return version;
    }

    private static int tensorCount(HeaderReader in) {
        return in.count(25, MAX_TENSORS, "the number of tensors");
    }

    private static void readKey(HeaderReader in, Map<String, Object> values, Map<String, ValueType> types) {
        String key = in.name(HeaderReader.MAX_KEY_BYTES, "the name of key number " + values.size());
        String what = "key " + key;
        ValueType type = in.type(what);
        Object value;
        if (type == ValueType.ARRAY) {
            type = in.type("the elements of " + what);
            value = in.array(type, what, 1);
        } else {
            value = in.scalar(type, what);
        }
        if (values.put(key, value) != null) {
            throw in.refuse(what + " appears twice");
        }
        types.put(key, type);
    }

    private static int alignment(HeaderReader in, Metadata metadata) {
        int alignment = metadata.integer(ALIGNMENT_KEY, DEFAULT_ALIGNMENT);
        if (alignment <= 0 || alignment > MAX_ALIGNMENT || Integer.bitCount(alignment) != 1) {
            throw in.refuse(
                    "key " + ALIGNMENT_KEY + " is " + alignment + ", expected a power of two up to " + MAX_ALIGNMENT);
        }
        return alignment;
    }

    /** What the header says of a tensor. */
    private record Entry(String name, DType type, long[] shape, long offset, long bytes) {}

    private static Map<String, StoredTensor> tensors(HeaderReader in, MemorySegment data, Head head) {
        long start = in.position() + head.alignment - 1 & -head.alignment;
        long available = Math.max(0, data.byteSize() - start);
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (Entry entry : head.entries) {
            if (entry.offset > available || entry.bytes > available - entry.offset) {
                throw in.refuse("tensor " + entry.name + " takes " + entry.bytes + " bytes from " + entry.offset
                        + " of the tensor data, which has " + available + "; the file is incomplete");
            }
            MemorySegment bytes =
                    entry.bytes == 0 ? MemorySegment.NULL : data.asSlice(start + entry.offset, entry.bytes);
            StoredTensor tensor = new StoredTensor(in.file(), entry.name, entry.type, entry.shape, bytes);
            if (tensors.put(entry.name, tensor) != null) {
                throw in.refuse("tensor " + entry.name + " appears twice");
            }
        }
        refuseOverlap(in, head.entries);
        return tensors;
    }

    private static Entry entry(HeaderReader in, int number, int alignment) {
        String name = in.name(MAX_TENSOR_NAME_BYTES, "the name of tensor number " + number);
        String what = "tensor " + name;
        int dimensions = in.u32("the number of dimensions of " + what);
        if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
            throw in.refuse(what + " has " + Integer.toUnsignedString(dimensions) + " dimensions, expected at most "
                    + MAX_DIMENSIONS);
        }
        long[] shape = new long[dimensions];
        for (int d = dimensions - 1; d >= 0; d--) {
            shape[d] = in.u64("a size of " + what);
        }
        int id = in.u32("the type of " + what);
        DType type = DType.ofGguf(id);
        if (type == null) {
            throw in.refuse(what + " has type number " + Integer.toUnsignedString(id)
                    + ", which is unknown or was withdrawn; convert the model again to one of the current types");
        }
        long columns = dimensions == 0 ? 1 : shape[dimensions - 1];
        if (columns % type.blockSize() != 0) {
            throw in.refuse(what + " has rows of " + columns + " values, expected a multiple of " + type.blockSize()
                    + " for " + type);
        }
        long bytes;
        try {
            bytes = type.bytes(StoredTensor.elements(shape));
        } catch (ArithmeticException e) {
            throw new ModelException(
                    in.file() + ": " + what + " has shape " + Arrays.toString(shape) + ", more than 2^63 − 1 bytes", e);
        }
        long offset = in.u64("the offset of " + what);
        if (offset % alignment != 0) {
            throw in.refuse(what + " has offset " + offset + ", expected a multiple of the alignment " + alignment);
        }
        return new Entry(name, type, shape, offset, bytes);
    }

    private static void refuseOverlap(HeaderReader in, List<Entry> entries) {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Entry::offset).thenComparingLong(Entry::bytes));
        for (int i = 1; i < sorted.size(); i++) {
            Entry before = sorted.get(i - 1);
            Entry entry = sorted.get(i);
            if (entry.offset < before.offset + before.bytes) {
                throw in.refuse("tensor " + entry.name + " at offset " + entry.offset + " overlaps tensor "
                        + before.name + ", which ends at " + (before.offset + before.bytes)
                        + "; the file is damaged, or its types have another layout than the public one");
            }
        }
    }
}
