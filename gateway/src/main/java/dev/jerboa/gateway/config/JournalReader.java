package dev.jerboa.gateway.config;

import dev.jerboa.gateway.ledger.JournalOptions;
import dev.jerboa.settings.Section;
import java.nio.file.Path;

/** Reads where and how the journal is kept. */
final class JournalReader {
    private static final long LEAST_BYTES = 32L << 20;
    private static final long MOST_BYTES = 1L << 40;

    private JournalReader() {}

    static JournalOptions read(Section section, Path folder, String node) {
        Path path = Paths.resolve(section, "folder", section.text("folder", "jerboa-journal"), folder);
        JournalOptions usual = JournalOptions.of(path, node);
        return new JournalOptions(
                usual.folder(),
                node,
                section.choice("sync", JournalOptions.Sync.class, usual.sync()),
                Amounts.bytes(section, "max_bytes", usual.mostBytes(), LEAST_BYTES, MOST_BYTES),
                usual.segmentBytes());
    }
}
