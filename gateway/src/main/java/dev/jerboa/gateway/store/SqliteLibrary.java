package dev.jerboa.gateway.store;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The driver unpacks SQLite's native library into the folder for temporary files when it is first used. Where nobody may write there, as in
 * containers whose root is read-only, it is unpacked beside the store.
 */
final class SqliteLibrary {
    private static final System.Logger LOG = System.getLogger(SqliteLibrary.class.getName());
    private static final String PLACE = "org.sqlite.tmpdir"; // the driver's

    private SqliteLibrary() {}

    /** Called before the driver is used. */
    static synchronized void prepare(Path storeFolder) {
        if (System.getProperty(PLACE) == null && !Files.isWritable(Path.of(System.getProperty("java.io.tmpdir")))) {
            System.setProperty(PLACE, storeFolder.toString());
            LOG.log(
                    System.Logger.Level.INFO,
                    "{0}: SQLite''s library is unpacked here, as {1} cannot be written to",
                    storeFolder,
                    System.getProperty("java.io.tmpdir"));
        }
    }
}
