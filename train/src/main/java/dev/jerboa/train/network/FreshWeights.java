package dev.jerboa.train.network;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.train.autograd.LowRank;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.autograd.Weight;
import java.util.Optional;

/**
 * Weights that are all trained, but for those that have no derivatives, by their names in checkpoints.
 *
 * @param family for messages
 */
record FreshWeights(String family, TensorNames names, Parameters trained) implements NetworkWeights {
    @Override
    public Weight matrix(Slot slot, int layer, int expert, int rows, int cols) {
        if (expert == NO_EXPERT) {
            return trained.of(names.name(slot, layer), rows, cols);
        }
        if (names.stacked(slot)) {
            throw new ModelException("family " + family
                    + " keeps all experts in one tensor; training all weights needs one tensor an expert");
        }
        return trained.of(names.name(slot, layer, expert), rows, cols);
    }

    @Override
    public Optional<LowRank> beside(Slot slot, int layer, int expert) {
        return Optional.empty();
    }

    @Override
    public Parameter table(Slot slot, int layer, long... shape) {
        if (names.lessOne().contains(slot)) {
            throw new ModelException(
                    "family " + family + " stores the weights of norms less 1; training knows whole ones only");
        }
        return trained.of(names.name(slot, layer), shape);
    }

    @Override
    public Weight constant(Slot slot, int layer, int rows, int cols) {
        return constantTable(slot, layer, rows, cols);
    }

    @Override
    public Parameter constantTable(Slot slot, int layer, long... shape) {
        return trained.fixed(names.name(slot, layer), shape);
    }

    @Override
    public Parameter bias(Slot slot, int layer, int size) {
        return trained.of(names.biasName(slot, layer), size);
    }

    @Override
    public Parameter named(String name, long... shape) {
        return trained.of(name, shape);
    }

    @Override
    public boolean has(Slot slot) {
        return names.has(slot);
    }

    @Override
    public String name(Slot slot, int layer) {
        return names.name(slot, layer);
    }
}
