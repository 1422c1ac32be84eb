package dev.jerboa.kernel.dtype;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every decoder against the GGUF project's Python package on random blocks (see src/test/python/dtype_goldens.py). */
class DTypeGoldenTest {
    private static final Set<DType> PLAIN =
            EnumSet.of(DType.F32, DType.F16, DType.BF16, DType.F64, DType.I8, DType.I16, DType.I32, DType.I64);

    private record Golden(DType type, byte[] block, float[] values) {}

    /** Bit for bit but for the sign of zero, which the package drops in E2M1 numbers. */
    @Test
    void decodesRandomBlocksBitForBit() throws IOException {
        for (Golden golden : goldens("")) {
            MemorySegment src = MemorySegment.ofArray(golden.block);
            float[] out = new float[golden.values.length];
            golden.type.decode(src, 0, out, 0, out.length);
            assertThat(out)
                    .as("%s", golden.type)
                    .usingElementComparator((a, b) -> Float.compare(a + 0f, b + 0f))
                    .containsExactly(golden.values);
        }
    }

    @Test
    void encodesToTheSameBytes() throws IOException {
        for (Golden golden : goldens("encode ")) {
            byte[] block = new byte[golden.block.length];
            golden.type.encode(golden.values, 0, golden.values.length, MemorySegment.ofArray(block), 0);
            if (golden.type == DType.MXFP4) {
                assertThat(error(golden, block)).isLessThanOrEqualTo(error(golden, golden.block));
            } else {
                assertThat(HexFormat.of().formatHex(block))
                        .as("%s", golden.type)
                        .isEqualTo(HexFormat.of().formatHex(golden.block));
            }
        }
    }

    private static double error(Golden golden, byte[] block) {
        float[] decoded = new float[golden.values.length];
        golden.type.decode(MemorySegment.ofArray(block), 0, decoded, 0, decoded.length);
        double sum = 0;
        for (int i = 0; i < decoded.length; i++) {
            sum += Math.pow(decoded[i] - golden.values[i], 2);
        }
        return sum;
    }

    @Test
    void goldensCoverEveryTypeOfGguf() throws IOException {
        EnumSet<DType> seen = EnumSet.copyOf(PLAIN);
        for (Golden golden : goldens("")) {
            seen.add(golden.type);
        }
        for (DType type : DType.values()) {
            assertThat(seen.contains(type)).as("%s", type).isEqualTo(type.ggufId() >= 0);
        }
    }

    @Test
    void decodesManyBlocksAtAnyAddressIntoAnyPlace() throws IOException {
        for (Golden golden : goldens("")) {
            int n = golden.values.length;
            byte[] shifted = new byte[3 + 2 * golden.block.length];
            System.arraycopy(golden.block, 0, shifted, 3, golden.block.length);
            System.arraycopy(golden.block, 0, shifted, 3 + golden.block.length, golden.block.length);
            float[] out = new float[2 * n + 5];
            golden.type.decode(MemorySegment.ofArray(shifted), 3, out, 2, 2 * n);
            for (int i = 0; i < n; i++) {
                assertThat(out[2 + i]).isEqualTo(golden.values[i]);
                assertThat(out[2 + n + i]).isEqualTo(golden.values[i]);
            }
            assertThat(new float[] {out[0], out[1], out[2 * n + 2], out[2 * n + 4]})
                    .containsOnly(0);
        }
    }

    private static List<Golden> goldens(String kind) throws IOException {
        try (InputStream in = Objects.requireNonNull(DTypeGoldenTest.class.getResourceAsStream("dtype-goldens.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> line.startsWith("encode ") == kind.equals("encode "))
                    .map(line -> line.substring(kind.length()))
                    .map(DTypeGoldenTest::golden)
                    .toList();
        }
    }

    private static Golden golden(String line) {
        String[] parts = line.split(" ", -1);
        DType type = DType.valueOf(parts[0]);
        float[] values = new float[type.blockSize()];
        MemorySegment bytes = MemorySegment.ofArray(HexFormat.of().parseHex(parts[2]));
        assertThat(bytes.byteSize()).isEqualTo(4L * values.length);
        MemorySegment.copy(bytes, Bytes.FLOAT, 0, values, 0, values.length);
        byte[] block = HexFormat.of().parseHex(parts[1]);
        assertThat(block).hasSize(type.blockBytes());
        return new Golden(type, block, values);
    }
}
