package dev.jerboa.engine.cache;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.SideRows;
import dev.jerboa.model.decoder.KvShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys and values of all sequences of one decoder, in pages of {@value #PAGE_TOKENS} positions, and their running states, a row a
 * sequence. Its size is
 * fixed at the start and known beforehand ({@link #bytes(List, int, CacheType)}); the system provides the memory when pages are first
 * written, so an unused cache costs address space only.
 *
 * <p>What sequences with a {@link Scope} computed is kept while nobody else needs the pages, and found by its tokens
 * ({@link Sequence#begin}): positions depend on nothing but scope and tokens, so whoever takes them over is given the same bits.
 *
 * <p>For one thread at a time, but for {@link #free}.
 */
public final class KvCache implements AutoCloseable {
    static final int PAGE_SHIFT = 6;

    /** Positions in a page. */
    public static final int PAGE_TOKENS = 1 << PAGE_SHIFT;

    /** Rows of running states where nothing is said. */
    public static final int STATES = 16;

    /** The least rows for a scheduler: some run, and some of what they shared is kept. */
    private static final int LEAST_STATES = 4;

    private final Arena arena = Arena.ofShared();
    private final CacheType type;
    private final List<KvLayer> layers;
    private final long bytes;
    private final int capacity;
    private final int stateCount;
    private final StateRows states;
    private final PrefixIndex index;
    private final Pages pages;

    private KvCache(List<KvShape> shapes, int pages, CacheType type, int states) {
        this.type = type;
        this.capacity = pages * PAGE_TOKENS;
        long stateBytes = stateBytes(shapes);
        this.stateCount = stateBytes == 0 ? 0 : states;
        this.bytes = bytes(shapes, capacity, type) + stateCount * stateBytes;
        this.states = new StateRows(stateCount);
        this.index = new PrefixIndex(this.states);
        this.pages = new Pages(pages, index);
        List<KvLayer> made = new ArrayList<>();
        try {
            for (KvShape shape : shapes) {
                made.add(layer(shape));
            }
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
        this.layers = List.copyOf(made);
    }

    private KvLayer layer(KvShape shape) {
        if (shape.state() > 0) {
            long floats = Math.multiplyExact((long) stateCount, (long) shape.state() * Float.BYTES);
            MemorySegment rows = allocate(floats);
            return KvLayer.ofStates(new FloatRows(rows, stateCount, shape.state()), PAGE_SHIFT);
        }
        MemorySegment keys = positions(shape.keyDim() == 0 ? 0 : type.keyBytes(shape.keyDim(), shape.heads()));
        boolean latent = shape.valueDim() == 0;
        return new KvLayer(
                keys,
                latent ? keys : positions(type.valueBytes(shape.valueDim(), shape.heads())),
                shape.keyDim(),
                latent ? shape.keyDim() : shape.valueDim(),
                PAGE_SHIFT,
                shape.heads(),
                type,
                shape.sides().stream().map(this::side).toList());
    }

    private SideRows side(KvShape.Side side) {
        int rows = Math.multiplyExact(capacity >> PAGE_SHIFT, SideRows.perPage(side.every(), PAGE_SHIFT));
        MemorySegment memory = allocate((long) rows * side.dim() * Float.BYTES);
        return new SideRows(new FloatRows(memory, rows, side.dim()), side.every(), PAGE_SHIFT);
    }

    private MemorySegment positions(long bytes) {
        return allocate(capacity * bytes);
    }

    private MemorySegment allocate(long bytes) {
        return NativePages.allocate(arena, Math.max(bytes, 1), NativePages.Use.SPARSE)
                .memory();
    }

    /**
     * A cache for {@code tokens} positions, rounded up to whole pages.
     *
     * @param shapes what layers keep
     * @param type how an element is written
     * @param states rows of running states, where layers keep some: one for each sequence that is open, others for snapshots
     */
    public static KvCache open(List<KvShape> shapes, int tokens, CacheType type, int states) {
        if (tokens <= 0 || tokens > Integer.MAX_VALUE - PAGE_TOKENS) {
            throw new IllegalArgumentException("a cache for " + tokens + " tokens, expected 1 to 2^31 − 65");
        }
        if (states < 1) {
            throw new IllegalArgumentException(
                    "a cache with " + states + " rows of running states, expected at least 1");
        }
        return new KvCache(shapes, pages(tokens), type, states);
    }

    /** A cache with {@value #STATES} rows of running states, where layers keep some. */
    public static KvCache open(List<KvShape> shapes, int tokens, CacheType type) {
        return open(shapes, tokens, type, STATES);
    }

    /** What a sequence can take over of so many tokens that it has in common with another: states are kept at the ends of pages only. */
    public int takenOver(int common) {
        return keepsStates() ? common & -PAGE_TOKENS : common;
    }

    /** A cache of float32 elements. */
    public static KvCache open(List<KvShape> shapes, int tokens) {
        return open(shapes, tokens, CacheType.F32);
    }

    /** Bytes that one position takes in all layers, on average over a page. */
    public static long bytesPerToken(List<KvShape> shapes, CacheType type) {
        return (pageBytes(shapes, type) + PAGE_TOKENS - 1) >> PAGE_SHIFT;
    }

    private static long pageBytes(List<KvShape> shapes, CacheType type) {
        long bytes = 0;
        for (KvShape shape : shapes) {
            if (shape.keyDim() > 0) {
                long position =
                        type.keyBytes(shape.keyDim(), shape.heads()) + type.valueBytes(shape.valueDim(), shape.heads());
                bytes += position << PAGE_SHIFT;
            }
            for (KvShape.Side side : shape.sides()) {
                bytes += sideBytes(side.dim(), side.every());
            }
        }
        return bytes;
    }

    /** Bytes of side rows in a page. */
    private static long sideBytes(int dim, int every) {
        return (long) SideRows.perPage(every, PAGE_SHIFT) * dim * Float.BYTES;
    }

    /** Bytes of a cache for {@code tokens} positions when all of it has been written. */
    public static long bytes(List<KvShape> shapes, int tokens, CacheType type) {
        return pageBytes(shapes, type) * pages(tokens);
    }

    /** Bytes of the running states of a sequence; 0 where layers keep positions only. */
    public static long stateBytes(List<KvShape> shapes) {
        return shapes.stream().mapToLong(KvShape::state).sum() * Float.BYTES;
    }

    /**
     * Rows of running states that go with positions: about as many bytes, but not less than {@value #LEAST_STATES}, nor more than two
     * for each of {@code sequences}.
     */
    public static int statesFor(List<KvShape> shapes, int tokens, CacheType type, int sequences) {
        long each = stateBytes(shapes);
        long most = Math.max(LEAST_STATES, 2L * Math.min(sequences, 1 << 20));
        return each == 0 ? 1 : (int) Math.clamp(bytes(shapes, tokens, type) / each, LEAST_STATES, most);
    }

    static int pages(int tokens) {
        return (int) (((long) tokens + PAGE_TOKENS - 1) >> PAGE_SHIFT);
    }

    /** The memory as decoder steps take it, one a layer; valid until {@link #close}. */
    public List<KvLayer> layers() {
        return layers;
    }

    /** How its elements are written. */
    public CacheType type() {
        return type;
    }

    /** Bytes when all of it has been written. */
    public long bytes() {
        return bytes;
    }

    /** Positions in all. */
    public int capacity() {
        return capacity;
    }

    /** Positions in pages that no sequence holds, kept contents included. Any thread. */
    public int free() {
        return pages.available() * PAGE_TOKENS;
    }

    /** Positions in pages that no sequence holds and whose contents are kept. */
    public int kept() {
        return pages.kept() * PAGE_TOKENS;
    }

    /** Whether layers keep running states of sequences. */
    public boolean keepsStates() {
        return stateCount > 0;
    }

    /** Rows of running states in all; 0 where layers keep positions only. */
    public int stateRows() {
        return stateCount;
    }

    /** Rows of running states that no sequence holds, those of snapshots included. */
    public int freeStateRows() {
        return states.available();
    }

    /** Snapshots of running states. */
    public int keptStates() {
        return states.kept();
    }

    /** A new empty sequence of at most {@code maxTokens} positions, whose tokens are nobody's business. */
    public Sequence sequence(int maxTokens) {
        return new Sequence(this, maxTokens, null);
    }

    /** A new empty sequence of at most {@code maxTokens} positions that shares what it computes within {@code scope}. */
    public Sequence sequence(int maxTokens, Scope scope) {
        return new Sequence(this, maxTokens, scope);
    }

    /** Forgets what is kept of sequences that are closed. */
    public void forget() {
        pages.forgetKept();
    }

    PrefixIndex index() {
        return index;
    }

    Pages pages() {
        return pages;
    }

    StateRows states() {
        return states;
    }

    /** Copies a row of running states. */
    void copyStates(int from, int to) {
        for (KvLayer layer : layers) {
            FloatRows rows = layer.states();
            long bytes = (long) rows.cols() * Float.BYTES;
            MemorySegment.copy(rows.data(), from * bytes, rows.data(), to * bytes, bytes);
        }
    }

    /** Copies what all layers keep in a page. */
    void copy(int from, int to) {
        for (KvLayer layer : layers) {
            if (layer.keyDim() > 0) {
                copy(layer.keys(), layer.keyBytes() << PAGE_SHIFT, from, to);
            }
            if (!layer.latent()) {
                copy(layer.values(), layer.valueBytes() << PAGE_SHIFT, from, to);
            }
            for (SideRows side : layer.sides()) {
                copy(side.rows().data(), sideBytes(side.rows().cols(), side.every()), from, to);
            }
        }
    }

    private static void copy(MemorySegment memory, long pageBytes, int from, int to) {
        MemorySegment.copy(memory, from * pageBytes, memory, to * pageBytes, pageBytes);
    }

    /** Frees the memory; no step may be running. Sequences may be closed after it. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
