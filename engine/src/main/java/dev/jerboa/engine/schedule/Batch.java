package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.engine.sample.LogProbabilities;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The state of a scheduler and its steps. One thread.
 *
 * <p><b>Memory.</b> A running track holds pages for the tokens it knows, never more. It is admitted when there are as many, and
 * some to spare for those that run. Where one needs a page and none is free, prompts held for waiting tracks go first, then the
 * track admitted last. A track alone always has room ({@link Scheduler#submit} refuses what is larger than the cache), so the
 * oldest one always goes on.
 *
 * <p><b>Fairness.</b> Tracks are admitted in the order they came, except that one whose prompt another is computing lets others pass
 * until it is computed. A step carries one token of each track that writes; there are fewer of those than the step has
 * tokens while a prompt is read, so a prompt always goes on, and never takes more than the options allow.
 */
final class Batch {
    /** For so many running tracks one page is kept free at an admission. */
    private static final int TRACKS_PER_SPARE_PAGE = 8;

    /** Logits that are worth waking the team for. */
    private static final int SHARED_LOGITS = 1 << 13;

    private final Decoder decoder;
    private final Team team;
    private final KvCache cache;
    private final Step step;
    private final int maxSequences;
    private final int promptTokens;
    private final int vocabularySize;
    private final Counters counters;

    private final ArrayDeque<Track> waiting = new ArrayDeque<>();
    /** In the order of admission. */
    private final List<Track> running = new ArrayList<>();

    private final Map<Prefix.Key, Prefix> prefixes = new HashMap<>();

    /** The tracks whose next token the running step predicts, in the order of its logits. */
    private final Track[] predicted;

    private int predictedCount;
    private final LogProbabilities[] probabilities;
    private final Team.Job pick = this::pick;

    Batch(Decoder decoder, Team team, KvCache cache, ScheduleOptions options, Counters counters) {
        this.decoder = decoder;
        this.team = team;
        this.cache = cache;
        this.step = decoder.step();
        this.maxSequences = Math.min(options.maxSequences(), step.capacity());
        this.promptTokens = options.promptTokens();
        this.vocabularySize = decoder.spec().vocabularySize();
        this.counters = counters;
        this.predicted = new Track[step.capacity()];
        this.probabilities = new LogProbabilities[team.size()];
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] = new LogProbabilities(vocabularySize);
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty() && running.isEmpty();
    }

    /** Puts a new track at the end of the queue. */
    void add(Track track) {
        arrive(track);
        waiting.addLast(track);
        publish();
    }

    private void arrive(Track track) {
        Prefix prefix = prefixes.computeIfAbsent(track.key(), Prefix::new);
        prefix.arrives();
        track.join(prefix);
    }

    /** Ends a track that may be in any state; its pages are free at once. */
    void cancel(Track track) {
        if (!track.hasEnded()) {
            track.end(Ending.CANCELLED);
            drop(track);
        }
    }

    /** Ends all tracks. */
    void cancelAll() {
        all().forEach(this::cancel);
    }

    /** Ends all tracks without completions. */
    void failAll(RuntimeException cause) {
        for (Track track : all()) {
            track.fail(cause);
            drop(track);
        }
    }

    private List<Track> all() {
        List<Track> all = new ArrayList<>(running);
        all.addAll(waiting);
        return all;
    }

    /** Takes an ended track out and tells it. */
    private void drop(Track track) {
        if (!running.remove(track) && waiting.remove(track)) {
            track.prefix().leaves();
        }
        leave(track);
        publish();
        track.tellEnd();
    }

    /** Runs one step; the batch is not empty. */
    void step() {
        admit();
        makeRoom();
        plan();
        decoder.forward(step, cache.layers());
        advance();
        if (predictedCount > 0) {
            if ((long) predictedCount * vocabularySize < SHARED_LOGITS) {
                pick(Worker.alone());
            } else {
                team.run(pick);
            }
            settle();
        }
        publish();
    }

    private void admit() {
        Iterator<Track> queue = waiting.iterator();
        while (running.size() < maxSequences && queue.hasNext()) {
            Track track = queue.next();
            Prefix prefix = track.prefix();
            if (prefix.isComing()) {
                continue;
            }
            if (!place(track)) {
                return;
            }
            queue.remove();
            running.add(track);
            boolean begun = track.sequence().length() > 0;
            prefix.leaves();
            if (!begun) {
                prefix.follow(track);
            }
            forgetIdle(prefix);
        }
    }

    /** Finds pages for what a track knows; false where it has to wait. */
    private boolean place(Track track) {
        Sequence sequence = cache.sequence(track.request().totalTokens());
        Sequence prompt = track.prefix().sequence();
        if (prompt != null) {
            sequence.beginWith(prompt, prompt.length());
        }
        boolean room = sequence.reserve(track.known()) && cache.free() >= spareTokens();
        if (!room && running.isEmpty()) {
            sequence.truncate(0);
            evictPrefixes();
            room = sequence.reserve(track.known());
        }
        if (!room) {
            sequence.close();
            return false;
        }
        counters.shared(sequence.length());
        track.start(sequence, vocabularySize);
        return true;
    }

    private int spareTokens() {
        return running.size() / TRACKS_PER_SPARE_PAGE * KvCache.PAGE_TOKENS;
    }

    /** Reserves what the next step may write, at the cost of the tracks admitted last. */
    private void makeRoom() {
        for (int i = 0; i < running.size(); i++) {
            Track track = running.get(i);
            while (track.isRunning() && !track.sequence().reserve(track.known())) {
                if (!evictPrefixes()) {
                    preempt(running.removeLast());
                }
            }
        }
    }

    private void preempt(Track track) {
        track.prefix().forget(track);
        forgetIdle(track.prefix());
        track.release();
        arrive(track);
        waiting.addFirst(track);
        counters.preempted();
    }

    /** Gives back the pages of prompts that tracks wait for; false where there are none. */
    private boolean evictPrefixes() {
        boolean any = false;
        for (Prefix prefix : prefixes.values()) {
            any |= prefix.sequence() != null;
            prefix.evict();
        }
        return any;
    }

    private void forgetIdle(Prefix prefix) {
        if (prefix.isIdle()) {
            prefixes.remove(prefix.key(), prefix);
        }
    }

    private void plan() {
        step.clear();
        predictedCount = 0;
        int left = step.capacity();
        boolean writes = false;
        for (Track track : running) {
            if (track.remaining() == 1) {
                plan(track, 1);
                left--;
                writes = true;
            }
        }
        left = writes ? Math.min(left, promptTokens) : left;
        for (Track track : running) {
            int remaining = track.remaining();
            if (remaining > 1) {
                int count = Math.min(remaining, left);
                plan(track, count);
                left -= count;
            }
        }
    }

    private void plan(Track track, int count) {
        Sequence sequence = track.sequence();
        int from = sequence.length();
        int known = track.known();
        for (int p = from; p < from + count; p++) {
            boolean predicts = p == known - 1;
            step.add(track.token(p), p, sequence.pages(), predicts);
            if (predicts) {
                predicted[predictedCount++] = track;
            }
        }
        track.plan(count);
    }

    private void advance() {
        int prompt = 0;
        for (Track track : running) {
            Sequence sequence = track.sequence();
            int length = track.request().prompt().length;
            prompt += Math.clamp((long) length - sequence.length(), 0, track.planned());
            sequence.advance(track.planned());
            Prefix prefix = track.prefix();
            if (prefix.isLedBy(track) && sequence.length() >= length - 1) {
                prefix.hold(track, cache.sequence(length));
                forgetIdle(prefix);
            }
        }
        counters.stepped(prompt);
    }

    /** Chooses the next tokens. Share: by row of the logits. */
    private void pick(Worker worker) {
        FloatRows logits = step.logits();
        LogProbabilities own = probabilities[worker.id()];
        for (int row = worker.from(predictedCount, 1), end = worker.to(predictedCount, 1); row < end; row++) {
            predicted[row].pick(logits, row, own);
        }
    }

    /** Gives the picks to their tracks, then tells those that end, when their pages and places are free. */
    private void settle() {
        boolean any = false;
        for (int row = 0; row < predictedCount; row++) {
            Track track = predicted[row];
            accept(track);
            if (track.hasEnded()) {
                leave(track);
                any = true;
            }
        }
        counters.picked(predictedCount);
        if (any) {
            running.removeIf(Track::hasEnded);
            publish();
            for (int row = 0; row < predictedCount; row++) {
                if (predicted[row].hasEnded()) {
                    predicted[row].tellEnd();
                }
            }
        }
    }

    private static void accept(Track track) {
        RuntimeException failure = track.pickFailure();
        if (failure != null) {
            track.fail(failure);
            return;
        }
        track.accept();
        try {
            track.listener().token(track.picked(), track.pickedLogProbability());
        } catch (RuntimeException e) {
            track.fail(e);
        }
    }

    private void leave(Track track) {
        track.release();
        track.prefix().forget(track);
        forgetIdle(track.prefix());
    }

    private void publish() {
        counters.set(waiting.size(), running.size(), cache.free());
    }
}
