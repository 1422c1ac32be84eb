package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayException;
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

    /**
     * The store at an address, for programs that only read it.
     *
     * @param url as {@code store.url} has it: a path, or {@code postgresql://HOST:PORT/DATABASE}
     * @param password reference of the secret
     * @throws GatewayException where there cannot be one
     */
    static StoreConfig at(String url, Optional<String> user, Optional<String> password) {
        if (!StoreReader.isPostgres(url) && !url.contains("://") && !url.startsWith("jdbc:")) {
            return new Sqlite(Path.of(url), Optional.empty());
        }
        String jdbcUrl = StoreReader.jdbcUrl(url)
                .orElseThrow(() -> new GatewayException(
                        "the store's address (not shown here, as it may hold a password) is none: expected a path of a file,"
                                + " or postgresql://HOST:PORT/DATABASE without user and password"));
        return new Postgres(jdbcUrl, user, password, 2, StoreReader.USUAL_LEASE, Optional.empty());
    }
}
