package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import java.util.List;
import java.util.Locale;

/**
 * The checks at the door of each operation of {@link Ops}. Every tier calls them before it touches memory, since the fast
 * ones then compute with raw addresses. All throw {@link IllegalArgumentException} naming the operation and the shapes.
 */
public final class Shapes {
    private Shapes() {}

    /** The rows of {@link Ops#panel}. */
    public static void panel(int maxRows, int cols, List<Weights> consumers) {
        if (!(maxRows > 0 && cols > 0)) {
            throw refuse("panel", "%d rows × %d", maxRows, cols);
        }
        for (Weights w : consumers) {
            if (!(w.cols() == cols)) {
                throw refuse("panel", "a consumer takes %d inputs, the panel has %d", w.cols(), cols);
            }
        }
    }

    /** The first {@code count} rows of {@code x}. */
    public static void rows(String op, FloatRows x, int count) {
        if (!(count >= 0 && count <= x.rows())) {
            throw refuse(op, "%d rows of a table of %d × %d", count, x.rows(), x.cols());
        }
    }

    /** Columns {@code col} to {@code col + width − 1} of {@code x}. */
    public static void columns(String op, FloatRows x, int col, long width) {
        if (!(col >= 0 && width >= 0 && col + width <= x.cols())) {
            throw refuse(op, "columns %d to %d of a table of %d × %d", col, col + width - 1, x.rows(), x.cols());
        }
    }

    /** {@code segments} stretches of {@code size} from {@code col}, {@code stride} apart. */
    public static void stretches(String op, FloatRows x, int col, int stride, int segments, int size) {
        if (!(stride >= 0 && segments >= 0 && size >= 0)) {
            throw refuse(op, "%d stretches of %d", segments, size);
        }
        columns(op, x, col, segments == 0 ? 0 : (segments - 1) * (long) stride + size);
    }

    /** One row of {@code cols} values. */
    public static void vector(String op, FloatRows values, int cols) {
        if (!(values.rows() >= 1 && values.cols() == cols)) {
            throw refuse(op, "a vector of %d expected, found %d × %d", cols, values.rows(), values.cols());
        }
    }

    /** {@link Ops#product}: a selection of panel rows against {@code w} into a table at least as wide as its outputs. */
    public static void product(
            Weights w, FloatRows x, int[] index, int indexFrom, int count, FloatRows out, int outFrom) {
        if (!(w.cols() == x.cols())) {
            throw refuse("product", "weights take %d inputs, the panel has %d", w.cols(), x.cols());
        }
        if (!(outFrom >= 0 && count >= 0 && outFrom + (long) count <= out.rows() && w.rows() <= out.cols())) {
            throw refuse(
                    "product",
                    "%d outputs for rows %d to %d do not fit a table of %d × %d",
                    w.rows(),
                    outFrom,
                    outFrom + (long) count - 1,
                    out.rows(),
                    out.cols());
        }
        long available = index.length == 0 ? x.rows() : index.length;
        if (!(indexFrom >= 0 && indexFrom + (long) count <= available)) {
            throw refuse("product", "rows %d to %d of %d", indexFrom, indexFrom + (long) count - 1, available);
        }
        if (index.length > 0) {
            for (int i = indexFrom; i < indexFrom + count; i++) {
                if (!(index[i] >= 0 && index[i] < x.rows())) {
                    throw refuse("product", "row %d of %d", index[i], x.rows());
                }
            }
        }
    }

    /** Two tables of one width, {@code count} rows of each from {@code from}. */
    public static void alike(String op, FloatRows x, FloatRows y, int from, int count) {
        if (!(x.cols() == y.cols())) {
            throw refuse(op, "tables of %d × %d and %d × %d", x.rows(), x.cols(), y.rows(), y.cols());
        }
        if (!(from >= 0 && count >= 0 && from + (long) count <= Math.min(x.rows(), y.rows()))) {
            throw refuse(
                    op, "rows %d to %d of tables of %d and %d rows", from, from + (long) count - 1, x.rows(), y.rows());
        }
    }

