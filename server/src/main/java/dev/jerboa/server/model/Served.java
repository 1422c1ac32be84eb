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
    }
}
