/**
 * Choosing the next token from logits.
 *
 * <pre>
 * logits → bias → penalties → what is allowed → temperature → top-k → top-p → min-p → typical-p → one draw → token
 * </pre>
 *
 * {@link dev.jerboa.engine.sample.Sampler} is the door; {@link dev.jerboa.engine.sample.SamplingOptions} says what it does.
 */
@NullMarked
package dev.jerboa.engine.sample;

import org.jspecify.annotations.NullMarked;
