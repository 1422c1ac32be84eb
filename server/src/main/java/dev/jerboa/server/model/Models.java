package dev.jerboa.server.model;

import dev.jerboa.server.http.HttpError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The models of a server, by name; {@code default} is the first that is loaded. Which there are is settled when the server starts, but
 * for those that are declared later ({@link #declare}); which of them are loaded can change. Thread-safe.
 */
public final class Models implements AutoCloseable {
    /** Names the first model. */
    public static final String DEFAULT = "default";

    private static final String LATEST = ":latest";

    /** What a name stands for: a model, and one of its adaptations or −1 for none. */
    public record Target(Served served, int adaptation, String name) {}

    /** In order of declaration; replaced as a whole, never changed. */
    private volatile Map<String, Place> places;

    /** Models that are open already; once unloaded they do not come back. */
    public Models(List<Served> models) {
        this(models.stream().map(Place::new).toArray(Place[]::new));
    }

    /** Models that can be loaded; none is yet. */
    public static Models declared(List<Declared> models) {
        return new Models(models.stream().map(Place::new).toArray(Place[]::new));
    }

    /** No models: a gateway that only asks others. */
    public static Models none() {
        return new Models();
    }

    private Models() {
        places = Map.of();
    }

    private Models(Place... given) {
        Map<String, Place> all = new LinkedHashMap<>();
        Set<String> names = new HashSet<>(Set.of(DEFAULT));
        for (Place place : given) {
            requireNew(names, place.id());
            place.adapters().forEach(name -> requireNew(names, name));
            all.put(place.id(), place);
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException("a server without a model");
        }
        places = all;
    }

    /**
     * Declares one more model, which is not loaded yet; one that is declared under its name already stays as it is.
     *
     * @throws IllegalArgumentException where an adapter has its name
     */
    public synchronized void declare(Declared model) {
        if (places.containsKey(model.id())) {
            return;
        }
        Set<String> names = new HashSet<>(Set.of(DEFAULT));
        places.values().forEach(place -> {
            names.add(place.id());
            names.addAll(place.adapters());
        });
        requireNew(names, model.id());
        Map<String, Place> more = new LinkedHashMap<>(places);
        more.put(model.id(), new Place(model));
        places = more;
    }

    private static void requireNew(Set<String> names, String name) {
        if (!names.add(name)) {
            throw new IllegalArgumentException(
                    name.equals(DEFAULT)
                            ? "a model is called " + DEFAULT + ", which names the first one: give it another name"
                            : "two models are called " + name + ": give one another name");
        }
    }

    /** The models that are loaded. */
    public List<Served> all() {
        return places.values().stream()
                .map(Place::ready)
                .filter(Objects::nonNull)
                .toList();
    }

    /** All models that were declared, as they stand. */
    public List<ModelStatus> statuses() {
        return places.values().stream().map(Place::status).toList();
    }

    /**
     * How one declared model stands.
     *
     * @throws HttpError where none of that name was declared
     */
    public ModelStatus status(String id) {
        return place(id).status();
    }

    /**
     * What a name stands for: a model, an adapter of one, or without a name the first model. The model stays open until the running
     * request has ended ({@link Uses}).
     *
     * @throws HttpError where there is none of that name, or where it is not loaded
     */
    public Target find(@Nullable String name) {
        if (name == null || name.isEmpty() || name.equals(DEFAULT)) {
            return base(first());
        }
        Target target = named(name);
        if (target == null && name.endsWith(LATEST)) {
            target = named(name.substring(0, name.length() - LATEST.length()));
        }
        if (target == null) {
            throw HttpError.of(
                    HttpError.Kind.NO_MODEL,
                    "the model '" + name + "' is not here; "
                            + (names().isEmpty()
                                    ? "this process has no models of its own"
                                    : "there are " + String.join(", ", names())));
        }
        return target;
    }

    private Place first() {
        for (Place place : places.values()) {
            if (place.ready() != null) {
                return place;
            }
        }
        if (places.isEmpty()) {
            throw HttpError.of(HttpError.Kind.NO_MODEL, "this server has no models of its own");
        }
        return places.values().iterator().next(); // which tells its state
    }

    private @Nullable Target named(String name) {
        Place place = places.get(name);
        if (place != null) {
            return base(place);
        }
        for (Place other : places.values()) {
            int at = other.adapters().indexOf(name);
            if (at >= 0) {
                return new Target(other.use(), at, name);
            }
        }
        return null;
    }

    /** Without adapters all tokens have the decoder's only computation. */
    private static Target base(Place place) {
        return new Target(place.use(), place.adapters().isEmpty() ? 0 : -1, place.id());
    }

    /** All names that can be asked for now. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        all().forEach(served -> {
            names.add(served.id());
            names.addAll(served.adapters());
        });
        return names;
    }

    /**
     * Loads a declared model, where it is not; returns when it is ready.
     *
     * @throws HttpError where none of that name was declared, or where it is being loaded or unloaded
     * @throws RuntimeException as its opener, where it cannot be opened
     */
    public void load(String id) {
        place(id).load();
    }

    /**
     * Lets the requests of a model end, then frees its weights and its cache; returns when they are free.
     *
     * @param grace what runs after so long is cancelled
     * @throws HttpError where none of that name was declared, or where it is being loaded or unloaded
     */
    public void unload(String id, Duration grace) {
        place(id).unload(grace);
    }

    private Place place(String id) {
        Place place = places.get(id);
        if (place == null) {
            throw HttpError.of(
                    HttpError.Kind.NO_MODEL,
                    "no model '" + id + "' was declared; there are " + String.join(", ", places.keySet()));
        }
        return place;
    }

    @Override
    public void close() {
        places.values().forEach(Place::close);
    }
}
