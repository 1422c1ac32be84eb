package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import java.util.Arrays;
import java.util.List;

/**
 * Who runs: takes tracks from the queue where there is a place and memory, and back to it where memory runs out.
 *
 * <p><b>Memory.</b> A running track holds pages for the tokens it knows, and for the guesses of a step. It is admitted when there are
 * as many, and some to spare for those that run. Where one needs a page and none is to be had, the last of the running goes back to the
 * queue. A track alone always has room ({@link Scheduler#submit} refuses what is larger than the cache), so the first one always goes
 * on.
 *
 * <p><b>Common beginnings.</b> A track takes over what is known of its tokens. Where a running one is about to compute more of them, it
 * waits for that, and lets others pass.
 *
 * <p>One thread.
 */
final class Admission {
    /** For so many running tracks one page is kept free at an admission. */
    private static final int TRACKS_PER_SPARE_PAGE = 8;

    /** Positions that are worth waiting for. */
    private static final int LEAST_AWAITED = 8;

    private final KvCache cache;
    private final Queue queue;
    /** By priority, then in the order of admission. */
    private final List<Track> running;

    private final int maxSequences;
    private final int vocabularySize;
    private final Drafters drafters;
    private final Counters counters;

    Admission(
            KvCache cache,
            Queue queue,
            List<Track> running,
            Drafters drafters,
            int maxSequences,
            int vocabularySize,
            Counters counters) {
        this.cache = cache;
        this.queue = queue;
        this.running = running;
        this.maxSequences = maxSequences;
        this.vocabularySize = vocabularySize;
        this.drafters = drafters;
        this.counters = counters;
    }

    /** Admits what there is room for; one that cannot be begun has failed then. */
    void admit() {
        while (running.size() < maxSequences) {
            Track track = queue.first();
            if (track == null) {
                return;
            }
            if (awaits(track)) {
                continue;
            }
            if (!place(track)) {
                return;
            }
            queue.remove(track);
            queue.serve(track, track.remaining());
            insert(track);
            track.tellPrompt();
        }
    }

    private void insert(Track track) {
        int priority = track.request().service().priority();
        int at = running.size();
        while (at > 0 && running.get(at - 1).request().service().priority() < priority) {
            at--;
        }
        running.add(at, track);
    }

    /** Lets a track wait where another is about to compute a part of it. */
    private boolean awaits(Track track) {
        int most = 0;
        Track best = null;
        for (Track other : running) {
            int toCome = Math.min(other.known(), other.request().prompt().length)
                    - other.sequence().length();
            if (toCome >= LEAST_AWAITED
                    && other.request().scope().equals(track.request().scope())) {
                int common = cache.takenOver(common(track, other));
                if (common - other.sequence().length() >= LEAST_AWAITED && common > most) {
                    most = common;
                    best = other;
                }
            }
        }
        if (best == null) {
            return false;
        }
        track.await(best, most);
        best.sequence().leaveAt(most);
        return true;
    }

    /** How many tokens two tracks begin with alike, but for the last of the first one, which it has to compute itself. */
    private static int common(Track track, Track other) {
        int length = Math.min(track.known() - 1, other.known());
        int differs = Arrays.mismatch(track.tokens(), 0, length, other.tokens(), 0, length);
        return differs < 0 ? length : differs;
    }

    /** Finds pages for what a track knows; false where it has to wait. */
    private boolean place(Track track) {
        Sequence sequence =
                cache.sequence(track.request().positions(), track.request().scope());
        boolean room = sequence.begin(track.tokens(), track.known() - 1, track.known());
        if (!room || (!running.isEmpty() && cache.free() < spareTokens())) {
            sequence.close();
            return false;
        }
        counters.shared(sequence.length());
        try {
            track.start(sequence, vocabularySize, drafters);
        } catch (RuntimeException e) {
            track.fail(e);
        }
        return true;
    }

    private int spareTokens() {
        return running.size() / TRACKS_PER_SPARE_PAGE * KvCache.PAGE_TOKENS;
    }

    /** Reserves what the next step may write of known tokens, at the cost of the last of the running. */
    void makeRoom() {
        for (int i = 0; i < running.size(); i++) {
            Track track = running.get(i);
            while (track.isRunning() && !track.sequence().reserve(track.known())) {
                preempt(running.removeLast());
            }
        }
    }

    private void preempt(Track track) {
        track.release();
        queue.addAgain(track);
        counters.preempted();
    }
}
