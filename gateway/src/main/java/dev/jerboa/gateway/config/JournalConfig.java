package dev.jerboa.gateway.config;

import dev.jerboa.settings.Section;
import java.nio.file.Path;

/**
 * Files of this machine that have events before the store has them.
 *
 * @param folder of this process's own
 * @param maxBytes on disk; where they are reached, requests wait, and then are refused
 * @param maxWaiting the most events that wait for the store in memory
 */
public record JournalConfig(Path folder, long maxBytes, int maxWaiting) {
    private static final long LEAST_BYTES = 1L << 20;
    private static final long MOST_BYTES = 1L << 40;

    static JournalConfig read(Section section, Path folder) {
        return new JournalConfig(
                folder.resolve(section.text("folder", "jerboa-journal")),
                Amounts.bytes(section, "max_bytes", 256L << 20, LEAST_BYTES, MOST_BYTES),
                section.integer("max_waiting", 10_000, 1, 10_000_000));
    }
}
