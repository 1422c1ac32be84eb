package dev.jerboa.gateway.config;

import java.util.Optional;

/**
 * Whom keys belong to.
 *
 * @param id what events call it
 * @param name for people
 * @param parent the account that it is part of, whose budgets hold for it too
 * @param payerCountry who pays, ISO 3166-1 alpha-2; empty where it is not known
 */
public record AccountConfig(String id, String name, Optional<String> parent, String payerCountry) {}
