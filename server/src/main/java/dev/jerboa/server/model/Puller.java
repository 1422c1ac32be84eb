package dev.jerboa.server.model;

/** Fetches models by name. Safe for several threads. */
@FunctionalInterface
public interface Puller {
    /** Hears how far it is. */
    interface Progress {
        /**
         * @param total bytes of the files that were missing, or not whole
         * @param completed of them on this machine
         */
        void at(String status, long total, long completed);
    }

    /**
     * Fetches a model, where it is not on this machine; it can then be declared. An interrupt of the thread ends it, and what has come is
     * kept.
     *
     * @param name a short name, or {@code org/name[@revision][:choice]}; never a path
     * @throws RuntimeException whose message says why it cannot be had
     */
    Declared pull(String name, Progress progress);
}
