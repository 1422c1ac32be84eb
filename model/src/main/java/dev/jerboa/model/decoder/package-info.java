/**
 * One decoder of composable parts: attention kind × feed-forward kind × residual kind × rotary embedding × norm.
 *
 * <pre>
 * DecoderSpec (numbers) + TensorSource by Slot (weights) → Decoder.load
 * Step (tokens, positions, page tables) → Decoder.forward, every worker together:
 *     embed → for each layer: [norm → attention ↔ KvLayer → add] [norm → feed-forward → add] → norm → head → logits
 *     and where states are kept: → Decoder.predictFurther (states, the tokens after them) → [embedding | state] → layer ↔ its KvLayer
 *     → norm → head → logits of the tokens after the next ({@link dev.jerboa.model.decoder.PredictionSpec})
 * </pre>
 *
 * Attention keeps rows of positions in the cache, or a running state of each sequence ({@link
 * dev.jerboa.model.decoder.KvShape}); a step's tokens say where both are.
 *
 * Where positions are selected ({@link dev.jerboa.model.decoder.SelectionSpec}) attention is
 *
 * <pre>
 * x → index key → side row of the cache;  index queries · index keys of all pages → scores → the best → Choice (or that of a layer before)
 * → their keys and values side by side → the kernel over these; tokens that see no more than may be chosen: the kernel over the pages
 * </pre>
 *
 * Where experts do not all fit in memory ({@link dev.jerboa.model.decoder.ExpertMemory}):
 *
 * <pre>
 * choices → ExpertStore gives places → ExpertLoads: file → repacked in a place → products, as they come → sum in order of choice
 *     └→ the next layer's router on the same input → guesses → read behind what is needed
 * </pre>
 *
 * Reading and adding are the residual kind ({@link dev.jerboa.model.decoder.ResidualSpec}): one hidden state a token, or several
 * that hyper-connections read, mix and write.
 *
 * A family (package {@code family}) only writes a {@link dev.jerboa.model.decoder.DecoderSpec} and names its tensors; it
 * adds no code here unless its mathematics is new.
 */
@NullMarked
package dev.jerboa.model.decoder;

import org.jspecify.annotations.NullMarked;
