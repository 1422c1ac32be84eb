package dev.jerboa.server.gateway;

import dev.jerboa.gateway.config.GatewayConfig;
import dev.jerboa.gateway.config.Secrets;

/**
 * What a gateway is opened from.
 *
 * @param secrets finds what the configuration only names
 */
public record GatewayOpening(GatewayConfig config, Secrets secrets) {}
