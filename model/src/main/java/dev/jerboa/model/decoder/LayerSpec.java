package dev.jerboa.model.decoder;

/** One layer: attention, then a feed-forward unit, each normed before and added after as {@link ResidualSpec} says. */
public record LayerSpec(AttentionSpec attention, FeedForwardSpec feedForward) {}
