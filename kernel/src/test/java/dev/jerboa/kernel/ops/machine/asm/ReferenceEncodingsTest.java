package dev.jerboa.kernel.ops.machine.asm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Every instruction in every shape, byte for byte against the GNU assembler. Its encodings are in {@value #FILE}, lines of
 * {@code text|hex}; {@code -Djerboa.asm.reference=write} makes that file anew where the GNU assembler is installed.
 */
class ReferenceEncodingsTest {
    private static final String FILE = "encodings.txt";
    private static final HexFormat HEX = HexFormat.of();

    private static List<String> texts(MachineCode code) {
        return code.lines().stream().map(MachineCode.Line::text).toList();
    }

    private static Map<String, MachineCode> cases() {
        Map<String, MachineCode> cases = new TreeMap<>();
        for (MachineCode code : EncodingCases.all()) {
            cases.put(String.join("; ", texts(code)), code);
        }
        return cases;
    }

    private static String lines(Map<String, String> encodings) {
        return encodings.entrySet().stream()
                .map(entry -> entry.getKey() + "|" + entry.getValue() + "\n")
                .collect(Collectors.joining());
    }

    private static String reference() throws IOException {
        try (InputStream in = Objects.requireNonNull(ReferenceEncodingsTest.class.getResourceAsStream(FILE), FILE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void write(Map<String, MachineCode> cases) throws IOException, InterruptedException {
        List<byte[]> bytes = GnuAssembler.assemble(
                cases.values().stream().map(ReferenceEncodingsTest::texts).toList());
        Map<String, String> encodings = new TreeMap<>();
        int next = 0;
        for (String text : cases.keySet()) {
            encodings.put(text, HEX.formatHex(bytes.get(next++)));
        }
        Path file = Path.of(System.getProperty("jerboa.root"), "kernel/src/test/resources")
                .resolve(ReferenceEncodingsTest.class.getPackageName().replace('.', '/'))
                .resolve(FILE);
        Files.createDirectories(file.getParent());
        Files.writeString(file, lines(encodings));
    }

    @Test
    void encodesAsTheGnuAssemblerDoes() throws Exception {
        Map<String, MachineCode> cases = cases();
        if ("write".equals(System.getProperty("jerboa.asm.reference"))) {
            write(cases);
            return;
        }
        Map<String, String> found = new TreeMap<>();
        cases.forEach((text, code) -> found.put(text, HEX.formatHex(code.bytes())));
        Set<String> expected = new TreeSet<>(reference().lines().toList());
        Set<String> encoded = new TreeSet<>(lines(found).lines().toList());
        assertThat(expected).hasSizeGreaterThan(10_000);
        String reference = String.join("\n", expected);
        for (VectorOp op : VectorOp.values()) {
            assertThat(reference.contains(op.mnemonic() + " "))
                    .as("cases of " + op + " in the reference; -Djerboa.asm.reference=write makes it")
                    .isTrue();
        }
        assertThat(without(encoded, expected)).as("not so in the GNU assembler").isEmpty();
        assertThat(without(expected, encoded)).as("no longer encoded").isEmpty();
    }

    private static List<String> without(Set<String> all, Set<String> others) {
        return all.stream().filter(line -> !others.contains(line)).limit(50).toList();
    }

    @Test
    void theListingOfARoutineIsItsSource() throws Exception {
        assumeThat(GnuAssembler.present()).as("the GNU assembler").isTrue();
        for (Convention convention : Convention.values()) {
            Assembler a = new Assembler("sum");
            convention.enter(a);
            Label loop = a.label();
            a.align(32);
            a.place(loop);
            a.op(VectorOp.VADDPS, Vec.ymm(1), Vec.ymm(1), a.constant(0x3F800000, 8));
            a.op(VectorOp.VPDPBUSD, Vec.zmm(17), Vec.zmm(1), Mem.at(Gpr.RDI, 4).toAll());
            a.sub(Gpr.RAX, 1);
            a.jump(Assembler.Condition.GREATER, loop);
            convention.leave(a);
            MachineCode code = a.finish();
            assertThat(GnuAssembler.assemble(
                            List.of(code.listing().lines().map(String::strip).toList())))
                    .map(HEX::formatHex)
                    .containsExactly(HEX.formatHex(code.bytes()));
        }
    }
}
