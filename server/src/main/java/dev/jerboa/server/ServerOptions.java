package dev.jerboa.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

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
 * @param stopping how long running replies may go on when it closes
 */
public record ServerOptions(
        String host,
        int port,
        List<String> keys,
        Set<String> hosts,
        Set<String> origins,
        int mostBodyBytes,
        Duration longestReply,
        Duration stopping) {
    /** The port where nothing else is said. */
    public static final int DEFAULT_PORT = 8080;

    public ServerOptions {
        keys = List.copyOf(keys);
        hosts = Set.copyOf(hosts);
        origins = Set.copyOf(origins);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("the port " + port + ", expected 0 to 65535");
        }
        for (String key : keys) {
            if (key.length() < 16) {
                throw new IllegalArgumentException(
                        "an API key has " + key.length() + " characters, expected 16 or more");
            }
        }
        if (keys.isEmpty() && !isLoopback(host)) {
            throw new IllegalArgumentException("listening on " + host
                    + " would let everybody in who can reach it: give an API key, or listen on 127.0.0.1");
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
                Duration.ofSeconds(30));
    }

    public ServerOptions withAddress(String host, int port) {
        return new ServerOptions(host, port, keys, hosts, origins, mostBodyBytes, longestReply, stopping);
    }

    /** An address together with the keys that it needs. */
    public ServerOptions withAddress(String host, int port, List<String> keys) {
        return new ServerOptions(host, port, keys, hosts, origins, mostBodyBytes, longestReply, stopping);
    }

    public ServerOptions withPort(int port) {
        return withAddress(host, port);
    }

    public ServerOptions withKeys(List<String> keys) {
        return withAddress(host, port, keys);
    }

    public ServerOptions withHosts(Set<String> hosts) {
        return new ServerOptions(host, port, keys, hosts, origins, mostBodyBytes, longestReply, stopping);
    }

    public ServerOptions withOrigins(Set<String> origins) {
        return new ServerOptions(host, port, keys, hosts, origins, mostBodyBytes, longestReply, stopping);
    }

    public ServerOptions withMostBodyBytes(int mostBodyBytes) {
        return new ServerOptions(host, port, keys, hosts, origins, mostBodyBytes, longestReply, stopping);
    }

    public ServerOptions withLongestReply(Duration longestReply) {
        return new ServerOptions(host, port, keys, hosts, origins, mostBodyBytes, longestReply, stopping);
    }

    public ServerOptions withStopping(Duration stopping) {
        return new ServerOptions(host, port, keys, hosts, origins, mostBodyBytes, longestReply, stopping);
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