    /** The tokens of a step over the first rows of {@code x}. */
    public static void tokens(String op, FloatRows x, StepTokens tokens) {
        rows(op, x, tokens.count());
        if (!(tokens.positions().length >= tokens.count() && tokens.pages().length >= tokens.count())) {
            throw refuse(
                    op,
                    "%d tokens with %d positions and %d page tables",
                    tokens.count(),
                    tokens.positions().length,
                    tokens.pages().length);
        }
        for (int t = 0; t < tokens.count(); t++) {
            if (!(tokens.positions()[t] >= 0)) {
                throw refuse(op, "position %d", tokens.positions()[t]);
            }
        }
    }

    /** The rows of running states that tokens name. */
    public static void states(String op, StepTokens tokens, FloatRows states) {
        if (!(tokens.states().length >= tokens.count())) {
            throw refuse(op, "%d tokens with %d state rows", tokens.count(), tokens.states().length);
        }
        for (int t = 0; t < tokens.count(); t++) {
            int row = tokens.states()[t];
            if (!(row >= 0 && row < states.rows())) {
                throw refuse(op, "state row %d of %d", row, states.rows());
            }
        }
    }

    /** {@link Ops#convolve}. */
    public static void convolve(
            StepTokens tokens, FloatRows x, int col, int channels, FloatRows w, int channel, FloatRows states) {
        tokens("convolve", x, tokens);
        columns("convolve", x, col, channels);
        columns("convolve", w, channel, channels);
        states("convolve", tokens, states);
        columns("convolve", states, 0, (w.rows() - 1L) * w.cols());
    }

    /** {@link Ops#advance}. */
    public static void advance(
            StepTokens tokens,
            StateHead head,
            FloatRows queries,
            FloatRows keys,
            FloatRows values,
            FloatRows decays,
            FloatRows strengths,
            FloatRows states,
            FloatRows out) {
        tokens("advance", out, tokens);
        FloatRows[] tables = {queries, keys, values, decays, out};
        int[] cols = {head.query(), head.key(), head.value(), head.decay(), head.out()};
        int keyDim = head.keyDim();
        int[] widths = {keyDim, keyDim, head.valueDim(), head.decayPerChannel() ? keyDim : 1, head.valueDim()};
        for (int i = 0; i < tables.length; i++) {
            rows("advance", tables[i], tokens.count());
            columns("advance", tables[i], cols[i], widths[i]);
        }
        if (head.corrects()) {
            rows("advance", strengths, tokens.count());
            columns("advance", strengths, head.strength(), 1);
        }
        states("advance", tokens, states);
        columns("advance", states, head.state(), (long) keyDim * head.valueDim());
    }

    /** {@link Ops#rotate}. */
    public static void rotate(FloatRows x, StepTokens tokens, int col, int heads, int stride, RotaryTable table) {
        tokens("rotate", x, tokens);
        stretches("rotate", x, col, stride, heads, table.dims());
        if (!(table.dims() > 0 && table.dims() % 2 == 0 && table.values().cols() == table.dims())) {
            throw refuse(
                    "rotate",
                    "a table of %d columns for %d dimensions",
                    table.values().cols(),
                    table.dims());
        }
        for (int t = 0; t < tokens.count(); t++) {
            int position = tokens.positions()[t];
            if (!(position < table.values().rows())) {
                throw refuse(
                        "rotate",
                        "position %d of a table of %d positions",
                        position,
                        table.values().rows());
            }
        }
    }

    /** {@link Ops#store}. */
    public static void store(
            StepTokens tokens, FloatRows keys, int keyCol, FloatRows values, int valueCol, KvLayer cache) {
        tokens("store", keys, tokens);
        cache("store", cache);
        columns("store", keys, keyCol, cache.keyDim());
        if (!cache.latent()) {
            tokens("store", values, tokens);
            columns("store", values, valueCol, cache.valueStride());
        }
        long slots = cache.slots();
        for (int t = 0; t < tokens.count(); t++) {
            int page = tokens.positions()[t] >> cache.pageShift();
            page("store", tokens.pages()[t], page, slots, cache.pageShift());
        }
    }

