package dev.jerboa.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.ModelException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each way in which a file can be wrong is refused with a message that names the file, the key or tensor, and the fault. */
class MalformedGgufTest {
    private static final int F32 = 0;
    private static final int Q8_0 = 8;

    @TempDir
    Path folder;

    @Test
    void heads() {
        refused(bytes -> bytes.i32(0x12345678).i32(3).i64(0).i64(0), "not a GGUF file", "12345678");
        refused(bytes -> bytes.i32(GgufFile.MAGIC).i32(1).i64(0).i64(0), "version 1", "expected 2 or 3");
        refused(bytes -> bytes.i32(GgufFile.MAGIC).i32(0).i64(0).i64(0), "version 0");
        refused(bytes -> bytes.i32(GgufFile.MAGIC).i32(0x03000000).i64(0).i64(0), "big-endian", "version 3");
        refused(bytes -> bytes.i8('G'), "header ends", "magic");
        refused(bytes -> {}, "header ends", "magic");
        refused(bytes -> bytes.i32(GgufFile.MAGIC).i32(3).i32(7), "number of tensors");
    }

    @Test
    void countsThatTheFileCannotHold() {
        refused(bytes -> head(bytes, -1, 0), "number of tensors", "2^63");
        refused(bytes -> head(bytes, Long.MAX_VALUE, 0), "number of tensors", "incomplete");
        refused(bytes -> head(bytes, 1, 0), "number of tensors is 1", "at most 0");
        refused(bytes -> head(bytes, 0, 1L << 40), "number of keys");
        refused(bytes -> head(bytes, 0, Long.MIN_VALUE), "number of keys");
    }

    @Test
    void keys() {
        refused(bytes -> key(bytes, "", 4).i32(1), "key number 0 is empty");
        refused(bytes -> head(bytes, 0, 1).string("k".repeat(70000)).i64(0), "key number 0", "65535");
        refused(bytes -> head(bytes, 0, 1).i64(2).i8(0xc3).i8(0x28).i32(4).i64(1), "key number 0", "UTF-8");
        refused(bytes -> key(bytes, "k", 13).i32(1), "key k", "13", "expected 0 to 12");
        refused(bytes -> key(bytes, "k", -1).i32(1), "key k", "4294967295");
        refused(bytes -> key(bytes, "k", 7).i8(2), "key k", "boolean 2");
        refused(bytes -> key(bytes, "k", 10).i64(-1), "key k", "18446744073709551615", "2^63");
        refused(bytes -> key(bytes, "k", 8).i64(50), "key k", "50 bytes", "incomplete");
        refused(bytes -> key(bytes, "k", 8).i64(-1), "key k", "18446744073709551615 bytes");
        refused(bytes -> key(bytes, "key.name", 12).i32(0), "key.name", "incomplete");
        refused(
                bytes -> head(bytes, 0, 2)
                        .string("k")
                        .i32(4)
                        .i32(1)
                        .string("k")
                        .i32(4)
                        .i32(2),
                "key k",
                "twice");
    }

    @Test
    void arrays() {
        refused(bytes -> key(bytes, "k", 9).i32(0).i64(1L << 60), "key k", "incomplete");
        refused(bytes -> key(bytes, "k", 9).i32(8).i64(3).string("").string(""), "key k", "at most 2");
        refused(bytes -> key(bytes, "k", 9).i32(77).i64(0), "key k", "77");
        refused(bytes -> key(bytes, "k", 9).i32(9).i64(1).i32(4).i64(5), "key k", "length");
        refused(
                bytes -> {
                    key(bytes, "k", 9);
                    for (int depth = 0; depth < 12; depth++) {
                        bytes.i32(9).i64(1);
                    }
                    bytes.i32(4).i64(0);
                },
                "key k",
                "nests");
    }

