/**
 * Prices with a clock.
 *
 * <pre>
 * schedule: periods (from a date) → windows of the week, but for holidays → tiers by tokens of the prompt → Rates
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.price;

import org.jspecify.annotations.NullMarked;
