/**
 * Networks: a decoder in numbers ({@link dev.jerboa.model.decoder.DecoderSpec}), written onto a tape.
 *
 * <pre>
 * config.json → family → DecoderSpec + TensorNames → Network: parameters by their published names, operations in order
 *                                          checkpoint ⇄ Parameters
 * </pre>
 *
 * <p>What can be trained is what the description can say: there is no second model here, only its operations with derivatives.
 */
@NullMarked
package dev.jerboa.train.network;

import org.jspecify.annotations.NullMarked;
