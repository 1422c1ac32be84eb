/**
 * What a step trains on: problems or texts, encoded and put side by side.
 *
 * <pre>
 * (seed, step) → draw problems (task) or windows of a text → encode → Batch
 * </pre>
 */
@NullMarked
package dev.jerboa.train.data;

import org.jspecify.annotations.NullMarked;
