package dev.jerboa.engine.cache;

import java.util.ArrayList;
import java.util.List;
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

    /** Running states that are kept of some of its beginnings. */
    private final List<StateSnapshot> snapshots = new ArrayList<>(0);

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

    List<StateSnapshot> snapshots() {
        return snapshots;
    }

    void add(StateSnapshot snapshot) {
        snapshots.add(snapshot);
    }

    void remove(StateSnapshot snapshot) {
        snapshots.remove(snapshot);
    }

    /** The snapshot after the most tokens of this page, but not more than {@code most}; null where there is none. */
    @Nullable
    StateSnapshot snapshot(int most) {
        StateSnapshot best = null;
        for (StateSnapshot snapshot : snapshots) {
            if (snapshot.count() <= most && (best == null || snapshot.count() > best.count())) {
                best = snapshot;
            }
        }
        return best;
    }

    /** The snapshot after exactly {@code count} tokens; null where there is none. */
    @Nullable
    StateSnapshot snapshotAt(int count) {
        StateSnapshot found = snapshot(count);
        return found != null && found.count() == count ? found : null;
    }
}
