package dev.jerboa.train.network;

import dev.jerboa.model.decoder.Slot;
import dev.jerboa.train.autograd.LowRank;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.autograd.Weight;
import java.util.Optional;

/** Where a network's weights come from, slot by slot: all of them to be trained, or a model that stays as it is. */
public interface NetworkWeights {
    /** The expert of slots that are no expert's. */
    int NO_EXPERT = -1;

    /**
     * A matrix that hidden states are multiplied with, or the embedding.
     *
     * @param expert {@link #NO_EXPERT} for slots that are no expert's
     */
    Weight matrix(Slot slot, int layer, int expert, int rows, int cols);

    /** What is learned beside that matrix. */
    Optional<LowRank> beside(Slot slot, int layer, int expert);

    /** A vector, or a small matrix of hyper-connections. */
    Parameter table(Slot slot, int layer, long... shape);

    /** A matrix that training leaves alone. */
    Weight constant(Slot slot, int layer, int rows, int cols);

    /** A table that training leaves alone. */
    Parameter constantTable(Slot slot, int layer, long... shape);

    /** The bias of a projection. */
    Parameter bias(Slot slot, int layer, int size);

    /** A parameter of the layer that predicts further tokens, which has names and no slots. */
    Parameter named(String name, long... shape);

    /** Whether the learned head of streams has a slot. */
    boolean has(Slot slot);

    /** The name of the tensor in a slot. */
    String name(Slot slot, int layer);

    /** What training changes. */
    Parameters trained();
}
