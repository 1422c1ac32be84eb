/** Tokens in disjoint buckets, and what they cost in whole nano-dollars. */
@NullMarked
package dev.jerboa.gateway.money;

import org.jspecify.annotations.NullMarked;
