/** The path of a request through the gateway, from its parsed body to its settled event. */
@NullMarked
package dev.jerboa.gateway.relay;

import org.jspecify.annotations.NullMarked;
