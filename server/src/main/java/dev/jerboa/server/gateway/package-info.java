/**
 * The gateway over HTTP: its routes before those of the models of this machine.
 *
 * <pre>
 * KeyFilter: key → Caller → Inference: body, read once → relay.Gateway → Client (a ReplySink) → socket
 *   an endpoint of this machine: LocalCaller → the dialect's own handler → its bytes, the last held back; its Outcome → accounts
 * </pre>
 */
@NullMarked
package dev.jerboa.server.gateway;

import org.jspecify.annotations.NullMarked;
