/**
 * The models that a server offers, by name.
 *
 * <pre>
 * Declared (at the start) → Place: unloaded → loading → ready → unloading → …
 * request → Models.find: name → model, adaptation; noted in Uses, so that the model stays open until the request has ended
 * </pre>
 */
@NullMarked
package dev.jerboa.server.model;

import org.jspecify.annotations.NullMarked;
