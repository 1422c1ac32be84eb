package dev.jerboa.engine.cache;

/**
 * One sequence's place in a {@link KvCache}: a page table and how many positions are filled. Belongs to one thread at a
 * time.
 */
public final class Sequence implements AutoCloseable {
    private final KvCache cache;
    private final int maxTokens;
    private final int[] pages;
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
     * Makes sure that positions 0 to {@code tokens} − 1 have pages.
     *
     * @return false where the cache has too few free pages; then nothing has changed
     */
    public boolean reserve(int tokens) {
        if (closed) {
            throw new IllegalStateException("the sequence is closed");
        }
        if (tokens > maxTokens) {
            throw new IllegalArgumentException(tokens + " positions, expected at most " + maxTokens);
        }
        int wanted = KvCache.pages(tokens);
        if (wanted > pageCount) {
            if (!cache.take(pages, pageCount, wanted - pageCount)) {
                return false;
            }
            pageCount = wanted;
        }
        return true;
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
