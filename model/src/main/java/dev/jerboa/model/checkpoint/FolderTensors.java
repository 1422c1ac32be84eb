package dev.jerboa.model.checkpoint;

import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.model.safetensors.BlockScaled;
import dev.jerboa.model.safetensors.Quantization;
import dev.jerboa.model.tensor.EncodedTensor;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.Arena;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A folder's tensors as a decoder wants them: FP8 weights with the scales that lie beside them, other encodings converted, and the text tensors of a
 * multimodal checkpoint under the names they have in a text-only one (published wrappers put them below
 * {@code language_model.} or {@code model.language_model.}).
 */
final class FolderTensors implements TensorSource {
    private record Wrapper(String text, String inWrapper) {}

    /** Longest first, so that a name has one reading. */
    private static final List<Wrapper> WRAPPERS =
            List.of(new Wrapper("model.", "model.language_model."), new Wrapper("", "language_model."));

    private static final Wrapper NONE = new Wrapper("", "");

    private final TensorSource wrapped;
    private final Wrapper wrapper;
    private final Quantization quantization;
    private final BlockScaled.Tile tile;
    private final Arena arena;

    /** @param arena owns what is made beside the mapped files: tables of scales */
    FolderTensors(TensorSource wrapped, Quantization quantization, BlockScaled.Tile tile, Arena arena) {
        this.wrapped = wrapped;
        this.wrapper = WRAPPERS.stream()
                .filter(w -> wrapped.tensors().stream().anyMatch(t -> t.name().startsWith(w.inWrapper)))
                .findFirst()
                .orElse(NONE);
        this.quantization = quantization;
        this.tile = tile;
        this.arena = arena;
    }

    @Override
    public Matrix matrix(String name) {
        EncodedTensor encoded = encoded(name);
        return encoded != null ? encoded.all(arena) : BlockScaled.matrix(this, name, tile, arena);
    }

    @Override
    public List<Matrix> matrices(String name) {
        return tensor(name).rank() == 3
                ? BlockScaled.stack(this, name, tile, arena)
                : TensorSource.super.matrices(name);
    }

    @Override
    public @Nullable EncodedTensor encoded(String name) {
        return quantization.encoded(this, name);
    }

    @Override
    public boolean has(String name) {
        return find(name) != null || quantization.has(this, name);
    }

    @Override
    public String source() {
        return wrapped.source();
    }

    @Override
    public Collection<StoredTensor> tensors() {
        return wrapped.tensors();
    }

    @Override
    public @Nullable StoredTensor find(String name) {
        if (name.startsWith(wrapper.text)) {
            StoredTensor inside = wrapped.find(wrapper.inWrapper + name.substring(wrapper.text.length()));
            if (inside != null) {
                return inside;
            }
        }
        return wrapped.find(name);
    }
}
