/**
 * The gateway: many labs' models, local and remote, behind one address, with exact accounts.
 *
 * <pre>
 * request → key → limits → parsed once, raw bytes kept → route: candidates in order → reserve the worst case
 *         → attempts: local engine | remote endpoint; nothing is switched after the first byte
 *         → relay: same dialect = bytes as they are, with a tap for usage; other dialect = translated event by event
 *         → settle in finally → journal (a file of this machine; what is in it survives a kill) → last bytes to the client
 * journal → one writer → events and rollups by hour, later by day, in SQLite | PostgreSQL → charts, activity, re-rating, reconciliation
 *                      → outbox → one sender → elsewhere (Kafka, by a module above), where that is wanted
 * </pre>
 *
 * <p>Packages, each above those it is made of: {@code money} what a token and a request cost in whole numbers · {@code price} prices with a
 * clock · {@code catalog} labs, models, providers, endpoints · {@code store} the database under it all · {@code ledger} events, journal,
 * rollups, and beside it {@code audit}: other prices, invoices · {@code key} keys, limits, budgets · {@code config} the file that says all
 * this · {@code route} which endpoints, in which order · {@code dialect} forms of requests and replies · {@code upstream} one attempt at a
 * remote endpoint · {@code relay} the request path · {@code outbox} events on their way to elsewhere · {@code node} all of these in one process · {@code share} what the ledger says about
 * the world. There is no HTTP server here, and nothing knows how a token is made.
 */
@NullMarked
package dev.jerboa.gateway;

import org.jspecify.annotations.NullMarked;
