package dev.jerboa.gateway.share.seed;

/**
 * A made-up entry of a real model.
 *
 * @param parameters in thousand millions; 0 where the lab does not say
 * @param dollarsPerMillion what input costs; output costs four times that, a cached token a tenth
 */
record Model(
        String id,
        String lab,
        boolean open,
        int parameters,
        int active,
        boolean reasoning,
        String released,
        String provider,
        String dollarsPerMillion) {}
