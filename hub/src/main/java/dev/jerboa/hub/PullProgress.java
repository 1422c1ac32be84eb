package dev.jerboa.hub;

/** Hears how far a pull is. Calls may come from several threads, one at a time. */
public interface PullProgress {
    /** Nobody listens. */
    PullProgress NONE = new PullProgress() {};

    /**
     * What will be fetched is known.
     *
     * @param files those that are missing, or not whole
     * @param bytes of these files
     * @param there of these bytes on this machine already
     */
    default void begins(int files, long bytes, long there) {}

    /** So many more bytes have come. */
    default void came(long bytes) {}

    /** So many bytes that had come were of no use and are fetched again. */
    default void lost(long bytes) {}

    /** A file is whole, and its hash is being computed. */
    default void verifies(String file, long bytes) {}

    /** A file is there and right. */
    default void finished(String file) {}
}
