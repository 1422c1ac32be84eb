package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Hyper-connections, as {@link ResidualSpec.Hyper} defines them: several hidden states a token, read, mixed and written by
 * coefficients of its own.
 *
 * <pre>
 * streams → norm → fn → coefficients (pre, post, comb) → read: Σ pre · streams → sub-layer → y
 * streams, y → write: Σ comb · streams + post · y → the other streams
 * </pre>
 *
 * The streams lie twice in one table, since a site writes what it cannot overwrite: those that even sites read, those that
 * odd sites read, and after them the sub-layer's results. Of a few tokens each worker makes all coefficients by itself,
 * which takes less time than a barrier; of more each makes those of its share. So there are no more barriers than without
 * streams.
 */
final class HyperResidual implements ResidualPart {
    private final Ops ops;
    private final ResidualSpec.Hyper spec;
    private final float normEps;
    private final int hidden;
    private final int maxTokens;
    private final List<Site> sites = new ArrayList<>();
    private final @Nullable Site head;

    /** Rows that a site's fn reads of a token: its streams together, or one by one. */
    private final int rowsPerToken;

    /** Norm weights of a token's streams together, and of one. */
    private final FloatRows ones;

    private final FloatRows streamOnes;
    private final Scratch.Table table;
    private final Reading shared;
    private final List<Reading> own = new ArrayList<>();
    private final Scratch.Form headNormed;
    private final Scratch.Table headMapped;
    private final float[] headScales;

    /** Where {@code read} and {@code write} find what they sum, for even sites and for odd ones. */
    private final int[][] readPlaces = new int[2][];

    private final int[][] writePlaces = new int[2][];

    private @Nullable Views views;

    /** The weights of a site, or of the head. */
    record Site(FloatRows function, float[] base, float[] scale) {}

    /** The halves of the table: a row a stream, and a row a token. */
    private record Views(FloatRows all, FloatRows[] streams, FloatRows[] tokens, FloatRows results) {}

    /** What reading leaves: for a few tokens of a worker's own, for any number of all workers together. */
    private static final class Reading {
        final Scratch.Form normed;
        final Scratch.Table mapped;
        final Scratch.Table read;

        /** The pre of even sites and of odd ones: a site may read with those of the one before. */
        final float[][] pre;

        /** For each token and destination: the comb of every source, then the post. */
        final float[] mix;

        Reading(Scratch.Form normed, Scratch.Table mapped, Scratch.Table read, int tokens, int streams) {
            this.normed = normed;
            this.mapped = mapped;
            this.read = read;
            this.pre = new float[2][tokens * streams];
            this.mix = new float[tokens * streams * (streams + 1)];
        }
    }

    /** The coefficient functions of workers. */
    private final StreamCoefficients[] coefficients;

