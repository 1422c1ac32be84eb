package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The state of a scheduler and its steps. One thread.
 *
 * <p><b>Fairness.</b> A step carries one token of each track that writes; there are fewer of those than the step has tokens while a
 * prompt is read, so a prompt always goes on, and never takes more than {@link Pace} or the options allow. Who is admitted when is
 * {@link Queue}'s and {@link Admission}'s.
 */
final class Batch {
    /** Logits that are worth waking the team for. */
    private static final int SHARED_LOGITS = 1 << 13;

    private final StepModel model;
    private final Team team;
    private final KvCache cache;
    private final ScheduleOptions options;
    private final int capacity;
    private final int vocabularySize;
    private final Counters counters;

    private final Queue queue = new Queue();
    private final List<Track> running = new ArrayList<>();
    private final ArrayDeque<Embedding> embeddings = new ArrayDeque<>();
    private final Scorings scorings;
    private final Admission admission;
    private final Pace pace;
    private final boolean paced;
    private final Drafters drafters;

    /** The tracks whose next token the running step predicts. */
    private final List<Track> predicted = new ArrayList<>();

    /** Those that are being dropped. */
    private final List<Track> ended = new ArrayList<>();

    private int writers;
    private int stepTokens;
    private int rows;
    /** Tokens in the step that is planned, guesses included. */
    private int tokens;

    private @Nullable FloatRows logits;
    private final Choosing[] choosing;
    private final Team.Job pick = this::pick;

    Batch(StepModel model, Drafters drafters, Team team, KvCache cache, ScheduleOptions options, Counters counters) {
        this.model = model;
        this.team = team;
        this.cache = cache;
        this.options = options;
        this.capacity = model.maxStepTokens();
        this.vocabularySize = model.vocabularySize();
        this.counters = counters;
        int sequences = Math.min(options.maxSequences(), capacity);
        this.drafters = drafters;
        this.admission = new Admission(cache, queue, running, drafters, sequences, vocabularySize, counters);
        this.paced = options.promptTokens() == ScheduleOptions.PACED;
        this.pace = new Pace(capacity);
        this.choosing = new Choosing[team.size()];
        for (int i = 0; i < choosing.length; i++) {
            choosing[i] = new Choosing(vocabularySize);
        }
        this.scorings = new Scorings(model, cache, team, choosing, counters);
    }

    boolean isEmpty() {
        return queue.isEmpty() && running.isEmpty() && embeddings.isEmpty() && scorings.isEmpty();
    }

    /** Puts a new track into the queue. */
    void add(Track track) {
        queue.add(track);
        publish();
    }

    /** Puts a text into the line of those whose states are wanted. */
    void add(Embedding embedding) {
        embeddings.addLast(embedding);
    }

    /** Puts a text into the line of those whose tokens are scored. */
    void add(Scoring scoring) {
        scorings.add(scoring);
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
        failTexts(new IllegalStateException("the scheduler is closed"));
    }

    private void failTexts(RuntimeException cause) {
        embeddings.forEach(embedding -> embedding.fail(cause));
        embeddings.clear();
        scorings.fail(cause);
    }

    /** Ends all tracks without completions. */
    void failAll(RuntimeException cause) {
        for (Track track : all()) {
            track.fail(cause);
            drop(track);
        }
        failTexts(cause);
    }

    /** Forgets what is kept of sequences that have ended. */
    void forget() {
        cache.forget();
        publish();
    }

    private List<Track> all() {
        List<Track> all = new ArrayList<>(running);
        all.addAll(queue.all());
        return all;
    }

    /** Takes an ended track out and tells it. */
    private void drop(Track track) {
        if (!running.remove(track)) {
            queue.remove(track);
        }
        track.release();
        queue.leave(track);
        publish();
        track.tellEnd();
    }

    /** Runs one step each of those that write, of a text whose states are wanted, and of texts that are scored; the batch is not empty. */
    void step() {
        stepTracks();
        stepEmbedding();
        if (!scorings.isEmpty()) {
            scorings.step(tokensBeside());
            publish();
            scorings.tell();
        }
    }

    /** Tokens of a step beside those of tracks. */
    private int tokensBeside() {
        return running.isEmpty() ? capacity : Math.min(capacity, promptTokens());
    }

    private void stepEmbedding() {
        Embedding first = embeddings.peekFirst();
        if (first == null) {
            return;
        }
        if (first.isDone() || !first.step(model, cache, tokensBeside()) || first.isDone()) {
            embeddings.removeFirst();
            if (first.isDone()) {
                first.release();
            } else {
                embeddings.addLast(first); // no pages for it now
            }
        }
    }

