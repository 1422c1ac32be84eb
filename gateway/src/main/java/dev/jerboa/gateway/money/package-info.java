/** Tokens in disjoint buckets, what a provider did beside them, and what that costs in whole nano-dollars. */
@NullMarked
package dev.jerboa.gateway.money;

import org.jspecify.annotations.NullMarked;
