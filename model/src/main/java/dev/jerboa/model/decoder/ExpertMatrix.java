package dev.jerboa.model.decoder;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.Matrix;
import java.lang.foreign.Arena;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One projection of one expert, not read yet. Safe for several threads.
 *
 * @param type of the weights
 * @param stored where it lies in the file as it is used; null where it has to be brought into order
 * @param read gives the matrix: {@code stored}, or a copy in memory of the arena
 */
record ExpertMatrix(DType type, @Nullable Matrix stored, Function<Arena, Matrix> read) {
    static ExpertMatrix of(Matrix stored) {
        return new ExpertMatrix(stored.type(), stored, arena -> stored);
    }

    static ExpertMatrix copied(DType type, Function<Arena, Matrix> copy) {
        return new ExpertMatrix(type, null, copy);
    }
}
