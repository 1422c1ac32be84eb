package dev.jerboa.model.decoder;

import dev.jerboa.kernel.ops.Weights;

/**
 * What experts of equal types and sizes are: weights of one of them to tell their forms, whose memory is gone, and how large it is.
 *
 * @param storedBytes of an expert in the file
 * @param heldBytes of an expert as products read it
 */
record ExpertSample(Weights gate, Weights up, Weights down, long storedBytes, long heldBytes) {}