    HyperResidual(ResidualSpec.Hyper spec, DecoderSpec model, WeightReader reader, Scratch scratch) {
        this.ops = reader.ops();
        this.spec = spec;
        this.normEps = model.normEps();
        this.hidden = model.hiddenSize();
        this.maxTokens = scratch.maxTokens();
        int n = spec.streams();
        int cols = spec.functionCols(hidden);
        this.rowsPerToken = Math.multiplyExact(n, hidden) / cols;
        for (int l = 0; l < model.layers().size(); l++) {
            sites.add(site(
                    reader,
                    Slot.STREAM_ATTENTION_FUNCTION,
                    Slot.STREAM_ATTENTION_BASE,
                    Slot.STREAM_ATTENTION_SCALE,
                    l));
            sites.add(site(
                    reader,
                    Slot.STREAM_FEED_FORWARD_FUNCTION,
                    Slot.STREAM_FEED_FORWARD_BASE,
                    Slot.STREAM_FEED_FORWARD_SCALE,
                    l));
        }
        this.head = spec.head() == ResidualSpec.Head.LEARNED ? head(reader) : null;
        this.ones = reader.ones(n * hidden);
        this.streamOnes = new FloatRows(ones.data(), 1, hidden);
        this.table = scratch.table(Scratch.Span.STEP, "streams", hidden, 2 * n + 1);
        int rows = spec.functionRows();
        this.shared = new Reading(
                scratch.form(scratch.table(Scratch.Span.STREAMS, "normed streams", cols, rowsPerToken), List.of()),
                scratch.table(Scratch.Span.STREAMS, "mapped streams", rows, rowsPerToken),
                scratch.table(Scratch.Span.STREAMS, "read streams", hidden, 1),
                maxTokens,
                n);
        for (int i = 0; i < scratch.workers(); i++) {
            String of = " of worker " + i;
            own.add(new Reading(
                    scratch.form(scratch.few(Scratch.Span.STEP, "normed streams" + of, cols, rowsPerToken), List.of()),
                    scratch.few(Scratch.Span.STEP, "mapped streams" + of, rows, rowsPerToken),
                    scratch.few(Scratch.Span.STEP, "read streams" + of, hidden, 1),
                    Math.min(maxTokens, Ops.FEW),
                    n));
        }
        this.headNormed = scratch.form(scratch.table(Scratch.Span.STREAMS, "normed streams", n * hidden, 1), List.of());
        this.headMapped = scratch.table(Scratch.Span.STREAMS, "mapped streams", n, 1);
        this.headScales = new float[maxTokens * n];
        Arrays.fill(headScales, spec.head() == ResidualSpec.Head.MEAN ? 1f / n : 1f);
        this.coefficients = new StreamCoefficients[scratch.workers()];
        Arrays.setAll(coefficients, i -> new StreamCoefficients(spec));
        places();
    }

    private Site site(WeightReader reader, Slot function, Slot base, Slot scale, int layer) {
        return new Site(
                reader.table(function, layer, spec.functionRows(), spec.functionCols(hidden)),
                reader.vector(base, layer, spec.baseSize()).row(0),
                reader.vector(scale, layer, 3).row(0));
    }

    private Site head(WeightReader reader) {
        int n = spec.streams();
        return new Site(
                reader.table(Slot.STREAM_HEAD_FUNCTION, 0, n, n * hidden),
                reader.vector(Slot.STREAM_HEAD_BASE, 0, n).row(0),
                reader.vector(Slot.STREAM_HEAD_SCALE, 0, 1).row(0));
    }

    private void places() {
        int n = spec.streams();
        int all = maxTokens * n;
        for (int half = 0; half < 2; half++) {
            int[] read = new int[all];
            int[] write = new int[all * (n + 1)];
            for (int i = 0; i < all; i++) {
                read[i] = half * all + i;
                for (int j = 0; j < n; j++) {
                    write[i * (n + 1) + j] = half * all + i / n * n + j;
                }
                write[i * (n + 1) + n] = 2 * all + i / n;
            }
            readPlaces[half] = read;
            writePlaces[half] = write;
        }
    }

    @Override
    public void bind() {
        int n = spec.streams();
        FloatRows all = table.rows();
        FloatRows[] streams = {all.slice(0, maxTokens * n), all.slice(maxTokens * n, maxTokens * n)};
        FloatRows[] tokens = new FloatRows[2];
        for (int half = 0; half < 2; half++) {
            tokens[half] = new FloatRows(streams[half].data(), maxTokens, n * hidden);
        }
        views = new Views(all, streams, tokens, all.slice(2 * maxTokens * n, maxTokens));
    }

    private Views views() {
        return Objects.requireNonNull(views);
    }

    /** The streams that a site reads: row t · n + j is stream j of token t. */
    FloatRows streams(int site) {
        return views().streams[site & 1];
    }

    @Override
    public void begin(Worker worker, Embedding embedding, Step step) {
        int n = spec.streams();
        FloatRows tokens = views().tokens[0];
        embedding.rows(worker, step, streams(0), n);
        ops.copy(worker, tokens, 0, 0, tokens, hidden, hidden, n - 1, hidden, step.count());
    }

