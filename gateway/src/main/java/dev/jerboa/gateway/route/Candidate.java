package dev.jerboa.gateway.route;

import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.ModelEntry;
import dev.jerboa.gateway.catalog.Provider;

/** An endpoint that a request may go to. */
public record Candidate(Endpoint endpoint, Provider provider, ModelEntry model) {}
