package dev.jerboa.engine.cache;

import org.jspecify.annotations.Nullable;

/**
 * What a page is known to hold: the positions of some tokens, after those of the pages above it. A node of {@link PrefixIndex}'s
 * tree; the root of a tree has no page.
 *
 * <p>Only a full page has pages below it. Tokens are added by the one sequence that writes the page.
 */
final class PageContents {
    static final int NO_PAGE = -1;

    private final @Nullable PageContents above;
    private final int page;
    private final int[] tokens;
    private int filled;

    /** The pages below, the one added last first. */
    private @Nullable PageContents first;

    private @Nullable PageContents next;
    private @Nullable PageContents previous;

    private PageContents(@Nullable PageContents above, int page, int[] tokens) {
        this.above = above;
        this.page = page;
        this.tokens = tokens;
    }

    static PageContents root() {
        return new PageContents(null, NO_PAGE, new int[0]);
    }

    /** A page below {@code above} of which nothing is known yet. */
    static PageContents below(PageContents above, int page) {
        PageContents contents = new PageContents(above, page, new int[KvCache.PAGE_TOKENS]);
        contents.next = above.first;
        if (above.first != null) {
            above.first.previous = contents;
        }
        above.first = contents;
        return contents;
    }

    /** Takes it out of the tree. */
    void unlink() {
        if (first != null || above == null) {
            throw new AssertionError("page " + page + " is forgotten before the pages below it");
        }
        if (previous == null) {
            above.first = next;
        } else {
            previous.next = next;
        }
        if (next != null) {
            next.previous = previous;
        }
    }

    PageContents above() {
        if (above == null) {
            throw new AssertionError("nothing is above a root");
        }
        return above;
    }

    @Nullable
    PageContents first() {
        return first;
    }

    @Nullable
    PageContents next() {
        return next;
    }

    int page() {
        return page;
    }

    int[] tokens() {
        return tokens;
    }

    /** Tokens known. */
    int filled() {
        return filled;
    }

    boolean isFull() {
        return filled == KvCache.PAGE_TOKENS;
    }

    void add(int[] from, int at, int count) {
        System.arraycopy(from, at, tokens, filled, count);
        filled += count;
    }
}
