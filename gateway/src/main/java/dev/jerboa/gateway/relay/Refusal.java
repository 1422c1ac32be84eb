package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.ledger.RefusalReason;

/**
 * A request that was put to nobody, so that there is no event of it.
 *
 * @param form what the client speaks, as {@code ClientForm.text}
 * @param key the id of the key that it came with; empty where it has none that this gateway knows
 */
public record Refusal(String form, String key, RefusalReason reason) {}
