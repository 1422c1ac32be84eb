/**
 * Low-rank fine-tuning: LoRA, rsLoRA and DoRA beside a model that stays as it is, in whatever form its weights are stored (QLoRA).
 *
 * <pre>
 * recipe: adapter → AdapterSettings          model.from → Checkpoint → ModuleLayout (published order of rows)
 *                        └→ AdaptedWeights: frozen matrices, fixed vectors, A and B of the targets → Network
 * A, B, magnitudes → adapter_model.safetensors + adapter_config.json (dev.jerboa.model.adapter reads them)
 * </pre>
 *
 * <p>Only A, B and magnitudes have gradients and optimiser state. Matrices are decoded a panel of rows at a time, so memory holds the
 * base in its stored form.
 */
@NullMarked
package dev.jerboa.train.adapter;

import org.jspecify.annotations.NullMarked;
