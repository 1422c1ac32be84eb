package dev.jerboa.model.tensor;

import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.model.ModelException;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a checkpoint by name, whatever its container. Immutable and safe for several threads; the bytes stay
 * valid as long as the arena that the checkpoint was opened with.
 */
public interface TensorSource {
    /** The file or folder, for messages. */
    String source();

    /** Every tensor, in the container's order. */
    Collection<StoredTensor> tensors();

    /** The tensor with this name, or null. */
    @Nullable
    StoredTensor find(String name);

    /** The weight of this name as kernels take it, with its scales where the container keeps them beside it. */
    default Matrix matrix(String name) {
        return tensor(name).matrix();
    }

    /** The weight, or stack of weights, of this name where it has to be converted before kernels read it; null otherwise. */
    default @Nullable EncodedTensor encoded(String name) {
        return null;
    }

    /** The matrices of a stack as kernels take them, with their scales where the container keeps them beside it. */
    default List<Matrix> matrices(String name) {
        StoredTensor stack = tensor(name);
        int count = stack.rank() == 3 ? Math.toIntExact(stack.size(0)) : 1;
        return IntStream.range(0, count).mapToObj(stack::matrix).toList();
    }

    /** Whether there is a tensor of this name, in whatever encoding. */
    default boolean has(String name) {
        return find(name) != null;
    }

    /** The tensor with this name; a {@link ModelException} where it is missing. */
    default StoredTensor tensor(String name) {
        StoredTensor tensor = find(name);
        if (tensor == null) {
            throw new ModelException(source() + ": tensor " + name + " is missing (the file has "
                    + tensors().size() + " others); it may belong to another architecture or be an incomplete copy");
        }
        return tensor;
    }
}
