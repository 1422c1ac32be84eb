package dev.jerboa.model.decoder;

/** The kind of memory pages that weights lie on; it decides how fast they can be read. */
public enum WeightPages {
    /** The files' own bytes, mapped. */
    MAPPED,
    /** Memory of the decoder's own, on small pages. */
    SMALL,
    /** Memory of the decoder's own, on huge pages. */
    HUGE
}
