/**
 * A soak: a server with the model inside under random traffic, friendly and not, which must answer as if each client were alone and be
 * left as it was.
 *
 * <pre>
 * Soak: Questions asked alone → Said each → warm-up → Footprint → traffic of Visitors over Connections → idle → Footprint → verdict
 * </pre>
 */
@NullMarked
package dev.jerboa.bench.soak;

import org.jspecify.annotations.NullMarked;
