package dev.jerboa.model.gguf;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import dev.jerboa.model.tensor.TensorOutput;
import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Writes a GGUF file, version 3, little-endian: keys and tensors are declared first, {@link #write} streams the tensors'
 * bytes in the order of declaration. One thread.
 *
 * <p>Java types of values are those of {@link Metadata}.
 */
public final class GgufWriter {
    private static final int VERSION = 3;
    /** What readers of the format hold a tensor's name in, one byte less than 64. */
    private static final int MAX_TENSOR_NAME_BYTES = 63;

    private static final int MAX_DIMENSIONS = 4;

    private final Map<String, Value> values = new LinkedHashMap<>();
    private final Map<String, Declared> tensors = new LinkedHashMap<>();

    private record Value(ValueType type, boolean array, Object value) {}

    private record Declared(DType type, long[] shape, long bytes, TensorBody body) {}

    /** Adds or replaces a key whose value is no array. */
    public GgufWriter put(String key, ValueType type, Object value) {
        return put(key, new Value(type, false, value));
    }

    /** Adds or replaces a key whose value is an array of elements of {@code type}. */
    public GgufWriter putArray(String key, ValueType type, Object array) {
        return put(key, new Value(type, true, array));
    }

    public GgufWriter string(String key, String value) {
        return put(key, ValueType.STRING, value);
    }

    public GgufWriter uint32(String key, long value) {
        return put(key, ValueType.UINT32, value);
    }

    public GgufWriter float32(String key, double value) {
        return put(key, ValueType.FLOAT32, value);
    }

    public GgufWriter flag(String key, boolean value) {
        return put(key, ValueType.BOOL, value);
    }

    public GgufWriter strings(String key, String... value) {
        return putArray(key, ValueType.STRING, value);
    }

    /** Takes over every key of a file but those that say how it is split. */
    public GgufWriter copyKeys(GgufFile file) {
        for (String key : file.metadata().keys()) {
            if (!key.equals(GgufFile.SPLIT_COUNT)
                    && !key.equals(GgufFile.SPLIT_NUMBER)
                    && !key.equals(GgufFile.SPLIT_TENSORS)) {
                Object value = Objects.requireNonNull(file.metadata().get(key));
                ValueType type = Objects.requireNonNull(file.valueType(key));
                put(key, new Value(type, value.getClass().isArray(), value));
            }
        }
        return this;
    }

    /**
     * Declares a tensor.
     *
     * @param shape sizes from the outermost dimension to the contiguous one, at most four
     * @param body asked for the bytes when their turn comes
     */
    public GgufWriter tensor(String name, DType type, long[] shape, TensorBody body) {
        if (type.ggufId() < 0) {
            throw new ModelException("tensor " + name + ": GGUF has no type " + type + "; encode it as another");
        }
        int nameBytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (nameBytes == 0 || nameBytes > MAX_TENSOR_NAME_BYTES || shape.length > MAX_DIMENSIONS) {
            throw new ModelException(
                    "tensor " + name + " with " + shape.length + " dimensions: GGUF takes names of 1 to "
                            + MAX_TENSOR_NAME_BYTES + " bytes and at most " + MAX_DIMENSIONS + " dimensions");
        }
        if (shape.length > 0 && shape[shape.length - 1] % type.blockSize() != 0) {
            throw new ModelException("tensor " + name + " has rows of " + shape[shape.length - 1]
                    + " values, expected a multiple of " + type.blockSize() + " for " + type);
        }
        long bytes = type.bytes(StoredTensor.elements(shape));
        if (tensors.putIfAbsent(name, new Declared(type, shape.clone(), bytes, body)) != null) {
            throw new ModelException("tensor " + name + " is declared twice");
        }
        return this;
    }

    /** Declares a tensor of another file, as it is. */
    public GgufWriter tensor(StoredTensor tensor) {
        return tensor(tensor.name(), tensor.type(), tensor.shape(), TensorBody.of(tensor.data()));
    }

    /** Writes the file; one that is there already is replaced when the new one is complete. */
    public void write(Path path) {
        int alignment = alignment();
        LittleEndianBytes header = new LittleEndianBytes();
        header.i32(GgufFile.MAGIC).i32(VERSION).i64(tensors.size()).i64(values.size());
        values.forEach((key, value) -> {
            header.string(key);
            if (value.array) {
                header.i32(ValueType.ARRAY.ordinal());
                array(header, key, value.type, value.value);
            } else {
                header.i32(value.type.ordinal());
                scalar(header, key, value.type, value.value);
            }
        });
        long offset = 0;
        for (Map.Entry<String, Declared> entry : tensors.entrySet()) {
            Declared tensor = entry.getValue();
            header.string(entry.getKey()).i32(tensor.shape.length);
            for (int d = tensor.shape.length - 1; d >= 0; d--) {
                header.i64(tensor.shape[d]);
            }
            header.i32(tensor.type.ggufId()).i64(offset);
            offset = Math.addExact(offset, tensor.bytes) + alignment - 1 & -alignment;
        }
        try (TensorOutput output = new TensorOutput(path)) {
            output.write(header.toBytes());
            output.align(alignment);
            tensors.forEach((name, tensor) -> {
                output.tensor(name, tensor.type, tensor.bytes, tensor.body);
                output.align(alignment);
            });
            output.complete();
        }
    }

    private GgufWriter put(String key, Value value) {
        int bytes = key.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > HeaderReader.MAX_KEY_BYTES) {
            throw new ModelException(
                    "key " + key + " has " + bytes + " bytes, expected 1 to " + HeaderReader.MAX_KEY_BYTES);
        }
        values.put(key, value);
        return this;
    }

    private int alignment() {
        Value value = values.get(GgufFile.ALIGNMENT_KEY);
        if (value == null) {
            return GgufFile.DEFAULT_ALIGNMENT;
        }
        if (value.value instanceof Number number
                && Long.bitCount(number.longValue()) == 1
                && number.longValue() > 0
                && number.longValue() <= GgufFile.MAX_ALIGNMENT) {
            return number.intValue();
        }
        throw new ModelException("key " + GgufFile.ALIGNMENT_KEY + " is " + value.value
                + ", expected a power of two up to " + GgufFile.MAX_ALIGNMENT);
    }

    private static void array(LittleEndianBytes header, String key, ValueType type, Object array) {
        if (!array.getClass().isArray()) {
            throw unfit(key, "an array", array);
        }
        int count = Array.getLength(array);
        header.i32(type.ordinal()).i64(count);
        switch (array) {
            case long[] whole -> Arrays.stream(whole).forEach(value -> scalar(header, key, type, value));
            case double[] numbers -> Arrays.stream(numbers).forEach(value -> scalar(header, key, type, value));
            case boolean[] flags -> {
                for (boolean flag : flags) {
                    scalar(header, key, type, flag);
                }
            }
            case String[] strings -> {
                for (String string : strings) {
                    scalar(header, key, type, string);
                }
            }
            case Object[] nested
            when type == ValueType.ARRAY -> {
                for (Object inner : nested) {
                    array(header, key, elementType(key, inner), inner);
                }
            }
            default -> throw unfit(key, "an array of " + type, array);
        }
    }

    /** The element type of an array inside an array, whose declared type {@link Metadata} does not keep. */
    private static ValueType elementType(String key, Object array) {
        return switch (array) {
            case long[] whole -> ValueType.INT64;
            case double[] numbers -> ValueType.FLOAT64;
            case boolean[] flags -> ValueType.BOOL;
            case String[] strings -> ValueType.STRING;
            case Object[] nested -> ValueType.ARRAY;
            default -> throw unfit(key, "an array", array);
        };
    }

    private static void scalar(LittleEndianBytes header, String key, ValueType type, Object value) {
        switch (type) {
            case UINT8 -> header.i8((int) integer(key, value, 0, 0xff));
            case INT8 -> header.i8((int) integer(key, value, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case UINT16 -> header.i16((int) integer(key, value, 0, 0xffff));
            case INT16 -> header.i16((int) integer(key, value, Short.MIN_VALUE, Short.MAX_VALUE));
            case UINT32 -> header.i32((int) integer(key, value, 0, 0xffff_ffffL));
            case INT32 -> header.i32((int) integer(key, value, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case UINT64 -> header.i64(integer(key, value, 0, Long.MAX_VALUE));
            case INT64 -> header.i64(integer(key, value, Long.MIN_VALUE, Long.MAX_VALUE));
            case FLOAT32 -> header.i32(Float.floatToRawIntBits((float) number(key, value)));
            case FLOAT64 -> header.i64(Double.doubleToRawLongBits(number(key, value)));
            case BOOL -> header.i8(value instanceof Boolean flag && flag ? 1 : falseOrRefuse(key, value));
            case STRING -> {
                if (!(value instanceof String text)) {
                    throw unfit(key, "a string", value);
                }
                header.string(text);
            }
            case ARRAY -> throw unfit(key, "no array here", value);
        }
    }

    private static long integer(String key, Object value, long least, long most) {
        if (!(value instanceof Long || value instanceof Integer)
                || ((Number) value).longValue() < least
                || ((Number) value).longValue() > most) {
            throw unfit(key, "an integer from " + least + " to " + most, value);
        }
        return ((Number) value).longValue();
    }

    private static double number(String key, Object value) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw unfit(key, "a number", value);
    }

    private static int falseOrRefuse(String key, Object value) {
        if (value instanceof Boolean) {
            return 0;
        }
        throw unfit(key, "a boolean", value);
    }

    private static ModelException unfit(String key, String expected, Object found) {
        return new ModelException("key " + key + ": expected " + expected + ", found "
                + found.getClass().getSimpleName() + " " + found);
    }
}
