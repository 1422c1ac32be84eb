package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.memory.Matrix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * Whether weights are packed into memory of their own, which is faster, or stay where the file is mapped and are brought
 * into order each time they are used, which needs no memory. {@code -Djerboa.weights=packed|mapped} decides for all; otherwise weights are
 * packed while the system has room for them and 2 GiB more.
 */
final class Residency {
    static final String PROPERTY = "jerboa.weights";

    private static final long RESERVE = 2L << 30;

    /** Memory is looked at again after this much was packed. */
    private static final long LOOK_AFTER = 256L << 20;

    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final Path GROUP = Path.of("/sys/fs/cgroup");

    private static final System.Logger LOG = System.getLogger(Residency.class.getName());

    private static boolean said;
    private static long room;
    private static long packedSinceLook = LOOK_AFTER;

    private Residency() {}

    /** Whether {@code matrix}, which takes {@code bytes} when packed, stays mapped. */
    static boolean staysMapped(Matrix matrix, long bytes) {
        if (!matrix.data().isMapped()) {
            return false;
        }
        String way = System.getProperty(PROPERTY, "auto").toLowerCase(Locale.ROOT);
        return switch (way) {
            case "mapped" -> true;
            case "packed" -> false;
            case "auto" -> !fits(bytes) && said();
            default ->
                throw new IllegalStateException(
                        "-D" + PROPERTY + "=" + way + " is no way to keep weights; expected packed, mapped or auto");
        };
    }

    /** Bytes that may be packed before weights stay mapped; empty where a property decides. */
    static OptionalLong room() {
        String way = System.getProperty(PROPERTY, "auto").toLowerCase(Locale.ROOT);
        return way.equals("auto") ? OptionalLong.of(Math.max(0, available() - RESERVE)) : OptionalLong.empty();
    }

    /** Says once that memory is short; true. */
    private static synchronized boolean said() {
        if (!said) {
            said = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "kernels: weights stay mapped from here on and are brought into order at each use, which is slower: {0} MiB of memory are"
                            + " available, and packing leaves {1} MiB free (-D{2}=packed packs them all the same)",
                    Long.toString(room - packedSinceLook >> 20),
                    Long.toString(RESERVE >> 20),
                    PROPERTY);
        }
        return true;
    }

    private static synchronized boolean fits(long bytes) {
        if (packedSinceLook >= LOOK_AFTER) {
            room = available();
            packedSinceLook = 0;
        }
        if (room - packedSinceLook - bytes < RESERVE) {
            return false;
        }
        packedSinceLook += bytes;
        return true;
    }

    /** Bytes that may still be used: of the machine, or of the control group where that has less. */
    private static long available() {
        long machine = number(text(MEMORY), "MemAvailable:");
        long free = machine < 0 ? Long.MAX_VALUE : machine << 10;
        String limit = text(GROUP.resolve("memory.max")).strip();
        if (limit.matches("[0-9]{1,18}")) {
            long used = number("used " + text(GROUP.resolve("memory.current")), "used");
            long cached = Math.max(0, number(text(GROUP.resolve("memory.stat")), "inactive_file"));
            free = Math.min(free, Long.parseLong(limit) - Math.max(0, used - cached));
        }
        return free;
    }

    /** The number after {@code key} at the start of a line; −1 where there is none. */
    static long number(String text, String key) {
        return text.lines()
                .filter(line -> line.startsWith(key + " "))
                .map(line -> line.substring(key.length()).strip().split(" ", 2)[0])
                .filter(value -> value.matches("[0-9]{1,18}"))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(-1);
    }

    private static String text(Path file) {
        try {
            return Files.isReadable(file) ? Files.readString(file, StandardCharsets.US_ASCII) : "";
        } catch (IOException e) {
            return ""; // unknown, so not in the way
        }
    }
}
