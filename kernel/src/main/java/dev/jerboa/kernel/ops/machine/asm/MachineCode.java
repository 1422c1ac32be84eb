package dev.jerboa.kernel.ops.machine.asm;

import java.util.HexFormat;
import java.util.List;

/**
 * A routine's bytes, position-independent, with its constants behind the code.
 *
 * @param bytes code, then constants; not to be changed
 * @param codeSize where the constants begin
 * @param lines what was emitted, in order
 */
public record MachineCode(String name, byte[] bytes, int codeSize, List<Line> lines) {
    /** One instruction, label or constant: its bytes and its text in Intel syntax. */
    public record Line(int from, int to, String text) {}

    public MachineCode {
        lines = List.copyOf(lines);
    }

    /** The routine as text for the GNU assembler: instructions in Intel syntax, each with its offset and bytes as a comment. */
    public String listing() {
        StringBuilder text = new StringBuilder("# " + name + ": " + bytes.length + " bytes\n.intel_syntax noprefix\n");
        HexFormat hex = HexFormat.of();
        for (Line line : lines) {
            if (line.text.endsWith(":")) {
                text.append(line.text).append('\n');
            } else if (line.from >= codeSize) {
                text.append("    ").append(line.text).append('\n');
            } else {
                text.append("    %-58s # %04x %s\n"
                        .formatted(line.text, line.from, hex.formatHex(bytes, line.from, line.to)));
            }
        }
        return text.toString();
    }
}
