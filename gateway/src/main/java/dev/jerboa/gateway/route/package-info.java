/**
 * Which endpoints a request may go to, in which order.
 *
 * <pre>
 * name → alias, suffix variant, list of models → endpoints → filters (key, capability, context, data policy, price, provider wishes)
 *   → health (breakers) → order (given | cheapest | fastest | least busy | weighted), with affinity of beginnings → candidates
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.route;

import org.jspecify.annotations.NullMarked;
