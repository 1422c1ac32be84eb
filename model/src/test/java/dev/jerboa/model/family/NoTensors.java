package dev.jerboa.model.family;

import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** For descriptions by configuration alone. */
record NoTensors() implements TensorSource {
    @Override
    public String source() {
        return "nothing";
    }

    @Override
    public Collection<StoredTensor> tensors() {
        return List.of();
    }

    @Override
    public @Nullable StoredTensor find(String name) {
        return null;
    }
}
