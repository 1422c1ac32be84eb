package dev.jerboa.gateway.route;

import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * What a request asks of routing.
 *
 * @param names models, aliases or endpoints, the one that is wanted most first
 * @param allowed whether the client may ask for a name or an id
 * @param at when the request began
 * @param beginning a hash of how the conversation begins, and of whose it is; empty for no affinity
 */
public record Asked(
        List<String> names, Wishes wishes, Needs needs, Predicate<String> allowed, Instant at, OptionalLong beginning) {
    public Asked {
        names = List.copyOf(names);
    }
}
