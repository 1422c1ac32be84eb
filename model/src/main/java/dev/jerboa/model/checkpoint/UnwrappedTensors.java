package dev.jerboa.model.checkpoint;

import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text tensors of a multimodal checkpoint under the names they have in a text-only one: published wrappers put them
 * below {@code language_model.} or {@code model.language_model.}.
 */
final class UnwrappedTensors implements TensorSource {
    private record Wrapper(String text, String inWrapper) {}

    /** Longest first, so that a name has one reading. */
    private static final List<Wrapper> WRAPPERS =
            List.of(new Wrapper("model.", "model.language_model."), new Wrapper("", "language_model."));

    private final TensorSource wrapped;
    private final Wrapper wrapper;

    private UnwrappedTensors(TensorSource wrapped, Wrapper wrapper) {
        this.wrapped = wrapped;
        this.wrapper = wrapper;
    }

    /** {@code source} itself where it is no wrapper. */
    static TensorSource of(TensorSource source) {
        for (Wrapper wrapper : WRAPPERS) {
            if (source.tensors().stream().anyMatch(t -> t.name().startsWith(wrapper.inWrapper))) {
                return new UnwrappedTensors(source, wrapper);
            }
        }
        return source;
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
