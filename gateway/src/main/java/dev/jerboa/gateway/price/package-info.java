/**
 * Prices with a clock.
 *
 * <pre>
 * schedule: periods (from a date) → service tier → windows of the week, but for holidays → tiers by tokens of the prompt → Rates
 * YAML → PriceReader → Schedule → text → store;   store → Schedule.parse → the same prices, to the same version
 * machine of one's own: MachineClock: share of its time that a request took → MachineCost → nano-dollars
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.price;

import org.jspecify.annotations.NullMarked;
