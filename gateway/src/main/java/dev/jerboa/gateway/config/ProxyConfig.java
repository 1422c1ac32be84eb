package dev.jerboa.gateway.config;

import java.util.Map;
import java.util.Optional;

/**
 * Through which proxies providers are reached.
 *
 * @param usual for providers that say nothing themselves; never for addresses of this machine
 * @param own what providers say themselves, by their ids
 */
public record ProxyConfig(Choice usual, Map<String, Choice> own) {
    /** Every provider is reached directly. */
    public static final ProxyConfig NONE = new ProxyConfig(Choice.NONE, Map.of());

    /**
     * The proxies of a provider.
     *
     * @param http for addresses that begin with {@code http://}
     * @param https for those with {@code https://}
     */
    public record Choice(Optional<ProxyServer> http, Optional<ProxyServer> https) {
        static final Choice NONE = new Choice(Optional.empty(), Optional.empty());
    }

    public ProxyConfig {
        own = Map.copyOf(own);
    }

    /** The proxy between the gateway and a provider's host; empty where there is none. */
    public Optional<ProxyServer> between(String provider, boolean tls, String host, int port) {
        Choice choice = own.get(provider);
        if (choice == null) {
            choice = NoProxy.isThisMachine(host) ? Choice.NONE : usual;
        }
        return (tls ? choice.https() : choice.http())
                .filter(proxy -> !proxy.except().contains(host, port));
    }
}
