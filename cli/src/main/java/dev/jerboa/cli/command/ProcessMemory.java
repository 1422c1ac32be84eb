package dev.jerboa.cli.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory figures of the system and of this process, in bytes, as Linux tells them; -1 where they are not known. */
final class ProcessMemory {
    private static final Path SYSTEM = Path.of("/proc/meminfo");
    private static final Path PROCESS = Path.of("/proc/self/status");

    private ProcessMemory() {}

    /** What the machine has. */
    static long totalBytes() {
        return field(SYSTEM, "MemTotal:");
    }

    /** What programs may still take without the system running short. */
    static long availableBytes() {
        return field(SYSTEM, "MemAvailable:");
    }

    /** What this process has resident, mapped files included. */
    static long residentBytes() {
        return field(PROCESS, "VmRSS:");
    }

    /** The most that this process has had resident. */
    static long peakResidentBytes() {
        return field(PROCESS, "VmHWM:");
    }

    private static long field(Path file, String key) {
        try {
            if (Files.isReadable(file)) {
                for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
                    if (line.startsWith(key)) {
                        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
                    }
                }
            }
        } catch (IOException e) {
            return -1;
        }
        return -1;
    }
}
