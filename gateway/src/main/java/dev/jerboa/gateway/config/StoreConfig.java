package dev.jerboa.gateway.config;

import java.nio.file.Path;
import java.util.Optional;

/** Where accounts, keys, events and rollups are kept. */
public sealed interface StoreConfig {
    /** A file of this machine, for one process. */
    record Sqlite(Path file) implements StoreConfig {}

    /**
     * A server, for any number of processes.
     *
     * @param jdbcUrl {@code jdbc:postgresql://…}, without user and password
     * @param password reference of the secret
     * @param connections the most that are open at a time
     */
    record Postgres(String jdbcUrl, Optional<String> user, Optional<String> password, int connections)
            implements StoreConfig {}
}
