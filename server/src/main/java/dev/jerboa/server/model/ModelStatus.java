package dev.jerboa.server.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A declared model as it stands.
 *
 * @param id its name
 * @param state what has become of it
 * @param adapters names of its adapters
 * @param uses how many requests use it
 * @param served the model, while it is open
 * @param failure why it could not be loaded, or null
 */
public record ModelStatus(
        String id,
        ModelState state,
        List<String> adapters,
        int uses,
        @Nullable Served served,
        @Nullable String failure) {}
