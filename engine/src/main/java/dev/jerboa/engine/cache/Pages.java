package dev.jerboa.engine.cache;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a cache: how many sequences hold each, and which is given next. A page that nobody holds is free, or kept where its
 * contents are known; kept ones are given when no free one is left, the one that was let go first.
 *
 * <p>Who holds a page holds those above it, and lets go of the lowest first: so the kept page that was let go first has no page below
 * it. One thread.
 */
final class Pages {
    private static final int NONE = -1;

    private final PrefixIndex index;
    private final int[] holders;
    /** The free pages: the first {@code freeCount} entries, the next to give at the end, so that written pages are reused. */
    private final int[] free;

    private int freeCount;
    private final @Nullable PageContents[] contents;
    private final int[] keptBefore;
    private final int[] keptAfter;
    private int keptFirst = NONE;
    private int keptLast = NONE;
    private int keptCount;
    /** Read by any thread. */
    private volatile int published;

    Pages(int count, PrefixIndex index) {
        this.index = index;
        this.holders = new int[count];
        this.free = new int[count];
        this.contents = new PageContents[count];
        this.keptBefore = new int[count];
        this.keptAfter = new int[count];
        for (int i = 0; i < count; i++) {
            free[i] = count - 1 - i;
        }
        this.freeCount = count;
        this.published = count;
    }

    /** Pages that nobody holds. Any thread. */
    int available() {
        return published;
    }

    /** Pages among them whose contents are kept. */
    int kept() {
        return keptCount;
    }

    /** Puts {@code count} pages into {@code into} from {@code at}; all or, where too few are to be had, none. */
    boolean take(int[] into, int at, int count) {
        if (count > freeCount + keptCount) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            int page = freeCount > 0 ? free[--freeCount] : forgetFirst();
            holders[page] = 1;
            into[at + i] = page;
        }
        publish();
        return true;
    }

    private int forgetFirst() {
        int page = keptFirst;
        unkeep(page);
        forget(page);
        return page;
    }

    private void forget(int page) {
        PageContents known = contents[page];
        if (known != null) {
            index.forget(known);
            contents[page] = null;
        }
    }

    /** One more sequence holds a page. */
    void hold(int page) {
        if (holders[page]++ == 0) {
            unkeep(page);
            publish();
        }
    }

    /** How many sequences hold a page. */
    int holders(int page) {
        return holders[page];
    }

    /** The contents of a page are known from now on, as far as they say. */
    void know(PageContents known) {
        contents[known.page()] = known;
    }

    /** A sequence holds a page no more. */
    void letGo(int page) {
        if (--holders[page] > 0) {
            return;
        }
        if (contents[page] == null) {
            free[freeCount++] = page;
        } else {
            keep(page);
        }
        publish();
    }

    /** A sequence holds a page no more, whose contents are of no use. */
    void discard(int page) {
        if (holders[page] == 1) {
            forget(page);
        }
        letGo(page);
    }

    /** Makes free what is kept. */
    void forgetKept() {
        while (keptFirst != NONE) {
            free[freeCount++] = forgetFirst();
        }
    }

    private void keep(int page) {
        keptBefore[page] = keptLast;
        keptAfter[page] = NONE;
        if (keptLast == NONE) {
            keptFirst = page;
        } else {
            keptAfter[keptLast] = page;
        }
        keptLast = page;
        keptCount++;
    }

    private void unkeep(int page) {
        int before = keptBefore[page];
        int after = keptAfter[page];
        if (before == NONE) {
            keptFirst = after;
        } else {
            keptAfter[before] = after;
        }
        if (after == NONE) {
            keptLast = before;
        } else {
            keptBefore[after] = before;
        }
        keptCount--;
    }

    private void publish() {
        published = freeCount + keptCount;
    }

    @Override
    public String toString() {
        return freeCount + " free, " + keptCount + " kept, held " + Arrays.toString(holders);
    }
}
