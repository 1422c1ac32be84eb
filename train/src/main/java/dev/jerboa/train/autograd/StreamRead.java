package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;
import static dev.jerboa.train.autograd.Rows.get;
import static dev.jerboa.train.autograd.Rows.row;
import static dev.jerboa.train.autograd.Rows.set;
import static dev.jerboa.train.autograd.Rows.stride;
import static dev.jerboa.train.autograd.StreamMap.COLUMN;
import static dev.jerboa.train.autograd.StreamMap.TOKENS;
import static dev.jerboa.train.autograd.StreamMap.column;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.Value;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.model.decoder.ResidualSpec.Kind;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The first half of a site of hyper-connections: a token's coefficients from its streams, and what the sub-layer reads, {@code u =
 * Σ_j pre[j] X_j}. See {@link Hyper} for the formulas.
 *
 * <pre>
 * X (n streams side by side) → M = fn · X → · 1/rms → (tanh) → · α + base → map → pre | post, comb
 * </pre>
 *
 * <p>Tokens go through it in blocks of {@value StreamMap#TOKENS}: all that is done with their streams is done while a core's cache
 * has them, and what is computed from few numbers a token is computed for all of a block's tokens at once, a column of them a
 * number. Gradients of parameters are sums over the tokens of pieces of a few blocks, then over pieces, whoever took which.
 */
public final class StreamRead implements Op {
    private static final int X = 0;
    private static final int OUT = 1;
    private static final int COEFFICIENTS = 2;
    private static final int D = 3;
    private static final int ALONG = 4;
    private static final int SCALE = 5;
    private static final int INVERSE = 6;

    /** Bytes from a token to the next in a column. */
    private static final long COLUMN_STEP = stride(1);

    /** Streams whose sums are taken at a time. */
    private static final int SUMS = 4;

    /** The most bytes of streams of a piece, whose gradients are summed one after another: a part of a core's cache. */
    private static final int PIECE_BYTES = 1 << 18;

    /** The most blocks of a piece. */
    private static final int PIECE_BLOCKS = 4;

    private static final Loop ADD = Rows.loop("pieces", l -> l.addTo(OUT, 0, l.load(X)));

    private static final Loop NORM = OpsProvider.loop("streams' norm", l -> {
        l.each(0, 4);
        Value x = l.load(X);
        Value squares = l.sum(x, x);
        l.row();
        l.store(
                OUT,
                0,
                l.constant(1).div(squares.mul(l.scalar(0)).add(l.scalar(1)).sqrt()));
    });

    /** {@code z = scale · signal + base}, a column a row. */
    private static final Loop LOGITS = OpsProvider.loop("streams' logits", l -> {
        Value scale = l.rowLoad(SCALE, 0);
        Value base = l.rowLoad(D, 0);
        l.each(0);
        l.store(OUT, l.load(X).fma(scale, base));
    });

    /** Of one column: from the gradients of logits to those of products, and what they add to that of the norm. */
    private static final Loop PRODUCTS = products(false);

    private static final Loop SQUASHED_PRODUCTS = products(true);

    private static Loop products(boolean squashed) {
        return OpsProvider.loop("streams' products back" + (squashed ? ", squashed" : ""), l -> {
            Value scale = l.rowLoad(SCALE, 0);
            l.each(0);
            Value d = l.load(D).mul(scale);
            if (squashed) {
                Value signal = l.load(COEFFICIENTS);
                d = d.mul(signal.fnma(signal, l.constant(1)));
            }
            l.store(ALONG, d.fma(l.load(X), l.load(ALONG)));
            l.store(OUT, d.mul(l.load(INVERSE)));
        });
    }

    /** The gradient of X along X: {@code −Σ dq · q · r² / size}. */
    private static final Loop NORM_BACK = Rows.loop("streams' norm back", l -> {
        Value r = l.load(INVERSE);
        l.store(ALONG, l.load(ALONG).mul(l.scalar(0)).mul(r.mul(r)));
    });

    private final Hyper spec;
    private final float normEps;
    private final int n;
    private final int width;
    /** Stretches of a token's streams that are normed by themselves. */
    private final int stretches;

    private final int stretch;
    private final Input x;
    private final Parameter function;
    private final Parameter base;
    private final Parameter scale;
    private final @Nullable Input earlier;
    private final @Nullable StreamWrite before;
    private final StreamMap map;
    private final Tensor pre;
    private final Tensor mix;
    private final Tensor read;
    private final Table products;
    private final Table productGradients;

    // By block, then by column:
    private final Table inverse;
    private final Table along;
    private final Table normed;
    private final Table signals;
    private final Table logitGradients;

    /** What is read by where there is no site before: the mean. */
    private final FloatRows mean;

    /** The function as {@link Gemm} packs it, by which streams are multiplied and by which the gradients of products are. */
    private final Table packed;

    private final Table packedBack;

    /** Of each piece: the gradient of the function, transposed. */
    private final Table pieces;

    /** Products of a token's stretch. */
    private final int productCols;

    /** Blocks of a piece. */
    private final int pieceBlocks;

    private final AtomicInteger next = new AtomicInteger();
    /** Of each piece, column by column: the gradients of base and scale. */
    private final double[] columnSums;

    private final Loop preToRows;
    private final Loop mixToRows;
    private final Loop preToColumns;
    private final Loop mixToColumns;
    private final Loop addToColumns;
    private final Loop normalise;
    private final Loop productsToRows;
    private final Loop reading;
    private final Loop dots;
    private final Loop back;

    /**
     * Adds itself to the tape.
     *
     * @param normEps the decoder's
     * @param x streams side by side
     * @param before what writes x; null where another operation does
     * @param earlier the pre of the site before, where sites read with that; null at the first, and where they read with their own
     */
    public StreamRead(
            Tape tape,
            Hyper spec,
            float normEps,
            Tensor x,
            @Nullable StreamWrite before,
            Parameter function,
            Parameter base,
            Parameter scale,
            @Nullable Tensor earlier) {
        this.spec = spec;
        this.normEps = normEps;
        this.n = spec.streams();
        this.width = x.cols() / n;
        this.stretches = spec.kind() == Kind.CONNECTIONS ? n : 1;
        this.stretch = x.cols() / stretches;
        if (function.rows() != spec.functionRows() || function.cols() != spec.functionCols(width)) {
            throw new IllegalArgumentException(function + " for " + n + " streams of " + width);
        }
        this.x = tape.use(x);
        this.before = before;
        this.function = function;
        this.base = base;
        this.scale = scale;
        this.earlier = earlier == null ? null : tape.use(earlier);
        this.map = StreamMap.of(spec);
        this.pre = tape.tensor(base.name() + " pre", n).recall();
        this.mix = tape.tensor(base.name() + " post, comb", n + n * n);
        this.read = tape.tensor(base.name() + " read", width);
        Gemm gemm = tape.gemm();
        this.productCols = gemm.packedColumns(function.rows());
        this.products = tape.table(stretches * productCols).forwardOnly();
        this.productGradients = tape.table(stretches * productCols).backwardOnly();
        this.packed = tape.table(stretch, productCols).forwardOnly();
        this.packedBack =
                tape.table(function.rows(), gemm.packedColumns(stretch)).backwardOnly();
        int blocks = Math.ceilDiv(tape.maxTokens(), TOKENS);
        this.inverse = tape.table(blocks * stretches, TOKENS);
        this.along = tape.table(blocks * stretches, TOKENS).backwardOnly();
        this.normed = tape.table(blocks * base.cols(), TOKENS);
        this.signals = squashes() ? tape.table(blocks * base.cols(), TOKENS) : normed;
        this.logitGradients = tape.table(blocks * base.cols(), TOKENS).backwardOnly();
        this.mean = tape.own(1, n);
        for (int j = 0; j < n; j++) {
            mean.set(0, j, 1f / n);
        }
        int fits = PIECE_BYTES / (TOKENS * Float.BYTES * x.cols());
        this.pieceBlocks = Math.max(1, Math.min(PIECE_BLOCKS, fits));
        int pieces = Math.ceilDiv(blocks, pieceBlocks);
        this.pieces = tape.table(pieces * stretch, productCols).backwardOnly();
        this.columnSums = new double[2 * pieces * base.cols()];
        this.preToRows = turning("columns to rows", n, false, false);
        this.mixToRows = turning("columns to rows", n + n * n, false, false);
        this.preToColumns = turning("rows to columns", n, true, false);
        this.mixToColumns = turning("rows to columns", n + n * n, true, false);
        this.addToColumns = turning("rows added to columns", n, true, true);
        this.normalise = OpsProvider.loop("products normed, " + n + ", " + stretches + " of " + productCols, l -> {
            for (int c = 0; c < base.cols(); c++) {
                l.store(OUT, c * TOKENS, l.rowLoad(X, product(c)).mul(l.rowLoad(INVERSE, stretchOf(c) * TOKENS)));
            }
        });
        this.productsToRows =
                OpsProvider.loop("products to rows, " + n + ", " + stretches + " of " + productCols, l -> {
                    for (int c = 0; c < base.cols(); c++) {
                        l.store(OUT, product(c), l.rowLoad(X, c * TOKENS));
                    }
                });
        int outputs = 2 * n + n * n;
        long maps = (long) TOKENS * (2L * Math.max(base.cols(), outputs) + n) + map.scratchFloats();
        tape.scratch(Math.max(maps, (long) pieceBlocks * TOKENS * stretches * productCols));
        this.reading = OpsProvider.loop("streams read, " + n + " of " + width, l -> {
            Value[] coefficients = new Value[n];
            for (int j = 0; j < n; j++) {
                coefficients[j] = l.rowLoad(COEFFICIENTS, j);
            }
            l.each(0);
            Value sum = l.load(X).mul(coefficients[0]);
            for (int j = 1; j < n; j++) {
                sum = l.load(X, j * width).fma(coefficients[j], sum);
            }
            l.store(OUT, sum);
        });
        this.dots = OpsProvider.loop("streams by what is read, " + n + " of " + width, l -> {
            for (int first = 0; first < n; first += SUMS) {
                Value[] sums = new Value[Math.min(SUMS, n - first)];
                l.each(0, 2);
                Value d = l.load(D);
                for (int j = 0; j < sums.length; j++) {
                    sums[j] = l.sum(l.load(X, (first + j) * width), d);
                }
                l.row();
                for (int j = 0; j < sums.length; j++) {
                    l.store(OUT, first + j, sums[j]);
                }
            }
        });
        this.back = OpsProvider.loop("streams back, " + n + " of " + width + ", " + stretches, l -> {
            Value[] coefficients = new Value[n];
            Value[] own = new Value[stretches];
            for (int j = 0; j < n; j++) {
                coefficients[j] = l.rowLoad(COEFFICIENTS, j);
            }
            for (int s = 0; s < stretches; s++) {
                own[s] = l.rowLoad(ALONG, s * TOKENS);
            }
            l.each(0);
            Value d = l.load(D);
            for (int j = 0; j < n; j++) {
                Value sum = d.fma(coefficients[j], l.load(OUT, j * width));
                l.store(OUT, j * width, l.load(X, j * width).fma(own[stretches == 1 ? 0 : j], sum));
            }
        });
        tape.add(this, Repeat.CHEAP);
    }

    /** Numbers of a token from rows to columns, added where {@code adds}, or from columns to rows. */
    private static Loop turning(String name, int count, boolean toColumns, boolean adds) {
        return OpsProvider.loop(name + " of " + count, l -> {
            for (int c = 0; c < count; c++) {
                Value value = l.rowLoad(X, toColumns ? c : c * TOKENS);
                l.give(OUT, toColumns ? c * TOKENS : c, value, adds);
            }
        });
    }

    private static void turn(Loop loop, long from, long fromStride, long to, long toStride, int tokens) {
        loop.call().at(X, from, fromStride).at(OUT, to, toStride).run(tokens);
    }

    @Override
    public void planned() {
        if (before != null) {
            before.planned();
        }
    }

    private boolean squashes() {
        return spec.kind() == Kind.CONNECTIONS;
    }

    /** What the sub-layer reads: one state a token. */
    public Tensor read() {
        return read;
    }

    /** The coefficients of reading. */
    public Tensor pre() {
        return pre;
    }

    /** The coefficients of writing and mixing, [post | comb]. */
    public Tensor mix() {
        return mix;
    }

    /** Where a block's column lies. */
    private static long of(Table table, int block, int columns, int column) {
        return row(table, block * columns + column);
    }

    private int group(int column) {
        return column < n ? 0 : column < 2 * n ? 1 : 2;
    }

    /** Which product of a token column {@code c} comes from: stretch, then row of the function. */
    private int product(int column) {
        if (stretches == 1) {
            return column;
        }
        if (column < n) {
            return column * productCols;
        }
        if (column < 2 * n) {
            return (column - n) * productCols + 1;
        }
        int j = (column - 2 * n) / n;
        return j * productCols + 2 + (column - 2 * n) % n;
    }

    private int stretchOf(int column) {
        return product(column) / productCols;
    }

    @Override
    public void forward(Pass pass) {
        Gemm gemm = pass.own().gemm();
        gemm.pack(pass.worker(), true, function.rows(), stretch, function.address(0), stretch, packed.data());
        pass.barrier();
        long logits = pass.scratch().address();
        long out = column(logits, base.cols());
        long scratch = column(out, 2 * n + n * n);
        int blocks = Math.ceilDiv(pass.tokens(), TOKENS);
        for (int block = pass.worker().from(blocks, 1); block < pass.worker().to(blocks, 1); block++) {
            int first = block * TOKENS;
            int tokens = Math.min(TOKENS, pass.tokens() - first);
            if (before != null) {
                before.forward(first, first + tokens);
            }
            gemm.multiplyPacked(
                    false,
                    tokens * stretches,
                    productCols,
                    stretch,
                    x.address(first),
                    stretch,
                    packed.data(),
                    row(products, first),
                    productCols,
                    false);
            signals(block, first, tokens);
            logits(block, logits, tokens);
            map.forward(logits, out, scratch, tokens);
            turn(preToRows, out, COLUMN_STEP, pre.address(first), stride(n), tokens);
            turn(mixToRows, column(out, n), COLUMN_STEP, mix.address(first), stride(mix.cols()), tokens);
            reading.call()
                    .at(X, x.address(first), stride(x.cols()))
                    .at(OUT, read.address(first), stride(width))
                    .at(COEFFICIENTS, coefficients(first), coefficientStride())
                    .count(0, width)
                    .run(tokens);
        }
    }

    /** A block's normed products, and those squashed where the kind does so. */
    private void signals(int block, int first, int tokens) {
        for (int s = 0; s < stretches; s++) {
            NORM.call()
                    .at(X, at(x.address(first), s * stretch), stride(x.cols()))
                    .at(OUT, of(inverse, block, stretches, s), stride(1))
                    .scalar(0, 1f / stretch)
                    .scalar(1, normEps)
                    .count(0, stretch)
                    .run(tokens);
        }
        normalise
                .call()
                .at(X, row(products, first), stride(products.cols()))
                .at(INVERSE, of(inverse, block, stretches, 0), COLUMN_STEP)
                .at(OUT, of(normed, block, base.cols(), 0), COLUMN_STEP)
                .run(tokens);
        if (squashes()) {
            for (int c = 0; c < base.cols(); c++) {
                long from = of(normed, block, base.cols(), c);
                long to = of(signals, block, base.cols(), c);
                for (int i = 0; i < tokens; i++) {
                    set(at(to, i), (float) Math.tanh(get(at(from, i))));
                }
            }
        }
    }

    private void logits(int block, long logits, int tokens) {
        int[] bounds = {0, n, 2 * n, base.cols()};
        for (int g = 0; g < 3; g++) {
            LOGITS.call()
                    .at(X, of(signals, block, base.cols(), bounds[g]), COLUMN)
                    .at(OUT, column(logits, bounds[g]), COLUMN)
                    .at(D, at(base.address(0), bounds[g]), stride(1))
                    .at(SCALE, at(scale.address(0), g), 0)
                    .count(0, tokens)
                    .run(bounds[g + 1] - bounds[g]);
        }
    }

    /** What tokens from {@code first} on are read by. */
    private long coefficients(int first) {
        return earlier != null ? earlier.address(first) : spec.singlePass() ? row(mean, 0) : pre.address(first);
    }

    private long coefficientStride() {
        return earlier == null && spec.singlePass() ? 0 : stride(n);
    }

    @Override
    public void backward(Pass pass) {
        Gemm gemm = pass.own().gemm();
        gemm.pack(pass.worker(), false, stretch, function.rows(), function.address(0), stretch, packedBack.data());
        if (pass.worker().id() == 0) {
            next.set(0);
        }
        pass.barrier();
        int blocks = Math.ceilDiv(pass.tokens(), TOKENS);
        int count = Math.ceilDiv(blocks, pieceBlocks);
        for (int piece = next.getAndIncrement(); piece < count; piece = next.getAndIncrement()) {
            int from = piece * pieceBlocks;
            int to = Math.min(from + pieceBlocks, blocks);
            for (int block = from; block < to; block++) {
                int first = block * TOKENS;
                int tokens = Math.min(TOKENS, pass.tokens() - first);
                products(pass, block, first, tokens);
                streams(gemm, block, first, tokens);
                if (function.trained()) {
                    sums(piece, block, tokens, block > from);
                }
            }
            if (function.trained()) {
                learn(pass, piece, from * TOKENS, Math.min(to * TOKENS, pass.tokens()));
            }
            if (before != null) {
                before.backward(from * TOKENS, Math.min(to * TOKENS, pass.tokens()));
            }
        }
        if (function.trained()) {
            pass.barrier();
            join(pass, count);
        }
    }

    /** The gradient of a block's streams. */
    private void streams(Gemm gemm, int block, int first, int tokens) {
        gemm.multiplyPacked(
                false,
                tokens * stretches,
                stretch,
                function.rows(),
                row(productGradients, first),
                productCols,
                packedBack.data(),
                x.gradientAddress(first),
                stretch,
                x.adds());
        back.call()
                .at(X, x.address(first), stride(x.cols()))
                .at(OUT, x.gradientAddress(first), stride(x.cols()))
                .at(COEFFICIENTS, coefficients(first), coefficientStride())
                .at(D, read.gradientAddress(first), stride(width))
                .at(ALONG, of(along, block, stretches, 0), stride(1))
                .count(0, width)
                .run(tokens);
    }

    /** A piece's gradient of the function, over its tokens. */
    private void learn(Pass pass, int piece, int first, int to) {
        Gemm gemm = pass.own().gemm();
        MemorySegment gradients = pass.scratch();
        int count = (to - first) * stretches;
        gemm.pack(Worker.alone(), false, function.rows(), count, row(productGradients, first), productCols, gradients);
        gemm.multiplyPacked(
                true,
                stretch,
                productCols,
                count,
                x.address(first),
                stretch,
                gradients,
                row(pieces, piece * stretch),
                productCols,
                false);
    }

    /** Adds the pieces' gradients to those of the parameters. */
    private void join(Pass pass, int count) {
        int from = pass.worker().from(stretch, 1);
        int to = pass.worker().to(stretch, 1);
        ADD.call()
                .at(X, at(row(pieces, stretch), from * productCols), stride(stretch * productCols))
                .at(OUT, at(row(pieces, 0), from * productCols), 0)
                .count(0, (long) (to - from) * productCols)
                .run(count - 1);
        for (int r = 0; r < function.rows(); r++) {
            for (int i = from; i < to; i++) {
                long place = at(function.gradientAddress(r), i);
                set(place, get(place) + get(at(row(pieces, 0), i * productCols + r)));
            }
        }
        if (pass.worker().id() == 0) {
            int columns = base.cols();
            for (int c = 0; c < columns; c++) {
                double ofBase = 0;
                double ofScale = 0;
                for (int piece = 0; piece < count; piece++) {
                    ofBase += columnSums[2 * (piece * columns + c)];
                    ofScale += columnSums[2 * (piece * columns + c) + 1];
                }
                add(at(base.gradientAddress(0), c), ofBase);
                add(at(scale.gradientAddress(0), group(c)), ofScale);
            }
        }
    }

    private static void add(long place, double value) {
        set(place, (float) (get(place) + value));
    }

    /** Everything but the gradients of X and the parameters: what they are computed from. */
    private void products(Pass pass, int block, int first, int tokens) {
        long logits = pass.scratch().address();
        long dOut = column(logits, Math.max(base.cols(), 2 * n + n * n));
        long byRows = column(dOut, Math.max(base.cols(), 2 * n + n * n));
        long scratch = column(byRows, n);
        logits(block, logits, tokens);
        dots.call()
                .at(X, x.address(first), stride(x.cols()))
                .at(D, read.gradientAddress(first), stride(width))
                .at(OUT, byRows, stride(n))
                .count(0, width)
                .run(tokens);
        if (pre.used()) {
            turn(preToColumns, pre.gradientAddress(first), stride(n), dOut, COLUMN_STEP, tokens);
        } else {
            Rows.zero(dOut, n * TOKENS);
        }
        if (earlier != null) {
            long to = earlier.gradientAddress(first);
            Rows.give(byRows, to, n * tokens, earlier.adds());
        } else if (!spec.singlePass()) {
            turn(addToColumns, byRows, stride(n), dOut, COLUMN_STEP, tokens);
        }
        turn(mixToColumns, mix.gradientAddress(first), stride(mix.cols()), column(dOut, n), COLUMN_STEP, tokens);
        long dLogits = of(logitGradients, block, base.cols(), 0);
        map.backward(logits, dOut, dLogits, scratch, tokens);
        productGradients(block, first, tokens, logits);
    }

    /** From the gradients of a block's logits to those of its products and norms; {@code columns} is working memory. */
    private void productGradients(int block, int first, int tokens, long columns) {
        long alongs = of(along, block, stretches, 0);
        Rows.zero(alongs, stretches * TOKENS);
        if (stretches == 1) {
            productGradients(block, 0, n, 0, 0, tokens, columns);
            productGradients(block, n, n, 0, 0, tokens, columns);
            productGradients(block, 2 * n, base.cols() - 2 * n, 0, 0, tokens, columns);
        } else {
            productGradients(block, 0, n, 0, 1, tokens, columns);
            productGradients(block, n, n, 0, 1, tokens, columns);
            for (int j = 0; j < n; j++) {
                productGradients(block, 2 * n + n * j, n, j, 0, tokens, columns);
            }
        }
        NORM_BACK
                .call()
                .at(ALONG, alongs, COLUMN)
                .at(INVERSE, of(inverse, block, stretches, 0), COLUMN)
                .scalar(0, -1f / stretch)
                .count(0, tokens)
                .run(stretches);
        turn(
                productsToRows,
                columns,
                COLUMN_STEP,
                row(productGradients, first),
                stride(productGradients.cols()),
                tokens);
    }

    /** Of {@code count} columns of one group, whose stretches begin at {@code of} and are {@code apart} from column to column. */
    private void productGradients(int block, int c, int count, int of, int apart, int tokens, long columns) {
        (squashes() ? SQUASHED_PRODUCTS : PRODUCTS)
                .call()
                .at(X, of(normed, block, base.cols(), c), COLUMN)
                .at(OUT, column(columns, c), COLUMN)
                .at(COEFFICIENTS, of(signals, block, base.cols(), c), COLUMN)
                .at(D, of(logitGradients, block, base.cols(), c), COLUMN)
                .at(ALONG, of(along, block, stretches, of), apart * COLUMN)
                .at(SCALE, at(scale.address(0), group(c)), 0)
                .at(INVERSE, of(inverse, block, stretches, of), apart * COLUMN)
                .count(0, tokens)
                .run(count);
    }

    /** What a block adds to its piece's gradients of base and scale, column by column. */
    private void sums(int piece, int block, int tokens, boolean adds) {
        int columns = base.cols();
        for (int c = 0; c < columns; c++) {
            int place = 2 * (piece * columns + c);
            double ofBase = adds ? columnSums[place] : 0;
            double ofScale = adds ? columnSums[place + 1] : 0;
            long gradients = of(logitGradients, block, columns, c);
            long of = of(signals, block, columns, c);
            for (int i = 0; i < tokens; i++) {
                float d = get(at(gradients, i));
                ofBase += d;
                ofScale += (double) d * get(at(of, i));
            }
            columnSums[place] = ofBase;
            columnSums[place + 1] = ofScale;
        }
    }
}
