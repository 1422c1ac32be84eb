package dev.jerboa.model.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A growing header. */
final class LittleEndianBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 16);

    LittleEndianBytes i8(int value) {
        out.write(value);
        return this;
    }

    LittleEndianBytes i16(int value) {
        return i8(value).i8(value >> 8);
    }

    LittleEndianBytes i32(int value) {
        return i16(value).i16(value >> 16);
    }

    LittleEndianBytes i64(long value) {
        return i32((int) value).i32((int) (value >> 32));
    }

    /** Length and UTF-8. */
    LittleEndianBytes string(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        i64(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    byte[] toBytes() {
        return out.toByteArray();
    }
}
