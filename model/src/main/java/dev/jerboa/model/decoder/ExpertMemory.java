package dev.jerboa.model.decoder;

/**
 * How much memory a decoder's experts may take. Where they need more, as many as fit are kept, and the others are read from the
 * checkpoint's files when tokens go to them; the bits of logits are the same.
 *
 * @param bytes for the experts of all layers, as products read them; {@link #AS_AVAILABLE} for what the machine has left
 * @param besides bytes that the caller is going to take beside the weights, of what the machine has: the cache
 */
public record ExpertMemory(long bytes, long besides) {
    /** As {@link #bytes}: what is available when the decoder is loaded, less its other weights and {@link #besides}. */
    public static final long AS_AVAILABLE = -1;

    /** Room for all of them: weights stay mapped where memory is short, as those of other models do. */
    public static final ExpertMemory ALL = new ExpertMemory(Long.MAX_VALUE, 0);

    public ExpertMemory {
        if (bytes < AS_AVAILABLE || besides < 0) {
            throw new IllegalArgumentException(
                    "memory of " + bytes + " bytes for experts beside " + besides + ": expected whole numbers from 0");
        }
    }

    /** So many bytes. */
    public static ExpertMemory of(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("memory of " + bytes + " bytes for experts; expected 0 or more");
        }
        return new ExpertMemory(bytes, 0);
    }

    /** What is available, less what the caller is going to take. */
    public static ExpertMemory available(long besides) {
        return new ExpertMemory(AS_AVAILABLE, besides);
    }
}
