package dev.jerboa.server.model;

import dev.jerboa.engine.generate.LanguageModel;
import java.util.List;
import java.util.function.Supplier;

/**
 * A model that whoever runs the server has declared: only such ones are ever loaded, by name, so no request chooses a file.
 *
 * @param id the name by which it is asked for
 * @param opener opens it, each time that it is loaded
 * @param adapters names of its adapters, in the order of the decoder's
 */
public record Declared(String id, Supplier<LanguageModel> opener, List<String> adapters) {
    public Declared {
        adapters = List.copyOf(adapters);
    }
}
