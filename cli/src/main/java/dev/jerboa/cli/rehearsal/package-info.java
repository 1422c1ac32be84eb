/**
 * A gateway that serves nobody, for as long as the JVM needs to learn what a gateway does.
 *
 * <pre>
 * ./jerboa, once after a build: java -XX:AOTCacheOutput … prepare-serve
 *   Rehearsal: Player ⇄ JerboaServer with gateway, ledger, journal in a folder of its own ⇄ CannedProvider, all of one process
 *   → the JVM ends and writes down its classes, resolved, and how often what was done (JEP 483, 514, 515)
 * ./jerboa serve --config: java -XX:AOTCache …: its compilers begin with that
 * </pre>
 */
@NullMarked
package dev.jerboa.cli.rehearsal;

import org.jspecify.annotations.NullMarked;