    /** {@link Ops#attention}: every page that a token sees lies in the cache. */
    public static void attention(
            FloatRows queries, StepTokens tokens, KvLayer cache, AttentionShape shape, FloatRows out) {
        tokens("attention", queries, tokens);
        rows("attention", out, tokens.count());
        cache("attention", cache);
        columns("attention", queries, 0, (long) shape.heads() * shape.headDim());
        columns("attention", out, 0, (long) shape.heads() * shape.valueDim());
        if (!(cache.keyDim() == shape.kvHeads() * shape.headDim()
                && cache.valueStride() >= (long) shape.kvHeads() * shape.valueDim())) {
            throw refuse(
                    "attention",
                    "%d heads of %d and %d over cache rows of %d and %d",
                    shape.kvHeads(),
                    shape.headDim(),
                    shape.valueDim(),
                    cache.keyDim(),
                    cache.valueStride());
        }
        long slots = cache.slots();
        int shift = cache.pageShift();
        int[] checked = {};
        int low = 0;
        int high = -1;
        for (int t = 0; t < tokens.count(); t++) {
            int position = tokens.positions()[t];
            int[] pages = tokens.pages()[t];
            int first = shape.firstVisible(position) >> shift;
            int last = position >> shift;
            // Tokens of one sequence follow each other: what the last one saw need not be looked at again.
            boolean grown = pages == checked && first >= low;
            for (int page = grown ? Math.max(first, high + 1) : first; page <= last; page++) {
                page("attention", pages, page, slots, shift);
            }
            low = grown ? low : first;
            high = grown ? Math.max(high, last) : last;
            checked = pages;
        }
    }

    /** {@link Ops#gather}: the positions lie in the cache, and the layer has room for them. */
    public static void gather(
            KvLayer cache, int[] pages, int head, int[] positions, int from, int count, KvLayer to, long slot) {
        cache("gather", cache);
        cache("gather", to);
        if (!(from >= 0 && count >= 0 && from + (long) count <= positions.length)) {
            throw refuse("gather", "positions %d to %d of %d", from, from + (long) count - 1, positions.length);
        }
        boolean alike = to.heads() == 1
                && to.type() == cache.type()
                && to.latent() == cache.latent()
                && head >= 0
                && (head + 1L) * to.keyDim() <= cache.keyDim()
                && (cache.latent() || (head + 1L) * to.valueStride() <= cache.valueStride());
        if (!alike) {
            throw refuse(
                    "gather",
                    "head %d of rows of %d and %d, %s, into %d heads of %d and %d, %s",
                    head,
                    cache.keyDim(),
                    cache.valueStride(),
                    cache.type().key(),
                    to.heads(),
                    to.keyDim(),
                    to.valueStride(),
                    to.type().key());
        }
        if (!(slot + from >= 0 && slot + from + count <= to.slots())) {
            throw refuse("gather", "slots %d to %d of %d", slot + from, slot + from + count - 1, to.slots());
        }
        long slots = cache.slots();
        int before = -1;
        for (int i = from; i < from + count; i++) {
            if (!(positions[i] > before)) {
                throw refuse("gather", "position %d after position %d", positions[i], before);
            }
            before = positions[i];
            page("gather", pages, before >> cache.pageShift(), slots, cache.pageShift());
        }
    }

    private static void cache(String op, KvLayer cache) {
        if (!(cache.keyDim() > 0 && cache.valueStride() > 0 && cache.pageShift() >= 0 && cache.pageShift() < 31)) {
            throw refuse(
                    op,
                    "cache rows of %d and %d in pages of 2^%d",
                    cache.keyDim(),
                    cache.valueStride(),
                    cache.pageShift());
        }
    }

    private static void page(String op, int[] pages, int page, long slots, int shift) {
        if (!(page < pages.length)) {
            throw refuse(op, "page %d of a table of %d", page, pages.length);
        }
        if (!(pages[page] >= 0 && ((pages[page] + 1L) << shift) <= slots)) {
            throw refuse(op, "page %d of a cache of %d", pages[page], slots >> shift);
        }
    }

