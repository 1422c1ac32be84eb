package dev.jerboa.gateway.share;

import dev.jerboa.gateway.store.Database;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteChartAcceptanceTest extends ChartAcceptanceTest {
    @TempDir
    static Path folder;

    @Override
    Database open() {
        return Database.sqlite(folder.resolve("ledger.db"));
    }
}
