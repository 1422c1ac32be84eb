package dev.jerboa.model.checkpoint;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.Merging;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import java.lang.foreign.Arena;
import java.util.Optional;

/**
 * A tensor to be written with an adapter in it.
 *
 * @param name as the model's description says
 */
record MergedTensor(StoredTensor base, String name, DType type) {
    /**
     * @throws ModelException where its values cannot be stored in the type
     */
    static MergedTensor of(StoredTensor base, String name, Optional<DType> wanted) {
        DType type = wanted.orElse(base.type());
        boolean scaledBeside = base.type() == DType.F8_E4M3 || base.type() == DType.F4_E2M1;
        if (scaledBeside || !type.encodable() || base.size(-1) % type.blockSize() != 0) {
            throw new ModelException(base.source() + ": tensor " + base.name() + " is " + base.type()
                    + ", and what is merged cannot be stored as " + type + " in rows of " + base.size(-1)
                    + (scaledBeside
                            ? ": its scales lie in another tensor. Convert the model first"
                            : "; give a --type such as q8_0, bf16 or f32"));
        }
        return new MergedTensor(base, name, type);
    }

    TensorBody body(Merging merging) {
        return output -> {
            try (Arena arena = Arena.ofConfined()) {
                FloatRows values = merging.values(name, arena);
                for (int r = 0; r < values.rows(); r++) {
                    output.write(values.row(r), 0, values.cols());
                }
            }
        };
    }
}
