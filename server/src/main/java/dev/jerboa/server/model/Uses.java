package dev.jerboa.server.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The models that the running request has found: they stay open until it ends. Belongs to the request's thread. */
public final class Uses implements AutoCloseable {
    private static final ThreadLocal<@Nullable Uses> CURRENT = new ThreadLocal<>();

    private final List<Place> places = new ArrayList<>();

    private Uses() {}

    /** A request begins; to be closed when it has ended. */
    public static Uses begin() {
        Uses uses = new Uses();
        CURRENT.set(uses);
        return uses;
    }

    /** The running request uses a model from now on; false where it did already, or where no request runs. */
    static boolean note(Place place) {
        Uses uses = CURRENT.get();
        if (uses == null || uses.places.contains(place)) {
            return false;
        }
        uses.places.add(place);
        return true;
    }

    @Override
    public void close() {
        CURRENT.remove();
        places.forEach(Place::leave);
    }
}
