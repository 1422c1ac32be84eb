package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.LoopSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The operations of a decoder step, as one tier computes them (scalar reference, Vector API, machine code).
 *
 * <p><b>Sharing of work.</b> Every worker of a {@link dev.jerboa.kernel.cpu.Team} job calls the same operations in the
 * same order. An operation computes the caller's share and returns without waiting; the caller places
 * {@link Worker#barrier} before anything reads what another worker wrote. Shares: by token for {@link #rmsNorm},
 * {@link #prepare}, {@link #rotate}; by output column, in multiples of {@link #GRAIN}, for {@link #product}, {@link
 * #gatedUnit}, {@link #addWeighted}, {@link #weightedSums} and {@link #add}. So a {@code gatedUnit} may follow the products that feed it without a
 * barrier. Steps of {@link #FEW} tokens at most may share heads instead ({@link #sharesHeads}): a worker that computes its
 * heads' queries, keys and values ({@link Worker#inParts}) then stores and attends to them without waiting for anybody.
 *
 * <p><b>Determinism.</b> Within a tier the bits of a token's result do not depend on the number of workers, on the other
 * tokens of the step, or on its place among them.
 *
 * <p><b>Memory.</b> Operations allocate nothing on the heap that grows with the step. Shapes are checked at the door
 * ({@link IllegalArgumentException}); the caller keeps arenas open while a job runs.
 */
public interface Ops {
    /** Shares of output columns are whole multiples of this. */
    int GRAIN = 64;

    /** So many tokens that it is better to share their heads than the tokens, and for each worker to norm them all itself. */
    int FEW = 4;

    /**
     * Whether {@link #store} and {@link #attention} of {@code tokens} tokens share key heads: worker w takes heads {@code
     * w.from(heads, 1)} to {@code w.to(heads, 1)}, with the query heads that read them. Latent attention has one key head for
     * all; there {@code attention} shares query heads by the same rule.
     *
     * @param heads key heads, or query heads of latent attention
     */
    static boolean sharesHeads(Worker worker, int tokens, int heads) {
        return tokens <= FEW && heads % worker.count() == 0;
    }

    /** What products compute with. */
    enum Precision {
        /** Activations stay float32: the diagnostic form, and the one to train with. */
        EXACT,
        /** Activations may be rounded to 8 bits a block, or to bfloat16 with weights of that type, where that is faster. */
        FAST
    }

    /** The tier's name as {@code doctor} and {@code bench} print it, such as {@code vector-256}. */
    String tier();

    /** The cache elements that this tier computes with best at a precision; {@link CacheType#F32} where it is exact. */
    default CacheType cacheType(Precision precision) {
        return CacheType.F32;
    }

    /**
     * Refuses cache elements that this tier cannot compute with.
     *
     * @throws IllegalArgumentException for those
     */
    default void requireCacheType(CacheType type) {
        if (type.scaled()) {
            throw new IllegalArgumentException("a cache of " + type.key() + " is not for the kernels in use, " + tier()
                    + "; it needs those in machine code. Use f32, f16 or bf16");
        }
    }

    /**
     * Published block types that this tier has no kernel for, where it has one for others: products with them decode each row
     * each time.
     */
    default Set<DType> slowTypes() {
        return Set.of();
    }

    /** The form of {@code matrix} this tier computes with. A repacked copy, if any, belongs to {@code arena}. */
    Weights weights(Matrix matrix, Precision precision, Arena arena);

    /**
     * The form of {@code matrix} this tier computes with, whatever room there is in memory of their own: for weights that come and
     * go. Made by the calling thread alone; several may do so at a time. The bits of products are those of {@link #weights}.
     *
     * @param memory gives memory that is zero, or was last given to weights of the same type and shape
     */
    default Weights resident(Matrix matrix, Precision precision, Arena memory) {
        MemorySegment copy = memory.allocate(matrix.data().byteSize(), FloatRows.ALIGNMENT);
        copy.copyFrom(matrix.data());
        return weights(
                new Matrix(matrix.type(), matrix.rows(), matrix.cols(), copy, matrix.scales()), precision, memory);
    }

    /**
     * Bytes that {@link #weights} of mapped files may still take in memory of their own before they stay mapped; empty where this
     * tier does not ask how much there is.
     */
    default OptionalLong roomForWeights() {
        return OptionalLong.empty();
    }

    /** Native bytes that the other forms of a panel take beside its float32 rows. */
    default long formBytes(int maxRows, int cols, List<Weights> consumers) {
        return 0;
    }

    /**
     * A panel over float32 rows that are there already, in every form that {@code consumers} (all of the same inputs) read. The
     * rows may be those of a {@link #gatedUnit}'s gate, which it overwrites.
     *
     * @param forms {@link #formBytes} bytes at least, aligned to {@link FloatRows#ALIGNMENT}; what they hold does not matter
     */
    Panel panel(FloatRows rows, MemorySegment forms, List<Weights> consumers);

    /** A panel with room for {@code maxRows} activation rows. */
    default Panel panel(Arena arena, int maxRows, int cols, List<Weights> consumers) {
        Shapes.panel(maxRows, cols, consumers);
        return panel(
                FloatRows.allocate(arena, maxRows, cols),
                arena.allocate(formBytes(maxRows, cols, consumers), FloatRows.ALIGNMENT),
                consumers);
    }

    /** Fills the other forms of the first {@code count} rows from the float32 rows. Share: by token. */
    void prepare(Worker worker, Panel panel, int count);

    /** {@link #prepare}, but shared by column. */
    void prepareColumns(Worker worker, Panel panel, int count);

    /**
     * {@code out[outFrom + i, r] = Σ_c w[r, c] · x[row(i), c]} for i &lt; count and every r, where row(i) is
     * {@code index[indexFrom + i]}, or {@code indexFrom + i} where {@code index} is empty. Share: by output column r.
     * {@code out} may have more columns than {@code w} has rows; those are left alone. With {@link Precision#FAST} weights,
     * {@code x} must have been made for them ({@link #panel}) and prepared.
     *
     * @param accumulate adds to {@code out} instead of setting it
     */
    void product(
            Worker worker,
            Weights w,
            Panel x,
            int[] index,
            int indexFrom,
            int count,
            FloatRows out,
            int outFrom,
            boolean accumulate);

    /** {@link #product} for rows 0 to count − 1 of {@code x} into the same rows of {@code out}. */
    default void product(Worker worker, Weights w, Panel x, int count, FloatRows out) {
        product(worker, w, x, Selection.ALL, 0, count, out, 0, false);
    }

    /** {@link #product} for rows 0 to count − 1, added to the same rows of {@code out}. */
    default void productAdd(Worker worker, Weights w, Panel x, int count, FloatRows out) {
        product(worker, w, x, Selection.ALL, 0, count, out, 0, true);
    }

    /** {@code out[t] = x[t] / rms(x[t]) · weight}, rms over the row with {@code eps}; prepares the panel. Share: by token. */
    void rmsNorm(Worker worker, FloatRows x, int count, FloatRows weight, float eps, Panel out);

    /**
     * RMS norm in place of {@code segments} consecutive stretches of {@code size} floats in each row, starting at column
     * {@code col} ({@code weight} has {@code size} values and serves all of them): per-head norms. Share: by token.
     */
    void rmsNormInPlace(
            Worker worker, FloatRows x, int count, int col, int segments, int size, FloatRows weight, float eps);

    /** Adds {@code bias} (one row) to the first {@code count} rows of {@code x}. Share: by output column. */
    void addBias(Worker worker, FloatRows x, int count, FloatRows bias);

    /** {@code x[t] += y[t]}. Share: by output column. */
    void add(Worker worker, FloatRows x, FloatRows y, int count);

    /**
     * Rotates {@code heads} stretches of {@code table.dims()} floats in each row: head h starts at column
     * {@code col + h · stride}. Share: by token.
     */
    void rotate(Worker worker, FloatRows x, StepTokens tokens, int col, int heads, int stride, RotaryTable table);

    /** Copies {@code keyRows} and {@code valueRows} of each token into its cache slot. Share: by token, or by key head ({@link #sharesHeads}). */
    void store(
            Worker worker,
            StepTokens tokens,
            FloatRows keys,
            int keyCol,
            FloatRows values,
            int valueCol,
            KvLayer cache);

    /**
     * Causal attention: {@code out[t, h·valueDim …] = Σ_p softmax(scale · q[t, h] · k[p]) v[p]} over the visible
     * positions of the token's sequence, its own included (so {@link #store} comes first, and a barrier
     * where heads are not shared). Share: by token and head, or by key head ({@link #sharesHeads}). Fills a panel's float32
     * rows only: {@link #prepare} follows after a barrier, or {@link #prepareColumns}.
     */
    void attention(
            Worker worker, FloatRows queries, StepTokens tokens, KvLayer cache, AttentionShape shape, FloatRows out);

    /**
     * Copies, bit by bit, what {@code cache} keeps of positions {@code positions[from]} to {@code positions[from + count − 1]} for
     * one key head: the row of {@code positions[i]} goes to slot {@code slot + i} of {@code to}, a layer of one head and of the
     * same type. So {@link #attention} over {@code to} is attention over those positions alone. Not shared: workers that fill one
     * layer together take stretches that start at multiples of 16 slots.
     *
     * @param pages the page table that the positions are of
     * @param head which of the key heads that the rows of {@code cache} consist of, each as large as a row of {@code to}
     * @param positions ascending from {@code from} on
     */
    default void gather(
            KvLayer cache, int[] pages, int head, int[] positions, int from, int count, KvLayer to, long slot) {
        Shapes.gather(cache, pages, head, positions, from, count, to, slot);
        requireCacheType(cache.type());
        CacheRows.gather(cache, pages, head, positions, from, count, to, slot);
    }

    /**
     * {@code out[i, c] = activation(gate[i, c]) · up[i, c]} for rows from to from + count − 1; prepares the panel.
     * Share: by output column.
     */
    void gatedUnit(Worker worker, Activation activation, FloatRows gate, FloatRows up, int from, int count, Panel out);

    /**
     * One product a head, for latent attention: {@code out[t, outCol + h·outStride + r] = Σ_c heads[h][r, c] ·
     * x[t, xCol + h·xStride + c]}, in float32. Share: by head, so barriers surround it.
     */
    void headProducts(
            Worker worker,
            List<Weights> heads,
            FloatRows x,
            int xCol,
            int xStride,
            int count,
            FloatRows out,
            int outCol,
            int outStride);

    /**
     * Copies {@code segments} stretches of {@code size} floats in each of the first {@code count} rows: stretch s from
     * column {@code fromCol + s·fromStride} of {@code from} to {@code toCol + s·toStride} of {@code to}. Share: by token.
     */
    void copy(
            Worker worker,
            FloatRows from,
            int fromCol,
            int fromStride,
            FloatRows to,
            int toCol,
            int toStride,
            int segments,
            int size,
            int count);

    /** {@code x[t] += Σ_j scales[t·perToken + j] · y[places[t·perToken + j]]}, in order of j: experts' outputs. Share: by column. */
    void addWeighted(Worker worker, FloatRows x, int count, FloatRows y, int[] places, float[] scales, int perToken);

    /**
     * {@code out[i] = Σ_j scales[i·terms + j] · x[places[i·terms + j]]} for rows {@code from} to {@code from + count − 1}, in order of
     * j: mixtures of rows. No row of {@code out} is one that is read. Share: by column.
     *
     * @param terms rows in each sum, at least 1
     */
    void weightedSums(
            Worker worker, FloatRows out, int from, int count, FloatRows x, int[] places, float[] scales, int terms);

    /**
     * {@code out[i, r] = Σ_c w[r, c] · x[i, c]} for rows {@code from} to {@code from + count − 1} and every row of {@code w}, in
     * float32: products with too few outputs to be shared or packed. {@code out} may have more columns than {@code w} has rows;
     * those are left alone. Not shared: the caller runs it whole.
     */
    void dots(FloatRows w, FloatRows x, int from, int count, FloatRows out);

    /**
     * Causal convolutions over positions, a channel each, then SiLU, in place: {@code x[t, col + c] = silu(Σ_j w[j, channel + c] ·
     * y[p − n + 1 + j])} for c &lt; {@code channels}, where n is the number of rows of {@code w}, p the token's position, and y[p] what
     * {@code x} held; 0 before a sequence's first position. The last n − 1 inputs of all channels of {@code w} are the first floats of
     * the sequence's row of {@code states}: input p is row p mod (n − 1) of them. Not shared: the caller runs it whole.
     */
    default void convolve(
            StepTokens tokens, FloatRows x, int col, int channels, FloatRows w, int channel, FloatRows states) {
        Shapes.convolve(tokens, x, col, channels, w, channel, states);
        Recurrence.convolve(tokens, x, col, channels, w, channel, states);
    }

    /**
     * Takes a step's tokens, in order, through a head's running state, as {@link StateHead} says. Bits do not depend on the tier.
     * Not shared: the caller runs it whole.
     *
     * @param strengths not read where {@link StateHead#corrects} is false
     */
    default void advance(
            StepTokens tokens,
            StateHead head,
            FloatRows queries,
            FloatRows keys,
            FloatRows values,
            FloatRows decays,
            FloatRows strengths,
            FloatRows states,
            FloatRows out) {
        Shapes.advance(tokens, head, queries, keys, values, decays, strengths, states, out);
        Recurrence.advance(tokens, head, queries, keys, values, decays, strengths, states, out);
    }

    /** General products of float32 matrices, for training; what it takes to make is kept by the caller. */
    Gemm gemm();

    /** A fused loop, made ready to run; the same for the same description. Its bits are the same in every tier. */
    Loop loop(LoopSpec spec);

    /** Decodes row {@code id} of an embedding matrix into row {@code to} of {@code out}. Not shared: the caller runs it whole. */
    void embed(Matrix embedding, int id, FloatRows out, int to);
}
