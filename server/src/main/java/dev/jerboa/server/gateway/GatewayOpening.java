package dev.jerboa.server.gateway;

import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.node.SinkOpener;

/**
 * What a gateway is opened from.
 *
 * @param secrets finds what the configuration only names
 * @param sinks opens where events go as well, if the configuration says so
 */
public record GatewayOpening(GatewayConfig config, Secrets secrets, SinkOpener sinks) {
    /** Of a gateway whose events go into its store only. */
    public GatewayOpening(GatewayConfig config, Secrets secrets) {
        this(config, secrets, SinkOpener.NONE);
    }
}
