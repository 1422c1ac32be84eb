package dev.jerboa.gateway.route;

import java.util.List;

/**
 * Whom a request is put to.
 *
 * @param candidates in the order in which they are asked; at least one
 */
public record Plan(List<Candidate> candidates) {
    public Plan {
        candidates = List.copyOf(candidates);
    }
}
