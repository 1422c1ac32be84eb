package dev.jerboa.kernel.dtype;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;

/**
 * The fixed points of the IQ formats, part of each format's definition (ggml-common.h of the GGUF reference
 * implementation: iq1s_grid, iq2xxs_grid, iq2xs_grid, iq2s_grid, iq3xxs_grid, iq3s_grid). The resource
 * {@code iq-grids.txt} keeps each as a head line {@code name points dimensions bits levels…} and the numbers of the
 * levels, {@code bits} each, lowest bits first, in Base64.
 */
enum Grid {
    IQ1,
    IQ2_XXS,
    IQ2_XS,
    IQ2_S,
    IQ3_XXS,
    IQ3_S;

    private final byte[] values;
    private final int dimensions;

    Grid() {
        String[] section = section(name());
        String[] head = section[0].split(" ", -1);
        dimensions = Integer.parseInt(head[2]);
        values = new byte[Integer.parseInt(head[1]) * dimensions];
        int bits = Integer.parseInt(head[3]);
        byte[] packed = Base64.getDecoder()
                .decode(String.join("", Arrays.asList(section).subList(1, section.length)));
        for (int i = 0; i < values.length; i++) {
            int level = packed[i * bits >> 3] >> (i * bits & 7) & (1 << bits) - 1;
            values[i] = Byte.parseByte(head[4 + level]);
        }
    }

    /** Writes scale × point, negated where the bit of {@code signs} is set. */
    void put(int point, float scale, int signs, float[] dst, int out) {
        for (int i = 0; i < dimensions; i++) {
            float value = scale * values[point * dimensions + i];
            dst[out + i] = (signs >> i & 1) == 0 ? value : -value;
        }
    }

    /** Writes scale × (point + shift). */
    void putShifted(int point, float scale, float shift, float[] dst, int out) {
        for (int i = 0; i < dimensions; i++) {
            dst[out + i] = scale * (values[point * dimensions + i] + shift);
        }
    }

    private static String[] section(String name) {
        try (InputStream in = Objects.requireNonNull(Grid.class.getResourceAsStream("iq-grids.txt"), "iq-grids.txt")) {
            for (String section : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n\n", -1)) {
                if (section.startsWith(name + " ")) {
                    return section.strip().split("\n", -1);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException("iq-grids.txt has no grid " + name);
    }
}
