package dev.jerboa.kernel.ops.machine.asm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The GNU assembler as an independent reference, where it is installed. */
final class GnuAssembler {
    private GnuAssembler() {}

    /** Whether {@code as} and {@code objcopy} for x86-64 are here. */
    static boolean present() {
        return Files.isExecutable(Path.of("/usr/bin/as"))
                && Files.isExecutable(Path.of("/usr/bin/objcopy"))
                && System.getProperty("os.arch").equals("amd64");
    }

    /** The bytes of each text: lines of Intel syntax, as {@link MachineCode.Line} has them. */
    static List<byte[]> assemble(List<List<String>> texts) throws IOException, InterruptedException {
        StringBuilder source = new StringBuilder(".intel_syntax noprefix\n");
        for (int i = 0; i < texts.size(); i++) {
            source.append(".text\n.balign 64\n.Lstart").append(i).append(":\n");
            for (String line : texts.get(i)) {
                source.append(inOneWay(line.replaceFirst(" *#.*", "")).replaceAll("\\.L(\\d+)", ".Lcase" + i + "_$1"))
                        .append('\n');
            }
            source.append(".Lend").append(i).append(":\n.section .sizes, \"a\"\n.long .Lstart");
            source.append(i)
                    .append(" - .Lstart0, .Lend")
                    .append(i)
                    .append(" - .Lstart")
                    .append(i)
                    .append('\n');
        }
        Path folder = Files.createTempDirectory("gnu-assembler");
        try {
            Path object = folder.resolve("o");
            Files.writeString(folder.resolve("s"), source);
            run(
                    "/usr/bin/as",
                    "--64",
                    "-o",
                    object.toString(),
                    folder.resolve("s").toString());
            byte[] text = section(object, ".text", folder.resolve("text"));
            ByteBuffer sizes = ByteBuffer.wrap(section(object, ".sizes", folder.resolve("sizes")))
                    .order(ByteOrder.LITTLE_ENDIAN);
            List<byte[]> bytes = new ArrayList<>();
            while (sizes.hasRemaining()) {
                int from = sizes.getInt();
                bytes.add(Arrays.copyOfRange(text, from, from + sizes.getInt()));
            }
            return bytes;
        } finally {
            try (var files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    /** The line with a choice between equal encodings made as Jerboa makes it: load forms, and jumps of four bytes. */
    private static String inOneWay(String line) {
        String vector = "[xyz]mm\\d+";
        String general = "r(?:[a-z]{2}|\\d+)";
        return line.matches("j[a-z]+ .*")
                ? "{disp32} " + line
                : line.matches("vmov(?:ups|aps) " + vector + ", " + vector)
                                || line.matches("(?:mov|add|sub|or|xor|cmp) " + general + ", " + general)
                        ? "{load} " + line
                        : line;
    }

    private static byte[] section(Path object, String name, Path out) throws IOException, InterruptedException {
        run("/usr/bin/objcopy", "-O", "binary", "-j", name, object.toString(), out.toString());
        return Files.readAllBytes(out);
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(
                    String.join(" ", command) + ":\n" + said.substring(0, Math.min(4000, said.length())));
        }
    }
}