    @Override
    public FloatRows read(Worker worker, int site, int count) {
        boolean few = count <= Ops.FEW;
        Reading reading = few ? own.get(worker.id()) : shared;
        Worker ofTokens = few ? Worker.alone() : worker.inParts(count);
        int n = spec.streams();
        int from = ofTokens.from(count, 1);
        int to = ofTokens.to(count, 1);
        Site weights = sites.get(site);
        Views at = views();
        int half = site & 1;
        FloatRows mapped = reading.mapped.rows();
        map(
                ofTokens,
                rowsPerToken == 1 ? at.tokens[half] : at.streams[half],
                reading.normed.panel(),
                weights.function,
                count,
                rowsPerToken,
                mapped);
        StreamCoefficients maker = coefficients[worker.id()];
        float[] pre = reading.pre[half];
        for (int t = from; t < to; t++) {
            maker.site(values(maker, mapped, t, rowsPerToken), weights, pre, t * n, reading.mix, t * n * (n + 1));
        }
        float[] scales = pre;
        if (spec.singlePass()) {
            scales = reading.pre[half ^ 1];
            if (site == 0) {
                Arrays.fill(scales, from * n, to * n, 1f / n);
            }
        }
        FloatRows out = reading.read.rows();
        ops.weightedSums(Worker.alone(), out, from, to - from, at.all, readPlaces[half], scales, n);
        return out;
    }

    /** Norms and multiplies this worker's tokens. */
    private void map(
            Worker ofTokens,
            FloatRows streams,
            Panel normed,
            FloatRows function,
            int count,
            int perToken,
            FloatRows mapped) {
        int from = ofTokens.from(count, 1) * perToken;
        int rows = ofTokens.to(count, 1) * perToken - from;
        FloatRows weight = perToken == 1 ? ones : streamOnes;
        ops.rmsNorm(ofTokens, streams, count * perToken, weight, normEps, normed);
        ops.dots(function, normed.rows(), from, rows, mapped);
    }

    private static float[] values(StreamCoefficients maker, FloatRows mapped, int token, int perToken) {
        float[] values = maker.mapped();
        int count = mapped.cols() * perToken;
        MemorySegment.copy(mapped.data(), FloatRows.FLOAT, mapped.offset(token * perToken), values, 0, count);
        return values;
    }

    @Override
    public FloatRows target() {
        return views().results;
    }

    @Override
    public boolean accumulates() {
        return false;
    }

    @Override
    public void write(Worker worker, int site, int count, Panel normed) {
        write(worker, site, count);
    }

    void write(Worker worker, int site, int count) {
        int n = spec.streams();
        Reading reading = count <= Ops.FEW ? own.get(worker.id()) : shared;
        ops.weightedSums(
                worker, streams(site + 1), 0, count * n, views().all, writePlaces[site & 1], reading.mix, n + 1);
    }

    @Override
    public FloatRows end(Worker worker, int count) {
        int n = spec.streams();
        int half = sites.size() & 1;
        Worker ofTokens = worker.inParts(count);
        int from = ofTokens.from(count, 1);
        int to = ofTokens.to(count, 1);
        if (head != null) {
            FloatRows mapped = headMapped.rows();
            map(ofTokens, views().tokens[half], headNormed.panel(), head.function, count, 1, mapped);
            StreamCoefficients maker = coefficients[worker.id()];
            for (int t = from; t < to; t++) {
                maker.head(values(maker, mapped, t, 1), head, headScales, t * n);
            }
        }
        FloatRows out = shared.read.rows();
        ops.weightedSums(Worker.alone(), out, from, to - from, views().all, readPlaces[half], headScales, n);
        worker.barrier();
        return out;
    }

    @Override
    public TokenWork work() {
        TokenWork work = head == null ? TokenWork.NONE : TokenWork.of(head.function);
        for (Site site : sites) {
            work = work.plus(TokenWork.of(site.function));
        }
        return work;
    }
}
