package dev.jerboa.engine.generate;

/**
 * A piece of a reply as it streams: whole characters, never part of a stop string or of a thinking mark.
 *
 * @param text the next piece of the answer, perhaps empty
 * @param reasoning the next piece of the thinking that comes before the answer, perhaps empty
 */
public record Chunk(String text, String reasoning) {}
