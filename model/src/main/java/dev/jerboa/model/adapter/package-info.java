/**
 * Low-rank adapters: what fine-tuning adds to a model whose weights stay as they are, in the files that PEFT writes.
 *
 * <pre>
 * adapter_config.json + adapter_model.safetensors → Adapter (modules by their published names: A, B, scale, magnitude)
 * family's Description → ModulePlaces: a module's name → slot, layer, expert, sizes
 * Adapter.onto(description, tensors) → AdaptedModel: low-rank products for the decoder | merged tensors
 * </pre>
 *
 * <p>Modules are named as in Hugging Face folders whatever the model's container; rows are brought into the container's order.
 * Nothing that a configuration names is followed: neither the base model's path nor any other.
 */
@NullMarked
package dev.jerboa.model.adapter;

import org.jspecify.annotations.NullMarked;
