package dev.jerboa.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Where and for whom a server listens. Immutable; made from {@link #defaults} by the {@code with} methods.
 *
 * @param host the address or name to listen on
 * @param port the port; 0 for any free one
 * @param keys API keys; any address but this machine's own needs at least one
 * @param hosts further names by which clients may call it
 * @param origins origins of pages that may call it
 * @param mostBodyBytes the longest body of a request
 * @param longestReply the most time that a reply may take
 * @param writeTimeout a client that takes nothing of its reply for so long is cut off
 * @param stopping how long running replies may go on when it closes, and those of a model that is unloaded
 * @param adminPort the port of this machine at which models are loaded and unloaded; −1 for none, 0 for any free one
 * @param adminKeys the keys for that, which open nothing else
 * @param keyed whether a gateway asks every client for a key, so that none is needed here
 */
public record ServerOptions(
        String host,
        int port,
        List<String> keys,
        Set<String> hosts,
        Set<String> origins,
        int mostBodyBytes,
        Duration longestReply,
        Duration writeTimeout,
        Duration stopping,
        int adminPort,
        List<String> adminKeys,
        boolean keyed) {
    /** The port where nothing else is said. */
    public static final int DEFAULT_PORT = 8080;

    private static final int NO_ADMIN = -1;

    public ServerOptions {
        keys = List.copyOf(keys);
        hosts = Set.copyOf(hosts);
        origins = Set.copyOf(origins);
        adminKeys = List.copyOf(adminKeys);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("the port " + port + ", expected 0 to 65535");
        }
        if (adminPort < NO_ADMIN || adminPort > 65_535) {
            throw new IllegalArgumentException("the admin port " + adminPort + ", expected 0 to 65535");
        }
        if (adminPort != NO_ADMIN && adminKeys.isEmpty()) {
            throw new IllegalArgumentException("loading models over HTTP needs an admin key, also on this machine");
        }
        if (keys.stream().anyMatch(adminKeys::contains)) {
            throw new IllegalArgumentException("an admin key is an API key too: let each open one thing only");
        }
        if (!writeTimeout.isPositive()) {
            throw new IllegalArgumentException("the time-out of writes is " + writeTimeout + ", expected more than 0");
        }
        requireLong(keys);
        requireLong(adminKeys);
        if (keys.isEmpty() && !keyed && !isLoopback(host)) {
            throw new IllegalArgumentException("listening on " + host
                    + " would let everybody in who can reach it: give an API key, or listen on 127.0.0.1");
        }
    }

    private static void requireLong(List<String> keys) {
        for (String key : keys) {
            if (key.length() < 16) {
                throw new IllegalArgumentException("a key has " + key.length() + " characters, expected 16 or more");
            }
        }
    }

    /** This machine only, without a key. */
    public static ServerOptions defaults() {
        return new ServerOptions(
                "127.0.0.1",
                DEFAULT_PORT,
                List.of(),
                Set.of(),
                Set.of(),
                10 << 20,
                Duration.ofMinutes(30),
                Duration.ofMinutes(1),
                Duration.ofSeconds(30),
                NO_ADMIN,
                List.of(),
                false);
    }

    public ServerOptions withAddress(String host, int port) {
        return with(draft -> {
            draft.host = host;
            draft.port = port;
        });
    }

    /** An address together with the keys that it needs. */
    public ServerOptions withAddress(String host, int port, List<String> keys) {
        return with(draft -> {
            draft.host = host;
            draft.port = port;
            draft.keys = keys;
        });
    }

    /** An address whose clients a gateway asks for keys. */
    public ServerOptions withKeyedAddress(String host, int port) {
        return with(draft -> {
            draft.host = host;
            draft.port = port;
            draft.keyed = true;
        });
    }

    public ServerOptions withPort(int port) {
        return with(draft -> draft.port = port);
    }

    public ServerOptions withKeys(List<String> keys) {
        return with(draft -> draft.keys = keys);
    }

    public ServerOptions withHosts(Set<String> hosts) {
        return with(draft -> draft.hosts = hosts);
    }

    public ServerOptions withOrigins(Set<String> origins) {
        return with(draft -> draft.origins = origins);
    }

    public ServerOptions withMostBodyBytes(int mostBodyBytes) {
        return with(draft -> draft.mostBodyBytes = mostBodyBytes);
    }

    public ServerOptions withLongestReply(Duration longestReply) {
        return with(draft -> draft.longestReply = longestReply);
    }

    public ServerOptions withWriteTimeout(Duration writeTimeout) {
        return with(draft -> draft.writeTimeout = writeTimeout);
    }

    public ServerOptions withStopping(Duration stopping) {
        return with(draft -> draft.stopping = stopping);
    }

    /** Models can be loaded and unloaded at a port of this machine, with one of these keys. */
    public ServerOptions withAdmin(int port, List<String> keys) {
        return with(draft -> {
            draft.adminPort = port;
            draft.adminKeys = keys;
        });
    }

    private ServerOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    /** Options of which some are being changed. */
    private static final class Draft {
        String host;
        int port;
        List<String> keys;
        Set<String> hosts;
        Set<String> origins;
        int mostBodyBytes;
        Duration longestReply;
        Duration writeTimeout;
        Duration stopping;
        int adminPort;
        List<String> adminKeys;
        boolean keyed;

        Draft(ServerOptions from) {
            host = from.host;
            port = from.port;
            keys = from.keys;
            hosts = from.hosts;
            origins = from.origins;
            mostBodyBytes = from.mostBodyBytes;
            longestReply = from.longestReply;
            writeTimeout = from.writeTimeout;
            stopping = from.stopping;
            adminPort = from.adminPort;
            adminKeys = from.adminKeys;
            keyed = from.keyed;
        }

        ServerOptions options() {
            return new ServerOptions(
                    host,
                    port,
                    keys,
                    hosts,
                    origins,
                    mostBodyBytes,
                    longestReply,
                    writeTimeout,
                    stopping,
                    adminPort,
                    adminKeys,
                    keyed);
        }
    }

    boolean hasAdmin() {
        return adminPort != NO_ADMIN;
    }

    boolean isLocal() {
        return isLoopback(host);
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "the host '" + host + "' is not known: give an address of this machine", e);
        }
    }
}
