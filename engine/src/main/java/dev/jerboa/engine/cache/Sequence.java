package dev.jerboa.engine.cache;

import dev.jerboa.model.decoder.Step;
import org.jspecify.annotations.Nullable;

/**
 * One sequence's place in a {@link KvCache}: a page table and how many positions are filled. Made with a {@link Scope} it knows its
 * tokens, begins with what others have computed and leaves what it computed to others; made without, it is on its own and can be
 * shortened. Belongs to the thread of its cache.
 */
public final class Sequence implements AutoCloseable {
    /** A page is copied for at least so many positions. */
    private static final int LEAST_COPIED = 4;

    private final KvCache cache;
    private final int maxTokens;
    private final int[] pages;
    private final @Nullable Scope scope;
    /** What each page holds, where there is a scope. */
    private final @Nullable PageContents[] contents;

    private int pageCount;
    private int length;
    /** Its row of running states, where the cache has some. */
    private int state = Step.NO_STATE;
    /** The states at {@link #markLength}. */
    private int markedState = Step.NO_STATE;

    private int markLength;
    /** Ends of pages after which its states are kept: where other texts are known to part from it, and the last one of what is known. */
    private int parting;

    private int lastEnd;
    private boolean closed;

    Sequence(KvCache cache, int maxTokens, @Nullable Scope scope) {
        this.cache = cache;
        this.maxTokens = maxTokens;
        this.scope = scope;
        this.pages = new int[KvCache.pages(maxTokens)];
        this.contents = new PageContents[scope == null ? 0 : pages.length];
    }

    /** The page table, always the same array: it covers the positions that were reserved. */
    public int[] pages() {
        return pages;
    }

