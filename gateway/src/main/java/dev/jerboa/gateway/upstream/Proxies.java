package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.config.ProxyConfig;
import dev.jerboa.gateway.config.ProxyServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * Connects sockets to providers, through a proxy where one is between. The proxy looks names up: the gateway need not be able to.
 * Thread-safe.
 */
final class Proxies {
    /** No proxy is between. */
    static final Proxies NONE = new Proxies(ProxyConfig.NONE, reference -> {
        throw new GatewayException("there are no secrets");
    });

    private final ProxyConfig config;
    private final UnaryOperator<String> secrets;
    /** By provider and address, since to find out is more than a request should take; as many as the catalogue has had. */
    private final Map<Asked, Origin> origins = new ConcurrentHashMap<>();

    private record Asked(String provider, URI base) {}

    /** @param secrets the secret behind a reference; throws {@link GatewayException} where there is none */
    Proxies(ProxyConfig config, UnaryOperator<String> secrets) {
        this.config = config;
        this.secrets = secrets;
    }

    /** Where connections to a provider go, and through which proxy. */
    Origin origin(Provider provider, URI base) {
        return origins.computeIfAbsent(new Asked(provider.id(), base), this::find);
    }

    private Origin find(Asked asked) {
        Origin origin = Origin.of(asked.base());
        return config.between(asked.provider(), origin.tls(), origin.host(), origin.port())
                .map(origin::through)
                .orElse(origin);
    }

    /** Connects a socket; its next byte is the provider's. */
    void connect(Socket socket, Origin origin, int timeoutMillis) throws IOException {
        Optional<ProxyServer> proxy = origin.proxy();
        if (proxy.isEmpty()) {
            socket.connect(address(origin.host(), origin.port()), timeoutMillis);
            return;
        }
        ProxyServer server = proxy.get();
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        String authorization;
        try {
            authorization = server.login().map(this::authorization).orElse("");
        } catch (GatewayException e) {
            throw new IOException("there is no password for the proxy: " + e.getMessage(), e);
        }
        socket.connect(address(server.host(), server.port()), timeoutMillis);
        Tunnel.open(socket, origin.host() + ":" + origin.port(), authorization, until);
    }

    private static InetSocketAddress address(String host, int port) throws UnknownHostException {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new UnknownHostException(host);
        }
        return address;
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
}
