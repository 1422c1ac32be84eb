package dev.jerboa.cli.command;

import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.ExpertSizes;
import org.jspecify.annotations.Nullable;

/**
 * How many experts of a mixture fit in memory, as this machine is now.
 *
 * @param sizes of the model's weights
 * @param weights bytes that weights may take; null where memory cannot be told
 * @param experts bytes of them for experts; null likewise
 */
record ExpertRoom(
        ExpertSizes sizes, @Nullable Long weights, @Nullable Long experts) {
    /**
     * Beside a cache.
     *
     * @param given bytes that experts are to have; null for what is left
     */
    static ExpertRoom of(Checkpoint checkpoint, long cacheBytes, @Nullable Long given) {
        ExpertSizes sizes = checkpoint.expertSizes();
        long others = checkpoint.weightBytes() - sizes.bytes();
        Long room = forWeights();
        return new ExpertRoom(
                sizes,
                room,
                given != null || room == null ? given : Long.valueOf(Math.max(0, room - others - cacheBytes)));
    }

    /** Bytes that weights may take; null where memory cannot be told. */
    static @Nullable Long forWeights() {
        long available = ProcessMemory.availableBytes();
        return available < 0
                ? null
                : Long.valueOf(OpsProvider.ops().roomForWeights().orElse(available));
    }

    /** The share of experts that fits, 0 to 1. */
    double kept() {
        return experts == null ? 1 : Math.min(1, experts / (double) Math.max(1, sizes.bytes()));
    }

    /** Experts that fit. */
    int fitting() {
        return (int) (kept() * sizes.experts());
    }
}
