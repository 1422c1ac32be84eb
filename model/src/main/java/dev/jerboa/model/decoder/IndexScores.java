package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import java.lang.foreign.Arena;

/**
 * The scores of positions that indexers work with, grown as positions ask for them: an array for each selection of {@link Ops#FEW}
 * tokens, and of one token for each worker. Shared by the layers of a decoder, since one layer runs at a time.
 */
final class IndexScores {
    /** Positions whose products are computed at once. */
    static final int MOST = 64;

    private static final int FIRST = 1024;

    private final float[][] common;
    private final float[][][] own;
    private final FloatRows[] products;
    private final float[][] lines;
    private final TopK[] best;
    private int positions;

    /**
     * @param selections of a token
     * @param heads of the indexers, at most
     */
    IndexScores(int workers, int selections, int heads, Arena arena) {
        this.common = new float[Ops.FEW * selections][0];
        this.own = new float[workers][selections][0];
        this.products = new FloatRows[workers];
        this.lines = new float[workers][MOST];
        this.best = new TopK[workers];
        for (int w = 0; w < workers; w++) {
            products[w] = FloatRows.allocate(arena, heads, MOST);
            best[w] = new TopK();
        }
    }

    /** Makes sure of scores for positions below {@code wanted}; between steps. */
    void reach(int wanted) {
        if (wanted <= positions) {
            return;
        }
        positions = Math.max(wanted, Math.max(FIRST, 2 * positions));
        grow(common);
        for (float[][] worker : own) {
            grow(worker);
        }
    }

    private void grow(float[][] arrays) {
        for (int i = 0; i < arrays.length; i++) {
            arrays[i] = new float[positions];
        }
    }

    /** Those of a few tokens, token by token, which workers fill together. */
    float[][] common() {
        return common;
    }

    /** A worker's of one token. */
    float[][] own(int worker) {
        return own[worker];
    }

    /** A worker's products: heads × positions. */
    FloatRows products(int worker) {
        return products[worker];
    }

    /** A worker's products of one head. */
    float[] line(int worker) {
        return lines[worker];
    }

    TopK best(int worker) {
        return best[worker];
    }
}
