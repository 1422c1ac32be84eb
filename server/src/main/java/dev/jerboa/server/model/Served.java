package dev.jerboa.server.model;

import dev.jerboa.engine.generate.LanguageModel;
import java.time.Instant;
import java.util.List;

/**
 * A model that is offered.
 *
 * @param id the name by which clients ask for it
 * @param model the open model; belongs to the server
 * @param created when it was opened
 * @param adapters names of its adapters, in the order of the decoder's
 */
public record Served(String id, LanguageModel model, Instant created, List<String> adapters) {
    public Served {
        adapters = List.copyOf(adapters);
        if (adapters.size() != model.adapters()) {
            throw new IllegalArgumentException(id + " has " + model.adapters() + " adapters and " + adapters.size()
                    + " names for them: expected a name for each");
        }
        if (!model.hasBase()) {
            throw new IllegalArgumentException("an adapter of " + id + " (" + String.join(", ", adapters)
                    + ") has to be merged into its weights, so that " + id
                    + " itself could not be asked for: write the merged model with `merge`, and serve that");
        }
    }
}
