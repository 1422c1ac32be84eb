package dev.jerboa.train.loop;

import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a configuration is read beside where no weights are there yet. */
enum NoTensors implements TensorSource {
    NONE;

    @Override
    public String source() {
        return "fresh weights";
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
