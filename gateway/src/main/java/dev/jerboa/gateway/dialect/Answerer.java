package dev.jerboa.gateway.dialect;

/**
 * Who answers a request, as its reply may say.
 *
 * @param id the generation's id (a ULID), from which ids within the reply are made
 * @param model the id of the model
 * @param provider the provider's name for people; empty where nobody answers
 */
public record Answerer(String id, String model, String provider) {}
