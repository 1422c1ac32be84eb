package dev.jerboa.gateway.key;

import java.time.Instant;
import java.util.Optional;

/**
 * Whom keys belong to.
 *
 * @param parent the account that it is part of, whose budgets it shares
 * @param payerCountry ISO 3166-1 alpha-2; empty where it is not known
 */
public record Account(String id, Optional<String> parent, String name, String payerCountry, Instant created) {}
