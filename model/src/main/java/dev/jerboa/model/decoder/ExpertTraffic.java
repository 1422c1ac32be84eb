package dev.jerboa.model.decoder;

/**
 * How experts that do not all fit in memory have come and gone since a decoder was loaded. An expert counts once a layer and step,
 * however many tokens go to it.
 *
 * @param experts experts of all layers
 * @param places how many of them fit in memory
 * @param bytes memory of the places
 * @param needed experts that steps have needed
 * @param hits those of them that were in memory
 * @param readAheadHits those that were there, or on their way, as it had been guessed that they would be needed
 * @param loads experts read from the files, as needed or as guessed
 * @param bytesRead their bytes in the files, some of which the system may have had in its file cache
 * @param readAheads those of the loads that were guesses
 * @param waitNanos how long steps have waited for experts
 */
public record ExpertTraffic(
        int experts,
        int places,
        long bytes,
        long needed,
        long hits,
        long readAheadHits,
        long loads,
        long bytesRead,
        long readAheads,
        long waitNanos) {
    /** The share of needed experts that no step had to ask for, 0 to 1; 1 where none was needed. */
    public double hitRate() {
        return needed == 0 ? 1 : (double) (hits + readAheadHits) / needed;
    }
}
