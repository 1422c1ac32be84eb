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

    /** The routine as text: offsets, bytes, instructions. */
    public String listing() {
        StringBuilder text =
                new StringBuilder(name).append(": ").append(bytes.length).append(" bytes\n");
        HexFormat hex = HexFormat.of();
        for (Line line : lines) {
            boolean data = line.from >= codeSize;
            String shown = data ? "" : hex.formatHex(bytes, line.from, line.to);
            text.append(
                    line.text.endsWith(":")
                            ? line.text + "\n"
                            : "  %04x  %-24s %s%n".formatted(line.from, shown, line.text));
        }
        return text.toString();
    }
}
