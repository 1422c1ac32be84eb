/**
 * Checkpoints of a run: a published folder (config.json, model.safetensors, tokenizer) with the optimiser's state beside it.
 *
 * <pre>
 * step-000123.tmp/ → every file written and synced → renamed to step-000123/
 *     config.json · model.safetensors · tokenizer.json … · optimizer.safetensors · trainer_state.json (step, hashes of the others)
 *     average/: config.json · model.safetensors · tokenizer.json …        where the recipe asks for an average of the weights
 * </pre>
 *
 * <p>A folder is loaded only after its hashes were found right; an interrupted one has another name and is left alone.
 */
@NullMarked
package dev.jerboa.train.checkpoint;

import org.jspecify.annotations.NullMarked;
