package dev.jerboa.gateway.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Where accounts, keys, events and rollups are kept. */
public sealed interface StoreConfig {
    /** How old events may become before they are deleted; sums stay. Empty where they are kept for ever. */
    Optional<Duration> keepEvents();

    /** A file of this machine, for one process. */
    record Sqlite(Path file, Optional<Duration> keepEvents) implements StoreConfig {}

    /**
     * A server, for any number of processes.
     *
     * @param jdbcUrl {@code jdbc:postgresql://…}, without user and password
     * @param password reference of the secret
     * @param connections the most that are open at a time
     * @param lease for how long a process may spend what it took of a budget without asking the store again
     */
    record Postgres(
            String jdbcUrl,
            Optional<String> user,
            Optional<String> password,
            int connections,
            Duration lease,
            Optional<Duration> keepEvents)
            implements StoreConfig {}
}
