package dev.jerboa.engine.cache;

/**
 * Who may share positions with whom: what keys and values depend on beside the tokens, and whom they may be shown to (who waits less
 * for a prompt learns that somebody asked it before).
 *
 * @param adaptation the decoder's adaptation that computes them, as {@link dev.jerboa.model.decoder.Step#adaptation} counts
 * @param salt the circle of those who share; empty for everybody
 */
public record Scope(int adaptation, String salt) {
    /** Everybody, with the decoder's first adaptation where it has one. */
    public static final Scope SHARED = new Scope(0, "");
}
