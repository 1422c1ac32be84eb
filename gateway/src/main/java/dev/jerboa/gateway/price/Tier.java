package dev.jerboa.gateway.price;

import dev.jerboa.gateway.money.Rates;

/**
 * Prices of a whole request by how long its prompt is.
 *
 * @param fromTokens the fewest tokens of a prompt that has them
 */
record Tier(long fromTokens, Rates rates) {}
