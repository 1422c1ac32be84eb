/**
 * One process of a gateway: all that its file says, opened and connected.
 *
 * <pre>
 * GatewayConfig → store, journal, writer, keys, budgets, router, callers → Node → relay.Gateway
 * kafka: → SinkOpener (of whoever opens the node) → outbox.EventSink → sender
 * </pre>
 *
 * <p>{@link dev.jerboa.gateway.node.Checkup} tells what a process would find by its file, without opening any of it.
 */
@NullMarked
package dev.jerboa.gateway.node;

import org.jspecify.annotations.NullMarked;
