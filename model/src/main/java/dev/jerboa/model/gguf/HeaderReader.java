package dev.jerboa.model.gguf;

import dev.jerboa.model.ModelException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * A cursor over the untrusted bytes in front of a GGUF file's tensor data. Nothing is allocated that the bytes left in
 * the file do not justify, and all arrays together are bounded by {@link #MAX_ELEMENTS}.
 */
final class HeaderReader {
    /** The longest key that the specification allows. */
    static final int MAX_KEY_BYTES = 65535;

    /** The longest string: well above any chat template. */
    static final int MAX_STRING_BYTES = 64 << 20;

    /** The most array elements of a whole file: the largest vocabularies have a million entries in three arrays. */
    static final int MAX_ELEMENTS = 1 << 24;

    /** The most bytes of a header, all keys, values and tensor names together. */
    static final long MAX_HEADER_BYTES = 1L << 30;

    private static final int MAX_NESTING = 8;
    private static final int WINDOW_BYTES = 1 << 16;

    private final String file;
    private final MemorySegment data;
    private final long limit;
    private long at;
    private int elementsLeft = MAX_ELEMENTS;
    /**
     * A copy of the bytes from {@link #windowAt} on. A header is read once, in a young process, before anything is
     * compiled; plain array reads are then several times faster than reads of a segment.
     */
    private byte[] window = new byte[0];

    private long windowAt;

    HeaderReader(String file, MemorySegment data) {
        this.file = file;
        this.data = data;
        this.limit = Math.min(data.byteSize(), MAX_HEADER_BYTES);
    }

    long position() {
        return at;
    }

    long remaining() {
        return limit - at;
    }

    String file() {
        return file;
    }

    ModelException refuse(String what) {
        return new ModelException(file + ": " + what);
    }

    int u32(String what) {
        int i = need(4, what);
        at += 4;
        return number(i) | number(i + 2) << 16;
    }

    /** An unsigned 64-bit number that must fit a long. */
    long u64(String what) {
        long value = i64(what);
        if (value < 0) {
            throw refuse(what + " is " + Long.toUnsignedString(value) + ", expected at most 2^63 − 1");
        }
        return value;
    }

    /** A number of things of at least {@code bytesEach} bytes that must still fit the file. */
    int count(long bytesEach, int most, String what) {
        long count = u64(what);
        if (count > most || count > remaining() / bytesEach) {
            throw refuse(what + " is " + count + ", expected at most " + Math.min(most, remaining() / bytesEach)
                    + " in the " + remaining() + " bytes that are left; the file is damaged or incomplete");
        }
        return (int) count;
    }

    /** The name of a key or tensor: not empty, strict UTF-8. */
    String name(int most, String what) {
        int length = length(most, what);
        if (length == 0) {
            throw refuse(what + " is empty");
        }
        int from = need(length, what);
        at += length;
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(window, from, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ModelException(file + ": " + what + " is not UTF-8", e);
        }
    }

    ValueType type(String what) {
        int id = u32("the type of " + what);
        ValueType type = ValueType.of(id);
        if (type == null) {
            throw refuse("the type of " + what + " is " + Integer.toUnsignedString(id) + ", expected 0 to 12");
        }
        return type;
    }

    /** A value that is no array, in the Java types of {@link Metadata}. */
    Object scalar(ValueType type, String what) {
        return switch (type) {
            case FLOAT32 -> (double) Float.intBitsToFloat(u32(what));
            case FLOAT64 -> Double.longBitsToDouble(i64(what));
            case BOOL -> flag(what);
            case STRING -> string(what);
            case ARRAY -> throw new IllegalArgumentException("an array is no scalar");
            default -> integer(type, what);
        };
    }

    /** The values of an array whose element type has been read. */
    Object array(ValueType element, String what, int depth) {
        int count = count(element.minimumBytes(), MAX_ELEMENTS, "the length of " + what);
        if (count > elementsLeft) {
            throw refuse("the arrays up to " + what + " have more than " + MAX_ELEMENTS + " elements together");
        }
        elementsLeft -= count;
        return switch (element) {
            case FLOAT32, FLOAT64 -> {
                double[] values = new double[count];
                for (int i = 0; i < count; i++) {
                    values[i] = element == ValueType.FLOAT32
                            ? Float.intBitsToFloat(u32(what))
                            : Double.longBitsToDouble(i64(what));
                }
                yield values;
            }
            case BOOL -> {
                boolean[] values = new boolean[count];
                for (int i = 0; i < count; i++) {
                    values[i] = flag(what);
                }
                yield values;
            }
            case STRING -> {
                String[] values = new String[count];
                for (int i = 0; i < count; i++) {
                    values[i] = string(what);
                }
                yield values;
            }
            case ARRAY -> {
                if (depth == MAX_NESTING) {
                    throw refuse(what + " nests arrays more than " + MAX_NESTING + " deep");
                }
                Object[] values = new Object[count];
                for (int i = 0; i < count; i++) {
                    values[i] = array(type(what), what, depth + 1);
                }
                yield values;
            }
            default -> {
                long[] values = new long[count];
                for (int i = 0; i < count; i++) {
                    values[i] = integer(element, what);
                }
                yield values;
            }
        };
    }

    private long integer(ValueType type, String what) {
        return switch (type) {
            case UINT8 -> Byte.toUnsignedLong(i8(what));
            case INT8 -> i8(what);
            case UINT16 -> Short.toUnsignedLong(i16(what));
            case INT16 -> i16(what);
            case UINT32 -> Integer.toUnsignedLong(u32(what));
            case INT32 -> u32(what);
            case UINT64 -> u64(what);
            case INT64 -> i64(what);
            default -> throw new IllegalArgumentException(type + " is no integer");
        };
    }

    /** Text; bytes that are not UTF-8 (a few vocabularies have them) become U+FFFD. */
    private String string(String what) {
        int length = length(MAX_STRING_BYTES, what);
        if (length == 0) {
            return "";
        }
        int from = need(length, what);
        at += length;
        return new String(window, from, length, StandardCharsets.UTF_8);
    }

    private int length(int most, String what) {
        long length = i64(what);
        if (length < 0 || length > most || length > remaining()) {
            throw refuse("the length of " + what + " is " + Long.toUnsignedString(length) + " bytes, expected at most "
                    + Math.min(most, remaining()) + "; the file is damaged or incomplete");
        }
        return (int) length;
    }

    private boolean flag(String what) {
        byte value = i8(what);
        if (value != 0 && value != 1) {
            throw refuse(what + " is the boolean " + value + ", expected 0 or 1");
        }
        return value == 1;
    }

    private byte i8(String what) {
        byte value = window[need(1, what)];
        at++;
        return value;
    }

    private short i16(String what) {
        int i = need(2, what);
        at += 2;
        return (short) number(i);
    }

    private long i64(String what) {
        int i = need(8, what);
        at += 8;
        return (number(i) | number(i + 2) << 16) & 0xffff_ffffL | (long) (number(i + 4) | number(i + 6) << 16) << 32;
    }

    /** The 16 bits at an index of the window. */
    private int number(int i) {
        return window[i] & 0xff | (window[i + 1] & 0xff) << 8;
    }

    /** Where the next {@code bytes} bytes are in the window. */
    private int need(int bytes, String what) {
        if (remaining() < bytes) {
            throw refuse("the header ends at byte " + limit + " before " + what + " at byte " + at
                    + "; the file is incomplete");
        }
        if (at + bytes > windowAt + window.length) {
            int length = (int) Math.min(Math.max(bytes, WINDOW_BYTES), remaining());
            window = window.length == length ? window : new byte[length];
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, window, 0, length);
            windowAt = at;
        }
        return (int) (at - windowAt);
    }
}
