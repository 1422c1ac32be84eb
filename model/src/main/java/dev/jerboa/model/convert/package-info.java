/**
 * Storing a model in other types and containers.
 *
 * <pre>
 * folder | GGUF → Checkpoint → ConversionPlan: keys, tensors by name with where their values come from
 *     folder: family.GgufForm (architecture, names, keys) → SlotTensors: rename, stack, turn rows, cut latents; token.TokenizerKeys
 * plan + TypeMix (+ ImportanceMatrix) → Conversion.toGguf → EncodedBody: rows shared by the team, encoded, streamed → file
 * GGUF → Conversion.toFolder: family.FolderForms, SlotTensors the other way, token.TokenizerText → folder
 * text → engine.calibrate → InputObserver: inputs of products → ImportanceMatrix
 * trained folder → FolderPacking → GGUF of architecture jerboa
 * </pre>
 *
 * <p><b>Adding a family.</b> A line in {@code family.GgufForms} gives its folders a GGUF form: architecture, names of tensors there,
 * whether the rows of query and key heads are re-ordered, and the keys that only it has. A line in {@code family.FolderForms} gives the
 * other way: {@code model_type}, class name, and the keys that only it has. Tensors need nothing where
 * both containers name a slot for the same thing ({@link dev.jerboa.model.convert.SlotTensors} stacks experts, re-orders rows and cuts
 * latents by itself); where they store it otherwise, a case there. {@code GgufTwinTest} runs over every oracle folder; add it to
 * {@code ConversionTest} where it has the reference converter's file or goes both ways.
 */
@NullMarked
package dev.jerboa.model.convert;

import org.jspecify.annotations.NullMarked;
