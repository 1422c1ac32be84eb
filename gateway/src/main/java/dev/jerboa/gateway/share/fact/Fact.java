package dev.jerboa.gateway.share.fact;

/**
 * Tally of a period, of one endpoint.
 *
 * @param period the hour at which the period begins
 * @param key the key's id; empty where sums are not by key
 * @param app the app's name; empty where sums are not by app
 * @param payerCountry empty where sums are not by payer
 */
public record Fact(long period, Subject subject, String key, String app, String payerCountry, Tally sums) {}
