/**
 * Checkpoints of real shapes with random weights, so that anyone can measure without a download.
 *
 * <pre>
 * SyntheticShape (a published model's sizes) + TypeMix → GGUF file that Jerboa and other engines open
 * </pre>
 */
@NullMarked
package dev.jerboa.model.synthetic;

import org.jspecify.annotations.NullMarked;