    /** Its row of running states, as {@link Step#state} takes it; none before {@link #reserve} or {@link #begin}. */
    public int state() {
        return state;
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
     * Takes over, while it is empty, the positions of the longest known beginning of {@code tokens}, but not more than {@code limit},
     * and reserves the positions after them up to {@code reserved}. Full pages are held together with others; of a page that fits in
     * part a copy is made. Where the cache keeps running states, only a beginning whose states were kept is taken over.
     *
     * @return false where the cache has too few pages, or no row of states, that nobody holds; then nothing has changed
     * @throws IllegalStateException without a scope
     */
    public boolean begin(int[] tokens, int limit, int reserved) {
        requireOpen();
        if (pageCount != 0) {
            throw new IllegalArgumentException("only an empty sequence can take over positions");
        }
        requireRoom(Math.max(limit, reserved));
        if (cache.keepsStates()) {
            return beginWithStates(tokens, limit, reserved);
        }
        PrefixIndex index = cache.index();
        PageContents at = index.begun(requireScope());
        while (limit - length >= KvCache.PAGE_TOKENS) {
            PageContents page = index.full(at, tokens, length);
            if (page == null) {
                break;
            }
            cache.pages().hold(page.page());
            append(page);
            length += KvCache.PAGE_TOKENS;
            at = page;
        }
        if (KvCache.pages(reserved) - pageCount > cache.pages().available()) {
            length = 0;
            letGo(0);
            return false;
        }
        if (pageCount < KvCache.pages(reserved)) { // a copy takes one of the pages that are wanted anyway
            beginInside(at, index, tokens, limit);
        }
        return reserve(reserved);
    }

    private boolean beginWithStates(int[] tokens, int limit, int reserved) {
        PrefixIndex.Known known = cache.index().known(requireScope(), tokens, limit);
        if (!takeState()) {
            return false;
        }
        StateSnapshot snapshot = known.snapshot();
        if (snapshot != null) {
            if (snapshot.row() != state) { // it may have been the last row to be had
                cache.copyStates(snapshot.row(), state);
            }
            takeOver(snapshot, tokens);
        }
        parting = known.fullTokens();
        lastEnd = limit & -KvCache.PAGE_TOKENS;
        if (!reserve(reserved)) {
            length = 0;
            letGo(0);
            giveBackState();
            return false;
        }
        return true;
    }

    private void giveBackState() {
        if (state != Step.NO_STATE) {
            cache.states().giveBack(state);
            state = Step.NO_STATE;
        }
    }

    /** Holds the pages of a snapshot; where the last one fits in part and no page is to be had for a copy, none. */
    private void takeOver(StateSnapshot snapshot, int[] tokens) {
        Pages pool = cache.pages();
        PageContents last = snapshot.page();
        boolean full = snapshot.count() == KvCache.PAGE_TOKENS;
        boolean whole = full || last.filled() == snapshot.count() && pool.holders(last.page()) == 0;
        int count = KvCache.pages(snapshot.length());
        PageContents at = whole ? last : last.above();
        pageCount = whole ? count : count - 1;
        for (int i = pageCount - 1; i >= 0; i--) {
            pool.hold(at.page());
            contents[i] = at;
            pages[i] = at.page();
            at = at.above();
        }
        length = whole ? snapshot.length() : snapshot.length() - snapshot.count();
        if (!whole) {
            copy(last.above(), last, tokens, snapshot.count());
            if (length < snapshot.length()) {
                length = 0;
                letGo(0);
            }
        }
    }

    private boolean takeState() {
        if (state == Step.NO_STATE && cache.keepsStates()) {
            state = cache.states().take();
            return state != Step.NO_STATE;
        }
        return true;
    }

    /** Takes over positions of one more page, which is not full or differs later. */
    private void beginInside(PageContents above, PrefixIndex index, int[] tokens, int limit) {
        PageContents page = index.longest(above, tokens, length, limit);
        if (page == null) {
            return;
        }
        int common = PrefixIndex.common(page, tokens, length, limit);
        Pages pool = cache.pages();
        boolean whole = common == page.filled() && !page.isFull() && pool.holders(page.page()) == 0;
        if (whole) {
            pool.hold(page.page());
            append(page);
            length += common;
        } else if (common >= LEAST_COPIED) {
            copy(above, page, tokens, common);
        }
    }

    private void copy(PageContents above, PageContents page, int[] tokens, int common) {
        Pages pool = cache.pages();
        pool.hold(page.page()); // not to be given away for its own copy
        if (pool.take(pages, pageCount, 1)) { // not where the page itself was the last to be had
            cache.copy(page.page(), pages[pageCount]);
            PageContents mine = PageContents.below(above, pages[pageCount]);
            mine.add(tokens, length, common);
            pool.know(mine);
            contents[pageCount++] = mine;
            length += common;
        }
        pool.letGo(page.page());
    }

    private void append(PageContents page) {
        contents[pageCount] = page;
        pages[pageCount++] = page.page();
    }

    /**
     * Makes sure that the positions from {@link #length} to {@code tokens} − 1 have pages, and the sequence a row of running states
     * where the cache has some.
     *
     * @return false where the cache has too few that nobody holds; then nothing has changed
     */
    public boolean reserve(int tokens) {
        requireOpen();
        requireRoom(tokens);
        if (!takeState()) {
            return false;
        }
        int more = KvCache.pages(tokens) - pageCount;
        if (more > 0) {
            if (!cache.pages().take(pages, pageCount, more)) {
                if (length == 0) {
                    giveBackState();
                }
                return false;
            }
            pageCount += more;
        }
        return true;
    }

    private Scope requireScope() {
        if (scope == null) {
            throw new IllegalStateException("the sequence was made without a scope, so its tokens are not known");
        }
        return scope;
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

    /** The next {@code tokens} reserved positions have been filled by a step; of a sequence without a scope. */
    public void advance(int tokens) {
        if (scope != null) {
            throw new IllegalStateException("a sequence with a scope advances by tokens");
        }
        requireReserved(tokens);
        length += tokens;
    }

    /**
     * The next {@code count} reserved positions have been filled by a step with the tokens from {@code at}; of a sequence with a scope.
     * Where a page that is now full is known already, the page table has the known one from now on.
     */
    public void advance(int[] tokens, int at, int count) {
        Scope known = requireScope();
        requireReserved(count);
        for (int from = at, end = at + count; from < end; ) {
            int i = length >> KvCache.PAGE_SHIFT;
            PageContents page = contents[i];
            if (page == null) {
                page = PageContents.below(i == 0 ? cache.index().root(known) : above(i), pages[i]);
                contents[i] = page;
                cache.pages().know(page);
            }
            int more = Math.min(end - from, KvCache.PAGE_TOKENS - page.filled());
            page.add(tokens, from, more);
            from += more;
            length += more;
            if (page.isFull()) {
                settle(i, page);
            }
        }
        if (cache.keepsStates() && (length == parting || length == lastEnd)) {
            keepStates();
        }
    }

    /**
     * How many of the next {@code count} tokens a step may have so that what the sequence leaves to others is kept: running states are
     * kept where a step ends.
     */
    public int together(int count) {
        int toParting = parting > length ? parting - length : count;
        int toLastEnd = lastEnd > length ? lastEnd - length : count;
        return Math.min(count, Math.min(toParting, toLastEnd));
    }

    /**
     * Another sequence is going to begin with the first {@code tokens} of this one, a whole number of pages: running states are kept
     * there.
     */
    public void leaveAt(int tokens) {
        if (cache.keepsStates() && tokens > length && parting <= length) {
            parting = tokens;
        }
    }

    /** Keeps a copy of the running states at the end of a page. */
    private void keepStates() {
        PageContents page = length == 0 ? null : contents[(length >> KvCache.PAGE_SHIFT) - 1];
        if (page == null) {
            return;
        }
        StateRows rows = cache.states();
        StateSnapshot known = page.snapshotAt(KvCache.PAGE_TOKENS);
        if (known != null) {
            rows.use(known);
            return;
        }
        int row = rows.take();
        if (row != Step.NO_STATE) {
            cache.copyStates(state, row);
            rows.keep(new StateSnapshot(page, KvCache.PAGE_TOKENS, length, row));
        }
    }

    /** Leaves the running states, as they are at the end, to others, or gives their row back. */
    private void leaveStates() {
        StateRows rows = cache.states();
        PageContents page = scope == null || length == 0 ? null : contents[(length - 1) >> KvCache.PAGE_SHIFT];
        int count = ((length - 1) & (KvCache.PAGE_TOKENS - 1)) + 1;
        if (page == null || page.filled() < count || page.snapshotAt(count) != null) {
            rows.giveBack(state);
        } else {
            rows.keep(new StateSnapshot(page, count, length, state));
        }
        state = Step.NO_STATE;
        if (markedState != Step.NO_STATE) {
            rows.giveBack(markedState);
            markedState = Step.NO_STATE;
        }
    }

    private PageContents above(int i) {
        PageContents above = contents[i - 1];
        if (above == null) {
            throw new AssertionError("page " + i + " is written before the one above it");
        }
        return above;
    }

    private void settle(int i, PageContents page) {
        PageContents known = cache.index().settle(page);
        if (known != null) {
            cache.pages().hold(known.page());
            cache.pages().discard(page.page());
            contents[i] = known;
            pages[i] = known.page();
        }
    }

    private void requireReserved(int tokens) {
        if (tokens < 0 || KvCache.pages(length + tokens) > pageCount) {
            throw new IllegalArgumentException(
                    tokens + " more positions after " + length + ": only " + pageCount + " pages are reserved");
        }
    }

    /**
     * Keeps the running states as they are now, so that the sequence can come back to this length; before that it keeps those of an
     * earlier mark. Does nothing where the cache has no states, or no row for them.
     */
    public void mark() {
        requireOpen();
        if (state == Step.NO_STATE) {
            return;
        }
        if (markedState == Step.NO_STATE) {
            markedState = cache.states().take();
        }
        if (markedState != Step.NO_STATE) {
            cache.copyStates(state, markedState);
            markLength = length;
        }
    }

    /**
     * Forgets positions until there are {@code tokens} at most: as few as it can, which with running states may mean to go back to the
     * {@linkplain #mark mark} before them, or to the beginning. Of a sequence without a scope.
     */
    public void retreat(int tokens) {
        if (tokens >= length) {
            return;
        }
        boolean exactly = state == Step.NO_STATE || markedState != Step.NO_STATE && markLength == tokens;
        truncate(exactly ? tokens : markedState != Step.NO_STATE && markLength < tokens ? markLength : 0);
    }

    /**
     * Forgets the positions from {@code tokens} on and gives pages back that hold nothing else; of a sequence without a scope.
     *
     * @throws IllegalStateException also where there are running states, and they are not known at that length: it is none of the
     *     sequence's own, its {@linkplain #mark mark} or the beginning
     */
    public void truncate(int tokens) {
        if (scope != null) {
            throw new IllegalStateException("a sequence with a scope shares its pages and is not shortened");
        }
        if (tokens < 0 || tokens > length) {
            throw new IllegalArgumentException("cannot shorten " + length + " positions to " + tokens);
        }
        if (state != Step.NO_STATE && tokens != length && tokens != 0) {
            if (markedState == Step.NO_STATE || markLength != tokens) {
                throw new IllegalStateException("running states are not known after " + tokens + " of " + length
                        + " positions, only at the end"
                        + (markedState == Step.NO_STATE ? "" : " and after " + markLength)
                        + ": mark the place before going on");
            }
            cache.copyStates(markedState, state);
        }
        length = tokens;
        letGo(KvCache.pages(tokens));
    }

    /** Gives back the reserved pages that hold no position. */
    public void giveBackReserved() {
        letGo(KvCache.pages(length));
    }

    private void letGo(int from) {
        while (pageCount > from) {
            pageCount--;
            if (scope != null) {
                contents[pageCount] = null;
            }
            cache.pages().letGo(pages[pageCount]);
        }
    }

    /** Gives all pages and the row of states back, what is known of them with them. Closing twice does nothing. */
    @Override
    public void close() {
        if (!closed) {
            if (state != Step.NO_STATE) {
                leaveStates();
            }
            length = 0;
            letGo(0);
            closed = true;
        }
    }
}
