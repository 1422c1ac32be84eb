package dev.jerboa.train.network;

import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.train.autograd.Parts;

/**
 * What training computes again instead of keeping it: a network's layers are cut into blocks, see {@link
 * dev.jerboa.train.autograd.Tape#beginBlock}.
 *
 * @param layers of a block; 0 to keep everything, {@link #AUTO} to choose by the number of layers
 */
public record Recompute(int layers, Parts parts) {
    /** As many layers as take the least memory. */
    public static final int AUTO = -1;

    /** Nothing. */
    public static final Recompute NOTHING = new Recompute(0, Parts.ALL);

    public Recompute {
        if (layers < AUTO) {
            throw new IllegalArgumentException("blocks of " + layers + " layers");
        }
    }

    /**
     * Layers of a block of a decoder. {@link #AUTO}: of L sub-layers with n streams, √(n L / (n + 2)) make a block (arXiv 2512.24880, eq. 20: n
     * states cross a border, n + 2 stand for each sub-layer of the block at hand); a plain residual is one stream.
     */
    int layers(DecoderSpec spec) {
        if (layers != AUTO) {
            return layers;
        }
        double n = spec.residual() instanceof Hyper hyper ? hyper.streams() : 1;
        double subLayers = Math.sqrt(n * 2 * spec.layers().size() / (n + 2));
        return Math.max(1, (int) Math.round(subLayers / 2));
    }
}
