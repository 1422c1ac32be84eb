package dev.jerboa.model.gguf;

import org.jspecify.annotations.Nullable;

/** The kinds of metadata values in a GGUF file, numbered as there. */
public enum ValueType {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    /** A length of 64 bits and that many bytes of UTF-8. */
    STRING(8),
    /** A kind, a count of 64 bits and that many values. */
    ARRAY(12),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    private static final ValueType[] ALL = values();

    private final int minimumBytes;

    ValueType(int minimumBytes) {
        this.minimumBytes = minimumBytes;
    }

    /** The bytes of a value, the least where that varies. */
    int minimumBytes() {
        return minimumBytes;
    }

    static @Nullable ValueType of(int id) {
        return id >= 0 && id < ALL.length ? ALL[id] : null;
    }
}
