package dev.jerboa.gateway.config;

import dev.jerboa.gateway.catalog.Endpoint;

/**
 * A model that the engine in this process runs.
 *
 * @param name how the engine calls it, and clients may too
 * @param source a file or folder of this machine, or a name as {@code jerboa pull} takes it
 * @param endpoint what it is to the gateway: its model, prices, and the cost of the machine
 */
public record LocalModel(String name, String source, Endpoint endpoint) {}
