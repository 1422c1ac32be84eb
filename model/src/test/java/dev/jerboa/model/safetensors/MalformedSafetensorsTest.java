package dev.jerboa.model.safetensors;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.ModelException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each way in which a file can be wrong is refused with a message that names the file, the tensor and the fault. */
class MalformedSafetensorsTest {
    @TempDir
    Path folder;

    /** Header (with ' for "), bytes of data, and what the message must say. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {                                                                            | 0  | header                 | JSON
            []                                                                           | 0  | header                 | START_OBJECT
            {} {}                                                                        | 0  | follows                | header
            {'__metadata__':{'a':1}}                                                     | 0  | __metadata__ key a     | VALUE_STRING
            {'__metadata__':3}                                                           | 0  | __metadata__           | START_OBJECT
            {'w':3}                                                                      | 0  | tensor w               | START_OBJECT
            {'w':{'shape':[1],'data_offsets':[0,4]}}                                     | 4  | tensor w               | lacks
            {'w':{'dtype':'F32','data_offsets':[0,4]}}                                   | 4  | tensor w               | lacks
            {'w':{'dtype':'F32','shape':[1]}}                                            | 4  | tensor w               | lacks
            {'w':{'dtype':'F32','shape':[1],'data_offsets':[0]}}                         | 4  | tensor w               | two numbers
            {'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4,8]}}                     | 4  | tensor w data_offsets  | more than 2
            {'w':{'dtype':'Q9','shape':[1],'data_offsets':[0,4]}}                        | 4  | tensor w               | Q9
            {'w':{'dtype':7,'shape':[1],'data_offsets':[0,4]}}                           | 4  | tensor w dtype         | VALUE_STRING
            {'w':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}}                      | 4  | tensor w shape         | -1
            {'w':{'dtype':'F32','shape':[1.5],'data_offsets':[0,4]}}                     | 4  | tensor w shape         | VALUE_NUMBER_INT
            {'w':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,4]}}    | 4  | tensor w shape         | 99999999999999999999
            {'w':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,4]}}   | 4  | tensor w               | 2^63
            {'w':{'dtype':'F32','shape':[4611686018427387904],'data_offsets':[0,4]}}     | 4  | tensor w               | 2^63
            {'w':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}}                       | 4  | tensor w               | expected 8
            {'w':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}}                       | 4  | tensor w               | data_offsets 4 to 0
            {'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}                       | 3  | tensor w               | 3 bytes
            {'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}                       | 5  | end at byte 4          | expected 5
            {'w':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}                       | 8  | tensor w               | begin at 0
            {'w':{'dtype':'F4','shape':[3],'data_offsets':[0,2]}}                        | 2  | tensor w               | multiple of 2
            {'w':{'dtype':'F4','shape':[],'data_offsets':[0,1]}}                         | 1  | tensor w               | multiple of 2
            {'v':{'dtype':'U8','shape':[4],'data_offsets':[0,4]},'w':{'dtype':'U8','shape':[4],'data_offsets':[2,6]}} | 6 | tensor w | begin at 4
            {'w':{'dtype':'U8','shape':[4],'data_offsets':[0,4]},'w':{'dtype':'U8','shape':[4],'data_offsets':[4,8]}} | 8 | header   | w
            {'w':{'dtype':'U8','shape':[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],'data_offsets':[0,1]}}                     | 1 | tensor w shape | more than 16
            """)
    void badHeaders(String header, int data, String place, String fault) throws IOException {
        Path file = file(header.replace('\'', '"'), data);
        refused(() -> SafetensorsFile.open(file, Arena.ofAuto()), "bad.safetensors", place, fault);
    }

    @Test
    void badLengths() throws IOException {
        Path file = folder.resolve("bad.safetensors");
        refused(() -> SafetensorsFile.open(file, Arena.ofAuto()), "bad.safetensors", "not readable");
        Files.write(file, new byte[7]);
        refused(() -> SafetensorsFile.open(file, Arena.ofAuto()), "bad.safetensors", "7 bytes");
        Files.write(file, new byte[0]);
        refused(() -> SafetensorsFile.open(file, Arena.ofAuto()), "bad.safetensors", "0 bytes");
        for (long length : new long[] {-1, Long.MIN_VALUE, 1, 100_000_001, Long.MAX_VALUE}) {
            Files.write(file, length(length));
            refused(
                    () -> SafetensorsFile.open(file, Arena.ofAuto()),
                    "bad.safetensors",
                    Long.toUnsignedString(length) + " bytes");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'weight_map':{'w':'../bad.safetensors'}}     | tensor w
            {'weight_map':{'w':'/etc/x.safetensors'}}     | tensor w
            {'weight_map':{'w':'sub/x.safetensors'}}      | tensor w
            {'weight_map':{'w':'..\\\\\\\\x.safetensors'}}    | tensor w
            {'weight_map':{'w':'C:x.safetensors'}}        | tensor w
            {'weight_map':{'w':'passwd'}}                 | tensor w
            {'weight_map':{'w':'a\\\\u0000.safetensors'}}   | tensor w
            {'weight_map':{'w':7}}                        | tensor w
            {'weight_map':{'w':'absent.safetensors'}}     | absent.safetensors
            {'weight_map':{'other':'bad.safetensors'}}    | tensor other
            {'weight_map':[]}                             | weight_map
            {}                                            | weight_map
            []                                            | an array
            """)
    void badIndexes(String index, String fault) throws IOException {
        file("{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1);
        Files.writeString(
                folder.resolve(SafetensorsFolder.INDEX),
                index.replace('\'', '"').replace("\\\\", "\\"));
        refused(() -> SafetensorsFolder.open(folder, Arena.ofAuto()), folder.toString(), fault);
    }

    private Path file(String header, int data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(8 + json.length + data).order(ByteOrder.LITTLE_ENDIAN);
        all.putLong(json.length).put(json);
        return Files.write(folder.resolve("bad.safetensors"), all.array());
    }

    private static byte[] length(long length) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .array();
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable open, String... parts) {
        assertThatThrownBy(open).isInstanceOf(ModelException.class).hasMessageContainingAll(parts);
    }
}