    private int promptTokens() {
        return paced ? pace.promptTokens(Math.max(1, writers)) : options.promptTokens();
    }

    private void stepTracks() {
        endLate();
        admission.admit();
        dropEnded();
        admission.makeRoom();
        if (running.isEmpty()) {
            return; // all that waited were late, or wait for pages that texts beside them hold
        }
        publish();
        plan();
        long start = System.nanoTime();
        logits = model.run(cache.layers());
        if (!predicted.isEmpty()) {
            if ((long) rows * vocabularySize < SHARED_LOGITS) {
                pick(Worker.alone());
            } else {
                team.run(pick);
            }
        }
        settle();
        long nanos = System.nanoTime() - start;
        tell();
        start = System.nanoTime();
        drafters.take(running, writers() <= options.guessingSequences());
        pace.took(writers, stepTokens - writers, nanos + System.nanoTime() - start);
        publish();
    }

    private void endLate() {
        long now = System.nanoTime();
        for (Track late = late(now); late != null; late = late(now)) {
            late.end(Ending.DEADLINE);
            drop(late);
        }
    }

    private @Nullable Track late(long now) {
        for (Track track : running) {
            if (track.request().service().isLate(now)) {
                return track;
            }
        }
        return queue.late(now);
    }

    private void plan() {
        model.clear();
        predicted.clear();
        rows = 0;
        tokens = 0;
        int left = capacity;
        running.forEach(Track::planNothing);
        writers = writers();
        stepTokens = writers;
        left -= writers;
        drafters.begin(promptTokens());
        int guesses = writers > options.guessingSequences() ? 0 : drafters.most();
        int kept = writers < running.size() ? 1 : 0; // so that a prompt goes on, however good guesses are
        for (Track track : running) {
            if (track.remaining() == 1) {
                int room = Math.min(guesses, left - kept);
                int guessed = room == 0 ? 0 : track.guess(room);
                left -= guessed;
                plan(track, 1);
            }
        }
        int prompt = writers == 0 ? left : Math.min(left, promptTokens());
        for (Track track : running) {
            int remaining = track.remaining();
            if (remaining > 1 && prompt > 0) {
                int count = track.sequence().together(Math.min(remaining, prompt));
                plan(track, count);
                prompt -= count;
                stepTokens += count;
            }
        }
    }

    /** Tracks that go on with one token. */
    private int writers() {
        int count = 0;
        for (Track track : running) {
            count += track.remaining() == 1 ? 1 : 0;
        }
        return count;
    }

    private void plan(Track track, int count) {
        int wanted = track.plan(model, count, rows, tokens);
        tokens += count + track.guessed();
        if (wanted > 0) {
            predicted.add(track);
            rows += wanted;
        }
    }

    /** Chooses the next tokens. Share: by track. */
    private void pick(Worker worker) {
        FloatRows scores = Objects.requireNonNull(logits);
        int count = predicted.size();
        for (int i = worker.from(count, 1), end = worker.to(count, 1); i < end; i++) {
            predicted.get(i).pick(scores, choosing[worker.id()]);
        }
    }

    /** What was computed becomes part of the sequences. */
    private void settle() {
        int prompt = 0;
        for (Track track : running) {
            if (track.planned() > 0) {
                int length = track.request().prompt().length;
                prompt += Math.clamp((long) length - track.sequence().length(), 0, track.planned());
                track.settle();
                counters.guessed(track.guessed(), track.confirmed());
                if (track.sequence().length() <= length) {
                    track.tellPrompt();
                }
            }
        }
        counters.stepped(prompt);
    }

    /** Gives the picks to their tracks, then tells those that end. */
    private void tell() {
        for (Track track : predicted) {
            accept(track);
        }
        dropEnded();
    }

    /** Takes those that have ended out of the running and tells them, when all their pages and places are free. */
    private void dropEnded() {
        for (Track track : running) {
            if (track.hasEnded()) {
                track.release();
                queue.leave(track);
                ended.add(track);
            }
        }
        if (!ended.isEmpty()) {
            running.removeAll(ended);
            publish();
            ended.forEach(Track::tellEnd);
            ended.clear();
        }
    }

    private void accept(Track track) {
        int picks = track.pickCount();
        int accepted = 0;
        try {
            while (accepted < picks && !track.hasEnded()) {
                track.accept(accepted++);
            }
        } catch (RuntimeException e) {
            track.fail(e);
        }
        RuntimeException failure = track.pickFailure();
        if (failure != null) {
            track.fail(failure);
        }
        queue.serve(track, accepted);
        counters.picked(accepted);
    }

    private void publish() {
        counters.set(queue.size(), running.size(), cache.free(), cache.kept());
    }
}
