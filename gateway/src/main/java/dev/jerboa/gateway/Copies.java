package dev.jerboa.gateway;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

/** Copies of what strangers sent. */
public final class Copies {
    private Copies() {}

    /**
     * A set that nobody changes, of names that strangers chose. {@link Set#copyOf} looks for a free place in a line: names of one hash, of
     * which anybody can make as many as fit into a request, take it quadratic time.
     */
    public static Set<String> of(Collection<String> names) {
        return Collections.unmodifiableSet(new HashSet<>(names));
    }
}