    /** {@link Ops#headProducts}. */
    public static void headProducts(
            List<Weights> heads,
            FloatRows x,
            int xCol,
            int xStride,
            int count,
            FloatRows out,
            int outCol,
            int outStride) {
        rows("headProducts", x, count);
        rows("headProducts", out, count);
        for (Weights w : heads) {
            if (!(w.rows() == heads.getFirst().rows()
                    && w.cols() == heads.getFirst().cols())) {
                throw refuse(
                        "headProducts",
                        "heads of %d × %d and %d × %d",
                        heads.getFirst().rows(),
                        heads.getFirst().cols(),
                        w.rows(),
                        w.cols());
            }
        }
        if (!heads.isEmpty()) {
            stretches(
                    "headProducts",
                    x,
                    xCol,
                    xStride,
                    heads.size(),
                    heads.getFirst().cols());
            stretches(
                    "headProducts",
                    out,
                    outCol,
                    outStride,
                    heads.size(),
                    heads.getFirst().rows());
        }
    }

    /** {@link Ops#addWeighted}. */
    public static void addWeighted(FloatRows x, int count, FloatRows y, int[] places, float[] scales, int perToken) {
        rows("addWeighted", x, count);
        long uses = (long) count * perToken;
        if (!(perToken >= 0 && places.length >= uses && scales.length >= uses && y.cols() == x.cols())) {
            throw refuse(
                    "addWeighted",
                    "%d rows of %d with %d places and %d scales, %d a row, of rows of %d",
                    count,
                    x.cols(),
                    places.length,
                    scales.length,
                    perToken,
                    y.cols());
        }
        for (int i = 0; i < uses; i++) {
            if (!(places[i] >= 0 && places[i] < y.rows())) {
                throw refuse("addWeighted", "row %d of %d", places[i], y.rows());
            }
        }
    }

    /** {@link Ops#weightedSums}. */
    public static void weightedSums(
            FloatRows out, int from, int count, FloatRows x, int[] places, float[] scales, int terms) {
        if (!(from >= 0 && count >= 0 && from + (long) count <= out.rows() && terms > 0)) {
            throw refuse(
                    "weightedSums", "%d sums of %d rows from row %d of a table of %d", count, terms, from, out.rows());
        }
        long uses = (from + (long) count) * terms;
        if (!(places.length >= uses && scales.length >= uses && x.cols() == out.cols())) {
            throw refuse(
                    "weightedSums",
                    "rows to %d of %d with %d places and %d scales, %d a row, of rows of %d",
                    from + count,
                    out.cols(),
                    places.length,
                    scales.length,
                    terms,
                    x.cols());
        }
        for (int i = from * terms; i < uses; i++) {
            if (!(places[i] >= 0 && places[i] < x.rows())) {
                throw refuse("weightedSums", "row %d of %d", places[i], x.rows());
            }
        }
    }

    /** {@link Ops#dots}. */
    public static void dots(FloatRows w, FloatRows x, int from, int count, FloatRows out) {
        long end = from + (long) count;
        if (!(from >= 0 && count >= 0 && end <= x.rows() && end <= out.rows())) {
            throw refuse("dots", "rows %d to %d of tables of %d and %d", from, end - 1, x.rows(), out.rows());
        }
        if (!(w.cols() == x.cols() && w.rows() <= out.cols())) {
            throw refuse(
                    "dots", "%d rows of %d with rows of %d into rows of %d", w.rows(), w.cols(), x.cols(), out.cols());
        }
    }

    /** {@link Ops#embed}. */
    public static void embed(Matrix embedding, int id, FloatRows out, int to) {
        if (!(id >= 0 && id < embedding.rows())) {
            throw refuse("embed", "row %d of %d", id, embedding.rows());
        }
        if (!(to >= 0 && to < out.rows())) {
            throw refuse("embed", "into row %d of %d", to, out.rows());
        }
        if (!(embedding.cols() == out.cols())) {
            throw refuse("embed", "rows of %d into rows of %d", embedding.cols(), out.cols());
        }
    }

    private static IllegalArgumentException refuse(String op, String what, Object... found) {
        return new IllegalArgumentException(op + ": " + String.format(Locale.ROOT, what, found));
    }
}
