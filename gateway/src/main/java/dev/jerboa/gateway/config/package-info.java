/**
 * The gateway's one file, as an immutable tree of records.
 *
 * <pre>
 * gateway.yaml → GatewayConfig.read: sections, each a record with its defaults → catalogue (shipped, files, own entries; addresses and
 *   secrets of providers; local models as endpoints) → references between them checked
 * Secrets: env:NAME | file:PATH → the secret, when it is needed
 * </pre>
 *
 * <p>Above {@code catalog}, {@code key} and {@code ledger}, whose records it reads; below {@code route} and {@code relay}. Each key is documented in {@code docs/gateway.md}.
 */
@NullMarked
package dev.jerboa.gateway.config;

import org.jspecify.annotations.NullMarked;
