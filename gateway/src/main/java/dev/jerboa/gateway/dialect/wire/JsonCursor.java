package dev.jerboa.gateway.dialect.wire;

import dev.jerboa.model.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks over JSON in UTF-8 where it lies: members of objects and elements of arrays, one after the other, without a tree. It checks what it
 * needs to find its way, and no more. One thread.
 *
 * <pre>
 * cursor.enter();                       // at { or [
 * while (cursor.nextMember()) {         // or nextElement()
 *     if (cursor.isKey(USAGE)) { … } else { cursor.skip(); }
 * }
 * </pre>
 */
public final class JsonCursor {
    /** The bytes are not JSON. Without a stack: it is expected of strangers. */
    public static final class NotJsonException extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotJsonException(int at) {
            super("not JSON at byte " + at, null, false, false);
        }
    }

    private static final int DEEPEST = 128;

    private byte[] bytes = {};
    private int at;
    private int end;
    private int keyFrom;
    private int keyTo;

    /** Goes to the beginning of a value. */
    public JsonCursor at(byte[] json, int from, int to) {
        bytes = json;
        at = from;
        end = to;
        return this;
    }

    /** The byte at which the next thing is, after white space. */
    public int position() {
        space();
        return at;
    }

    /** Where the last thing ended. */
    public int ended() {
        return at;
    }

    private void space() {
        while (at < end && bytes[at] <= ' ' && bytes[at] >= 0) {
            at++;
        }
    }

    /** The first byte of the next thing; 0 at the end. */
    public byte peek() {
        space();
        return at < end ? bytes[at] : 0;
    }

    public boolean isNull() {
        return peek() == 'n';
    }

    /** Whether there is an object, which is entered. */
    public boolean enterObject() {
        return enter('{');
    }

    /** Whether there is an array, which is entered. */
    public boolean enterArray() {
        return enter('[');
    }

    private boolean enter(char open) {
        if (peek() != open) {
            return false;
        }
        at++;
        return true;
    }

    /** Goes to the value of the next member of the object; false where it ends, which is left. */
    public boolean nextMember() {
        if (!next('}')) {
            return false;
        }
        if (peek() != '"') {
            throw new NotJsonException(at);
        }
        keyFrom = at + 1;
        string();
        keyTo = at - 1;
        if (peek() != ':') {
            throw new NotJsonException(at);
        }
        at++;
        return true;
    }

    /** Goes to the next element of the array; false where it ends, which is left. */
    public boolean nextElement() {
        return next(']');
    }

    private boolean next(char close) {
        byte b = peek();
        if (b == ',') {
            at++;
            b = peek();
        }
        if (b == close) {
            at++;
            return false;
        }
        if (b == 0) {
            throw new NotJsonException(at);
        }
        return true;
    }

    /** Where the last member's name begins, at its quotation mark. */
    public int keyPosition() {
        return keyFrom - 1;
    }

    /** Whether the last member has a name. */
    public boolean isKey(byte[] name) {
        return Arrays.equals(bytes, keyFrom, keyTo, name, 0, name.length);
    }

    /** The last member's name. */
    public String key() {
        return text(keyFrom, keyTo);
    }

    private String text(int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\\') {
                return String.valueOf(
                        Json.parse(new String(bytes, from - 1, to - from + 2, StandardCharsets.UTF_8), "a name"));
            }
        }
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    /** Goes over a string. */
    private void string() {
        int i = at + 1;
        while (i < end) {
            byte b = bytes[i];
            if (b == '"') {
                at = i + 1;
                return;
            }
            i += b == '\\' ? 2 : 1;
        }
        throw new NotJsonException(end);
    }

    /** Goes over a string, and says how many bytes of UTF-8 it means; 0 where there is another value, which is passed over too. */
    public long textLength() {
        if (peek() != '"') {
            skip();
            return 0;
        }
        long length = 0;
        int i = at + 1;
        while (i < end) {
            byte b = bytes[i];
            if (b == '"') {
                at = i + 1;
                return length;
            }
            if (b != '\\') {
                length++;
                i++;
            } else if (i + 5 < end && bytes[i + 1] == 'u') {
                int unit = unit(i + 2);
                if (Character.isHighSurrogate((char) unit) && isLowSurrogate(i + 6)) {
                    length += 4;
                    i += 12;
                } else {
                    length += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
                    i += 6;
                }
            } else {
                length++;
                i += 2;
            }
        }
        throw new NotJsonException(end);
    }

    private boolean isLowSurrogate(int i) {
        return i + 5 < end && bytes[i] == '\\' && bytes[i + 1] == 'u' && Character.isLowSurrogate((char) unit(i + 2));
    }

    private int unit(int i) {
        int unit = 0;
        for (int k = i; k < i + 4; k++) {
            int digit = Character.digit(bytes[k], 16);
            if (digit < 0) {
                throw new NotJsonException(k);
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }

    /** Takes a string; null where there is another value, which is passed over. */
    public @Nullable String text() {
        if (peek() != '"') {
            skip();
            return null;
        }
        int from = at + 1;
        string();
        return text(from, at - 1);
    }

    /** Takes a whole number; {@code otherwise} where there is another value, which is passed over. */
    public int whole(int otherwise) {
        int from = position();
        skip();
        int value = 0;
        for (int i = from; i < at; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9 || i - from > 8) {
                return otherwise;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    /** Goes over a value. */
    public void skip() {
        int depth = 0;
        do {
            byte b = peek();
            switch (b) {
                case 0 -> throw new NotJsonException(at);
                case '"' -> string();
                case '{', '[' -> {
                    if (++depth > DEEPEST) {
                        throw new NotJsonException(at);
                    }
                    at++;
                }
                case '}', ']' -> {
                    depth--;
                    at++;
                }
                case ',', ':' -> at++;
                default -> word();
            }
        } while (depth > 0);
        if (depth < 0) {
            throw new NotJsonException(at);
        }
    }

    private void word() {
        while (at < end) {
            switch (bytes[at]) {
                case ',', ':', '}', ']', '{', '[', '"', ' ', '\n', '\r', '\t' -> {
                    return;
                }
                default -> at++;
            }
        }
    }

    /** Copies bytes that were walked over. */
    public void copy(int from, int to, byte[] into, int at) {
        System.arraycopy(bytes, from, into, at, to - from);
    }

    /** Takes a value as a tree. */
    public @Nullable Object value() {
        int from = position();
        skip();
        return Json.parse(new String(bytes, from, at - from, StandardCharsets.UTF_8), "a value");
    }
}
