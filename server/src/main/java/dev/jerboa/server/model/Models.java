package dev.jerboa.server.model;

import dev.jerboa.server.http.HttpError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The models of a server, by name; {@code default} is the first one. Thread-safe. */
public final class Models implements AutoCloseable {
    /** Names the first model. */
    public static final String DEFAULT = "default";

    /** What a name stands for: a model, and one of its adaptations or −1 for none. */
    public record Target(Served served, int adaptation, String name) {}

    private final Map<String, Served> byId = new LinkedHashMap<>();

    public Models(List<Served> models) {
        for (Served served : models) {
            if (byId.put(served.id(), served) != null) {
                throw new IllegalArgumentException("two models are called " + served.id() + ": give one another name");
            }
        }
        if (byId.isEmpty()) {
            throw new IllegalArgumentException("a server without a model");
        }
    }

    public List<Served> all() {
        return List.copyOf(byId.values());
    }

    /**
     * What a name stands for: a model, an adapter of one, or without a name the first model.
     *
     * @throws HttpError where there is none of that name
     */
    public Target find(@Nullable String name) {
        if (name == null || name.isEmpty() || name.equals(DEFAULT)) {
            Served first = byId.values().iterator().next();
            return new Target(first, base(first), first.id());
        }
        Served served = byId.get(name);
        if (served == null && name.endsWith(":latest")) {
            served = byId.get(name.substring(0, name.length() - ":latest".length()));
        }
        if (served != null) {
            return new Target(served, base(served), served.id());
        }
        for (Served other : byId.values()) {
            int at = other.adapters().indexOf(name);
            if (at >= 0) {
                return new Target(other, at, name);
            }
        }
        throw HttpError.of(
                HttpError.Kind.NO_MODEL,
                "the model '" + name + "' is not here; there are " + String.join(", ", names()));
    }

    /** Without adapters all tokens have the decoder's only computation. */
    private static int base(Served served) {
        return served.adapters().isEmpty() ? 0 : -1;
    }

    /** All names that can be asked for. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        byId.values().forEach(served -> {
            names.add(served.id());
            names.addAll(served.adapters());
        });
        return names;
    }

    @Override
    public void close() {
        byId.values().forEach(served -> served.model().close());
    }
}
