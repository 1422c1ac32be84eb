package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.ops.machine.Pieces.Piece;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** How {@link AttentionKernel}, whose registers these parts find as it leaves them, multiplies keys and values. */
sealed interface AttentionSums permits FloatAttention, ByteAttention {
    /**
     * Places that are in memory.
     *
     * @param values the address of the tile's values
     * @param from the first visible position of the tile
     * @param to one past the last
     * @param kept 8 bytes to keep a register in
     */
    record Places(Mem values, Mem from, Mem to, Mem kept) {}

    /** Vectors of positions beside each other that {@code rows} rows can have scores for. */
    int most(int rows);

    /**
     * Emits scores of {@code pieces} of positions, into {@link #sum}. RSI is at the keys of the first group, and ends behind
     * those of one; RAX is the position that these keys start at, and stays; R13 goes along values that are asked for,
     * {@code valueLines} lines a word of the key. Changes RCX and RDX.
     */
    void scores(int rows, List<Piece> pieces, int valueLines);

    /** Vectors of dimensions beside each other that {@code rows} rows can have sums for. */
    int mostValues(int rows);

    /**
     * Emits the growth of the sums of {@code pieces} of dimensions by the visible positions. Changes RAX, RCX, RDX and RSI.
     *
     * @param ahead emits what is asked for beforehand, for so many positions; for 0, what comes before that
     */
    void values(int rows, List<Piece> pieces, @Nullable IntConsumer ahead);

    /** Where the score of a row and piece, or its sum, is while it grows. */
    static Vec sum(int row, int j, List<Piece> pieces) {
        return pieces.get(j).in(row * pieces.size() + j);
    }
}
