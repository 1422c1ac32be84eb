package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.config.ProxyConfig;
import dev.jerboa.gateway.config.ProxyServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * Connects sockets to providers, through a proxy where one is between. The proxy looks names up: the gateway need not be able to. Why a proxy
 * lets nobody through is said in the log, once a minute, and not to clients. Thread-safe.
 */
final class Proxies {
    /** No proxy is between. */
    static final Proxies NONE = new Proxies(ProxyConfig.NONE, reference -> {
        throw new GatewayException("there are no secrets");
    });

    private static final System.Logger LOG = System.getLogger(Proxies.class.getName());
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final ProxyConfig config;
    private final UnaryOperator<String> secrets;
    private final Map<ProxyServer, Long> said = new ConcurrentHashMap<>();

    /** @param secrets the secret behind a reference; throws {@link GatewayException} where there is none */
    Proxies(ProxyConfig config, UnaryOperator<String> secrets) {
        this.config = config;
        this.secrets = secrets;
    }

    /** Where connections to a provider go, and through which proxy. */
    Origin origin(Provider provider, URI base) {
        Origin origin = Origin.of(base);
        return config.between(provider.id(), origin.tls(), origin.host(), origin.port())
                .map(origin::through)
                .orElse(origin);
    }

    /** Connects a socket; its next byte is the provider's. */
    void connect(Socket socket, Origin origin, int timeoutMillis) throws IOException {
        Optional<ProxyServer> proxy = origin.proxy();
        if (proxy.isEmpty()) {
            socket.connect(new InetSocketAddress(origin.host(), origin.port()), timeoutMillis);
            return;
        }
        ProxyServer server = proxy.get();
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        String other = origin.host() + ":" + origin.port();
        try {
            socket.connect(new InetSocketAddress(server.host(), server.port()), timeoutMillis);
            Tunnel.open(socket, other, server.login().map(this::authorization).orElse(""), until);
        } catch (IOException | GatewayException e) {
            say(server, other, e);
            throw e instanceof IOException ? (IOException) e : new IOException("the proxy has no password", e);
        }
    }

    private String authorization(ProxyServer.Login login) {
        String pair = switch (login) {
            case ProxyServer.Login.Named(String user, String password) -> user + ":" + secrets.apply(password);
            case ProxyServer.Login.InVariable(String name) -> userInfo(name);
        };
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private String userInfo(String variable) {
        String address = secrets.apply("env:" + variable);
        String user = URI.create(address.contains("://") ? address : "http://" + address)
                .getUserInfo();
        return user.contains(":") ? user : user + ":";
    }

    private void say(ProxyServer server, String other, Exception e) {
        long now = System.nanoTime();
        long last = said.getOrDefault(server, now - QUIET_NANOS);
        if (now - last >= QUIET_NANOS) {
            said.put(server, now);
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the proxy {0}:{1} does not open a way to {2}: {3}",
                    server.host(),
                    String.valueOf(server.port()),
                    other,
                    e.getMessage());
        }
    }
}
