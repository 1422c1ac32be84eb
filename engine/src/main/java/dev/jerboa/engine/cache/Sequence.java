package dev.jerboa.engine.cache;

/**
 * One sequence's place in a {@link KvCache}: a page table and how many positions are filled. Belongs to one thread at a
 * time.
 */
public final class Sequence implements AutoCloseable {
    private final KvCache cache;
    private final int maxTokens;
    private final int[] pages;
    private final int[] replaced = new int[1];
    private int pageCount;
    private int length;
    private boolean closed;

    Sequence(KvCache cache, int maxTokens) {
        this.cache = cache;
        this.maxTokens = maxTokens;
        this.pages = new int[KvCache.pages(maxTokens)];
    }

    /** The page table, always the same array: it covers the positions that were reserved. */
    public int[] pages() {
        return pages;
    }

    /** Filled positions. */
    public int length() {
        return length;
    }

    /** The most positions it may have. */
    public int maxTokens() {
        return maxTokens;
    }

    /**
     * Begins, while it is empty, with the first {@code tokens} positions of another sequence of the same cache. The pages are
     * held by both, so nothing is copied or taken, and each may be closed first.
     *
     * @param tokens up to the other's {@link #length} and this one's {@link #maxTokens}
     */
    public void beginWith(Sequence other, int tokens) {
        requireOpen();
        if (cache != other.cache || pageCount != 0) {
            throw new IllegalArgumentException("only an empty sequence can begin with another one of its cache");
        }
        if (tokens < 0 || tokens > other.length) {
            throw new IllegalArgumentException(tokens + " positions of a sequence that has " + other.length);
        }
        requireRoom(tokens);
        int shared = KvCache.pages(tokens);
        cache.share(other.pages, shared);
        System.arraycopy(other.pages, 0, pages, 0, shared);
        pageCount = shared;
        length = tokens;
    }

    /**
     * Makes sure that the positions from {@link #length} to {@code tokens} − 1 can be written: they have pages, and the page in
     * which they begin is this sequence's alone (it is copied where it is shared). To be called before positions are
     * written, and again after {@link #beginWith} and {@link #truncate}.
     *
     * @return false where the cache has too few free pages; then nothing has changed
     */
    public boolean reserve(int tokens) {
        requireOpen();
        requireRoom(tokens);
        int begun = length >> KvCache.PAGE_SHIFT;
        boolean copies = tokens > length && begun < pageCount && cache.isShared(pages[begun]);
        int wanted = Math.max(KvCache.pages(tokens), pageCount);
        int more = wanted - pageCount;
        if (more > 0 && !cache.take(pages, pageCount, more)) {
            return false;
        }
        if (copies && !own(begun)) {
            cache.giveBack(pages, pageCount, wanted);
            return false;
        }
        pageCount = wanted;
        return true;
    }

    /** Replaces a shared page by a copy; false where no page is free. */
    private boolean own(int at) {
        int shared = pages[at];
        if (!cache.take(pages, at, 1)) {
            return false;
        }
        cache.copy(shared, pages[at]);
        replaced[0] = shared;
        cache.giveBack(replaced, 0, 1);
        return true;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the sequence is closed");
        }
    }

    private void requireRoom(int tokens) {
        if (tokens > maxTokens) {
            throw new IllegalArgumentException(tokens + " positions, expected at most " + maxTokens);
        }
    }

    /** The next {@code tokens} reserved positions have been filled by a step. */
    public void advance(int tokens) {
        if (tokens < 0 || KvCache.pages(length + tokens) > pageCount) {
            throw new IllegalArgumentException(
                    tokens + " more positions after " + length + ": only " + pageCount + " pages are reserved");
        }
        length += tokens;
    }

    /** Forgets the positions from {@code tokens} on and gives pages back that hold nothing else. */
    public void truncate(int tokens) {
        if (tokens < 0 || tokens > length) {
            throw new IllegalArgumentException("cannot shorten " + length + " positions to " + tokens);
        }
        length = tokens;
        int wanted = KvCache.pages(tokens);
        cache.giveBack(pages, wanted, pageCount);
        pageCount = wanted;
    }

    /** Gives all pages back. Closing twice does nothing. */
    @Override
    public void close() {
        if (!closed) {
            truncate(0);
            closed = true;
        }
    }
}
