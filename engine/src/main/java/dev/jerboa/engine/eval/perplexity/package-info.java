/** How well a model predicts a text, and how far its distributions are from another's. */
@NullMarked
package dev.jerboa.engine.eval.perplexity;

import org.jspecify.annotations.NullMarked;
