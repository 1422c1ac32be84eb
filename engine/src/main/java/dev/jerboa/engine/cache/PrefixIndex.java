package dev.jerboa.engine.cache;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which pages hold which beginnings of texts: a tree for each {@link Scope}, a page a node, found by its tokens. One thread.
 *
 * <p>Full pages are found by their contents. A beginning that ends inside a page is looked for among the pages of the last
 * {@value #LOOKED_AT} texts that went on there, which bounds the search where very many begin alike.
 */
final class PrefixIndex {
    private static final int LOOKED_AT = 256;

    /** The root of texts of which none is known. */
    private static final PageContents NOTHING = PageContents.root();

    private final StateRows states;
    private final Map<Scope, PageContents> roots = new HashMap<>();
    private final Map<Key, PageContents> full = new HashMap<>();

    /** @param states rows of which snapshots lie beside the pages */
    PrefixIndex(StateRows states) {
        this.states = states;
    }

    /**
     * What is known of a beginning.
     *
     * @param fullTokens tokens in full pages that are known
     * @param snapshot the longest beginning whose running states are kept too; null where there is none
     */
    record Known(int fullTokens, @Nullable StateSnapshot snapshot) {}

    /** A page's worth of tokens after the pages above. */
    private static final class Key {
        private final PageContents above;
        private final int[] tokens;
        private final int from;
        private final int hash;

        Key(PageContents above, int[] tokens, int from) {
            this.above = above;
            this.tokens = tokens;
            this.from = from;
            int h = System.identityHashCode(above);
            for (int i = from; i < from + KvCache.PAGE_TOKENS; i++) {
                h = 31 * h + tokens[i];
            }
            this.hash = h;
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key
                    && above == key.above
                    && Arrays.equals(
                            tokens,
                            from,
                            from + KvCache.PAGE_TOKENS,
                            key.tokens,
                            key.from,
                            key.from + KvCache.PAGE_TOKENS);
        }
    }

    /** Where texts of a scope begin, to be written below. */
    PageContents root(Scope scope) {
        return roots.computeIfAbsent(scope, s -> PageContents.root());
    }

    /** Where texts of a scope begin, to be looked at only: who asks in vain leaves nothing behind. */
    PageContents begun(Scope scope) {
        return roots.getOrDefault(scope, NOTHING);
    }

    /** Scopes of which something is known. */
    int scopes() {
        return roots.size();
    }

    /** The full page below {@code above} with the tokens from {@code from}, or null. */
    @Nullable
    PageContents full(PageContents above, int[] tokens, int from) {
        return full.get(new Key(above, tokens, from));
    }

    /** What is known of the first {@code limit} tokens, with running states; a snapshot that is found counts as used. */
    Known known(Scope scope, int[] tokens, int limit) {
        PageContents at = begun(scope);
        StateSnapshot best = null;
        int length = 0;
        while (limit - length >= KvCache.PAGE_TOKENS) {
            PageContents page = full(at, tokens, length);
            if (page == null) {
                break;
            }
            StateSnapshot inside = page.snapshot(KvCache.PAGE_TOKENS);
            best = inside == null ? best : inside;
            length += KvCache.PAGE_TOKENS;
            at = page;
        }
        int looked = 0;
        int most = 0;
        for (PageContents child = at.first(); child != null && looked < LOOKED_AT; child = child.next(), looked++) {
            StateSnapshot inside = child.snapshot(common(child, tokens, length, limit));
            if (inside != null && inside.count() > most) {
                most = inside.count();
                best = inside;
            }
        }
        if (best != null) {
            states.use(best);
        }
        return new Known(length, best);
    }

    /**
     * Of the pages below {@code above} the one that begins with the most tokens from {@code from} to {@code to}; null where none has
     * the first one.
     */
    @Nullable
    PageContents longest(PageContents above, int[] tokens, int from, int to) {
        PageContents best = null;
        int most = 0;
        int looked = 0;
        for (PageContents child = above.first(); child != null && looked < LOOKED_AT; child = child.next(), looked++) {
            int common = common(child, tokens, from, to);
            if (common > most) {
                most = common;
                best = child;
            }
        }
        return best;
    }

    /** How many tokens from {@code from} to {@code to} a page begins with. */
    static int common(PageContents page, int[] tokens, int from, int to) {
        int length = Math.min(page.filled(), to - from);
        int differs = Arrays.mismatch(page.tokens(), 0, length, tokens, from, from + length);
        return differs < 0 ? length : differs;
    }

    /** A page has become full: the page that holds the same already, or null where it is the first and is found from now on. */
    @Nullable
    PageContents settle(PageContents page) {
        return full.putIfAbsent(new Key(page.above(), page.tokens(), 0), page);
    }

    /** Takes a page out that has none below it. */
    void forget(PageContents page) {
        page.unlink();
        states.forget(page);
        if (page.isFull()) {
            full.remove(new Key(page.above(), page.tokens(), 0), page);
        }
        if (page.above().page() == PageContents.NO_PAGE && page.above().first() == null) {
            roots.values().remove(page.above());
        }
    }
}
