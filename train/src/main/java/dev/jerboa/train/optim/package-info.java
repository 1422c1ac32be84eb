/**
 * From gradients to changed parameters.
 *
 * <pre>
 * gradients → norm (fixed order) → clip factor → each parameter's rule: AdamW, or Muon for matrices → values
 * </pre>
 */
@NullMarked
package dev.jerboa.train.optim;

import org.jspecify.annotations.NullMarked;