    /** The sum of all arrays is bounded, not only each. */
    @Test
    void arraysTogether() throws IOException {
        LittleEndianBytes bytes = head(new LittleEndianBytes(), 0, 2);
        byte[] data = new byte[HeaderReader.MAX_ELEMENTS / 2 + 1];
        Path file = folder.resolve("bad.gguf");
        bytes.string("first").i32(9).i32(0).i64(data.length);
        Files.write(file, bytes.toBytes());
        Files.write(file, data, java.nio.file.StandardOpenOption.APPEND);
        Files.write(
                file,
                new LittleEndianBytes()
                        .string("second")
                        .i32(9)
                        .i32(0)
                        .i64(data.length)
                        .toBytes(),
                java.nio.file.StandardOpenOption.APPEND);
        Files.write(file, data, java.nio.file.StandardOpenOption.APPEND);
        assertThatThrownBy(() -> GgufFile.open(file, Arena.ofAuto()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("bad.gguf", "key second", "together");
    }

    @Test
    void alignments() {
        for (int bad : new int[] {0, -32, 3, 1 << 25}) {
            refused(
                    bytes -> key(bytes, "general.alignment", 5).i32(bad),
                    "general.alignment",
                    "" + bad,
                    "power of two");
        }
        refused(bytes -> key(bytes, "general.alignment", 8).string("x"), "general.alignment", "integer");
    }

    @Test
    void tensorHeads() {
        refused(bytes -> tensor(bytes, "", F32, 0, 1), "tensor number 0 is empty");
        refused(bytes -> tensor(bytes, "w".repeat(1025), F32, 0, 1), "tensor number 0", "1024");
        refused(bytes -> tensor(bytes, "w", F32, 0, 1, 1, 1, 1, 1), "tensor w", "5 dimensions");
        refused(bytes -> tensor(bytes, "w", F32, 0, -1), "tensor w", "2^63");
        refused(bytes -> tensor(bytes, "w", F32, 0, 1L << 32, 1L << 32), "tensor w", "2^63");
        refused(bytes -> tensor(bytes, "w", F32, 0, 1L << 61), "tensor w", "2^63");
        refused(bytes -> tensor(bytes, "w", Q8_0, 0, 33), "tensor w", "33", "32", "Q8_0");
        refused(bytes -> tensor(bytes, "w", 4, 0, 32), "tensor w", "type number 4");
        refused(bytes -> tensor(bytes, "w", 63, 0, 32), "tensor w", "type number 63");
        refused(bytes -> tensor(bytes, "w", -5, 0, 32), "tensor w", "type number 4294967291");
        refused(bytes -> tensor(bytes, "w", F32, 5, 1), "tensor w", "offset 5", "32");
        refused(bytes -> tensor(bytes, "w", F32, -32, 1), "tensor w", "offset", "2^63");
    }

    @Test
    void tensorData() {
        refused(bytes -> data(tensor(bytes, "w", F32, 0, 9), 32), "tensor w", "36 bytes", "has 32");
        refused(bytes -> data(tensor(bytes, "w", F32, 64, 1), 32), "tensor w", "from 64", "has 32");
        refused(bytes -> data(tensor(bytes, "w", F32, Long.MAX_VALUE - 31, 1), 32), "tensor w", "incomplete");
        refused(bytes -> tensor(bytes, "w", F32, 0, 1), "tensor w", "has 0");
        refused(
                bytes -> data(info(info(head(bytes, 2, 0), "v", F32, 0, 16), "w", F32, 32, 8), 96),
                "tensor w",
                "offset 32",
                "overlaps tensor v");
        refused(bytes -> data(info(info(head(bytes, 2, 0), "w", F32, 0, 8), "w", F32, 32, 8), 64), "tensor w", "twice");
    }

    @Test
    void whatIsUnusualButRight() throws IOException {
        Path file = write(bytes -> data(info(info(head(bytes, 2, 0), "later", F32, 64), "empty", F32, 0, 0, 7), 96));
        GgufFile gguf = GgufFile.open(file, Arena.ofAuto());
        assertThat(gguf.tensor("later").floats()).containsExactly(0);
        assertThat(gguf.tensor("later").shape()).isEmpty();
        assertThat(gguf.tensor("empty").shape()).containsExactly(7, 0);
        assertThat(gguf.tensor("empty").floats()).isEmpty();
        Path old = write(bytes -> bytes.i32(GgufFile.MAGIC).i32(2).i64(0).i64(0));
        assertThat(GgufFile.open(old, Arena.ofAuto()).version()).isEqualTo(2);
        Path invalidText =
                write(bytes -> key(bytes, "k", 9).i32(8).i64(1).i64(2).i8(0xc3).i8(0x28));
        assertThat(GgufFile.open(invalidText, Arena.ofAuto()).metadata().strings("k"))
                .containsExactly("\ufffd(");
    }

    private void refused(Consumer<LittleEndianBytes> content, String... parts) {
        assertThatThrownBy(() -> GgufFile.open(write(content), Arena.ofAuto()))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("bad.gguf")
                .hasMessageContainingAll(parts);
    }

    private Path write(Consumer<LittleEndianBytes> content) throws IOException {
        LittleEndianBytes bytes = new LittleEndianBytes();
        content.accept(bytes);
        Path file = folder.resolve("bad.gguf");
        Files.deleteIfExists(file);
        return Files.write(file, bytes.toBytes());
    }

    private static LittleEndianBytes head(LittleEndianBytes bytes, long tensors, long keys) {
        return bytes.i32(GgufFile.MAGIC).i32(3).i64(tensors).i64(keys);
    }

    private static LittleEndianBytes key(LittleEndianBytes bytes, String name, int type) {
        return head(bytes, 0, 1).string(name).i32(type);
    }

    private static LittleEndianBytes tensor(LittleEndianBytes bytes, String name, int type, long offset, long... ne) {
        return info(head(bytes, 1, 0), name, type, offset, ne);
    }

    private static LittleEndianBytes info(LittleEndianBytes bytes, String name, int type, long offset, long... ne) {
        bytes.string(name).i32(ne.length);
        Arrays.stream(ne).forEach(bytes::i64);
        return bytes.i32(type).i64(offset);
    }

    /** Pads to the default alignment and appends tensor data. */
    private static void data(LittleEndianBytes bytes, int count) {
        int padding = -bytes.toBytes().length & 31;
        for (int i = 0; i < padding + count; i++) {
            bytes.i8(0);
        }
    }
}
