package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.constrain.Matcher;
import dev.jerboa.engine.sample.LogProbabilities;
import dev.jerboa.engine.sample.Sampler;
import dev.jerboa.kernel.memory.FloatRows;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request on its way: the tokens known, and while it runs its place in the cache. What is known and not yet computed is what its
 * next steps compute, be it prompt, the last pick, or everything again after a preemption; after the last pick come guesses. Belongs
 * to the scheduler's thread, but for {@link #pick}.
 */
final class Track {
    private static final int FIRST_REPLY = 64;
    private static final int[] NO_IDS = {};
    private static final double[] NO_LOGS = {};

    private final Request request;
    private final Listener listener;
    private final int[] stops;
    private int[] tokens;
    private int known;
    private double[] logProbabilities;
    /** The place in the order of arrival. */
    private long arrival;

    private @Nullable Sequence sequence;
    private int takenOver;
    private @Nullable Sampler sampler;
    private @Nullable Matcher matcher;
    /** Whether nothing may follow the last pick. */
    private boolean complete;

    private @Nullable Drafter drafter;
    private @Nullable Ending ending;
    private @Nullable RuntimeException failure;

    /** Another track that computes the first {@link #awaitedTokens} of its tokens, for which it waits. */
    private @Nullable Track awaited;

    private int awaitedTokens;

    /** Tokens in the step that is planned or run; the last {@link #guessed} of them are guesses. */
    private int planned;

    private int guessed;
    private int confirmed;
    private int[] guesses = NO_IDS;
    /** The place of its first token in the step. */
    private int firstInStep;
    /** Its first row of the step's logits, or −1. */
    private int firstRow = -1;

    private Pick[] picks = new Pick[1];
    private int pickCount;
    private @Nullable RuntimeException pickFailure;

    Track(Request request, Listener listener) {
        this.request = request;
        this.listener = listener;
        this.stops = request.stopTokens().stream().mapToInt(Integer::intValue).toArray();
        int first = Math.min(request.maxTokens(), FIRST_REPLY);
        this.known = request.prompt().length;
        this.tokens = Arrays.copyOf(request.prompt(), known + first);
        this.logProbabilities = new double[request.logProbabilities() ? first : 0];
    }

    Request request() {
        return request;
    }

    Listener listener() {
        return listener;
    }

    void arrive(long number) {
        arrival = number;
    }

    long arrival() {
        return arrival;
    }

    int[] tokens() {
        return tokens;
    }

    /** Tokens of prompt and reply so far. */
    int known() {
        return known;
    }

    /** Known tokens that are not in the cache, at least one while it runs. */
    int remaining() {
        return known - sequence().length();
    }

    /** Its place in the cache while it runs. */
    Sequence sequence() {
        return Objects.requireNonNull(sequence);
    }

    boolean isRunning() {
        return sequence != null;
    }

    boolean hasEnded() {
        return ending != null || failure != null;
    }

    /** Ends it with a completion. */
    void end(Ending reason) {
        ending = reason;
    }

    /** Ends it without a completion. */
    void fail(RuntimeException cause) {
        failure = cause;
    }

    /** Tells its listener of the end. */
    void tellEnd() {
        if (failure != null) {
            listener.failed(failure);
        } else {
            listener.ended(completion());
        }
    }

    /** {@code track} is computing what it begins with: it waits until {@code count} positions are there. */
    void await(Track track, int count) {
        awaited = track;
        awaitedTokens = count;
    }

    /** Whether it still waits for another track. */
    boolean isAwaiting() {
        Track other = awaited;
        if (other == null) {
            return false;
        }
        if (other.isRunning() && other.sequence().length() < awaitedTokens) {
            return true;
        }
        awaited = null;
        return false;
    }

    /** It runs from here on. */
    void start(Sequence place, int vocabularySize, Drafters drafters) {
        sequence = place;
        takenOver = place.length();
        if (sampler == null) {
            sampler = new Sampler(request.sampling(), vocabularySize, request.totalTokens() + 1);
            for (int token : request.prompt()) {
                sampler.acceptPrompt(token);
            }
            Constraint constraint = request.constraint();
            matcher = constraint == null ? null : constraint.matcher();
            drafter = drafters.of(request, matcher);
            if (drafter != null) {
                guesses = new int[drafters.most()];
                picks = new Pick[drafters.most() + 1];
            }
        }
    }

    /** Gives the pages back. */
    void release() {
        if (sequence != null) {
            sequence.close();
            sequence = null;
        }
        if (drafter != null) {
            drafter.close();
        }
    }

    /** Tells the listener how far the prompt is; what it throws ends the request. */
    void tellPrompt() {
        try {
            listener.prompt(Math.min(sequence().length(), request.prompt().length), takenOver);
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /** Guesses for the places after the known tokens, for which pages are reserved: how many. */
    int guess(int most) {
        Drafter own = drafter;
        int room = Math.min(most, request.totalTokens() - 1 - known);
        guessed = own == null || room <= 0 ? 0 : own.guess(tokens, known, guesses, room);
        if (guessed > 0 && !sequence().reserve(known + guessed)) {
            guessed = 0;
        }
        return guessed;
    }

    /**
     * Adds {@code count} known tokens, and its guesses after them, to a step, which has {@code inStep} tokens and whose next row of logits is
     * {@code row}.
     */
    int plan(StepModel step, int count, int row, int inStep) {
        Sequence place = sequence();
        int from = place.length();
        boolean predicts = from + count == known;
        planned = count;
        firstInStep = inStep;
        firstRow = predicts ? row : -1;
        step.adaptation(request.scope().adaptation());
        step.state(place.state());
        for (int p = from; p < from + count; p++) {
            step.add(tokens[p], p, place.pages(), p == known - 1);
        }
        guessed = predicts ? guessed : 0;
        for (int g = 0; g < guessed; g++) {
            step.add(guesses[g], known + g, place.pages(), true);
        }
        return predicts ? 1 + guessed : 0;
    }

    /** It has no token in the next step. */
    void planNothing() {
        planned = 0;
        guessed = 0;
        firstRow = -1;
    }

    int planned() {
        return planned;
    }

    /** The place of its first token in the step. */
    int firstInStep() {
        return firstInStep;
    }

    /** Positions that the last step has added to its sequence, after {@link #settle}: its first tokens in the step. */
    int computed() {
        return planned == 0 ? 0 : planned + confirmed;
    }

    @Nullable
    Drafter drafter() {
        return drafter;
    }

    boolean isPredicted() {
        return firstRow >= 0;
    }

    /**
     * Chooses the next token from its rows of logits, and the ones after it as long as guesses are right; keeps a failure for {@link
     * #pickFailure}. Any one thread.
     */
    void pick(FloatRows logits, Choosing choosing) {
        pickCount = 0;
        try {
            Sampler own = Objects.requireNonNull(sampler);
            boolean right;
            do {
                int row = firstRow + pickCount;
                int id = own.pick(logits, row, allowed(choosing));
                own.accept(id);
                boolean last = isStop(id) || completes(id);
                right = pickCount < guessed && guesses[pickCount] == id && !last;
                picks[pickCount++] = pick(id, logits, row, choosing.probabilities());
            } while (right);
        } catch (RuntimeException e) {
            pickFailure = e;
        }
    }

    private long[] allowed(Choosing choosing) {
        Matcher own = matcher;
        if (own == null) {
            return Sampler.EVERY;
        }
        long[] mask = choosing.mask(own.maskWords());
        own.mask(mask);
        return mask;
    }

    /** Tells the constraint of a pick: whether nothing may follow. */
    private boolean completes(int id) {
        Matcher own = matcher;
        if (own == null) {
            return false;
        }
        own.accept(id);
        complete = own.mustEnd();
        return complete;
    }

    private Pick pick(int id, FloatRows logits, int row, LogProbabilities probabilities) {
        if (!request.logProbabilities()) {
            return new Pick(id, Double.NaN, NO_IDS, NO_LOGS);
        }
        double log = probabilities.of(logits, row, id);
        if (request.likeliest() == 0) {
            return new Pick(id, log, NO_IDS, NO_LOGS);
        }
        int count = Math.min(request.likeliest(), logits.cols());
        int[] ids = new int[count];
        double[] logs = new double[count];
        probabilities.likeliest(ids, logs);
        return new Pick(id, log, ids, logs);
    }

    /** Guesses in the step. */
    int guessed() {
        return guessed;
    }

    /** Those of them that were right, after {@link #settle}. */
    int confirmed() {
        return confirmed;
    }

    /** Tells the drafter what became of its guesses, and what the step has computed of it becomes part of its sequence. */
    void settle() {
        int right = 0;
        if (isPredicted() && pickFailure == null) {
            right = pickCount - 1;
            if (guessed > 0) {
                Objects.requireNonNull(drafter).learn(guessed, right);
            }
        }
        confirmed = right;
        Sequence place = sequence();
        for (int g = 0; g < right; g++) {
            put(known + g, guesses[g]);
        }
        place.advance(tokens, place.length(), planned + right);
        if (guessed > 0) {
            place.giveBackReserved();
        }
    }

    @Nullable
    RuntimeException pickFailure() {
        return pickFailure;
    }

    int pickCount() {
        return pickCount;
    }

    /** Appends pick {@code i} of this step, which may be the end, and tells the listener. */
    void accept(int i) {
        Pick pick = picks[i];
        int at = known - request.prompt().length;
        if (request.logProbabilities()) {
            if (at == logProbabilities.length) {
                logProbabilities = Arrays.copyOf(logProbabilities, Math.min(2 * at, request.maxTokens()));
            }
            logProbabilities[at] = pick.logProbability();
        }
        put(known, pick.id());
        known++;
        boolean goesOn = listener.token(pick);
        if (isStop(pick.id())) {
            ending = Ending.STOP;
        } else if (complete && i == pickCount - 1) {
            ending = Ending.COMPLETE;
        } else if (!goesOn) {
            ending = Ending.ENOUGH;
        } else if (known == request.totalTokens()) {
            ending = Ending.LENGTH;
        }
    }

    private void put(int at, int token) {
        if (at == tokens.length) {
            int longer = (int) Math.min(2L * tokens.length, request.totalTokens());
            tokens = Arrays.copyOf(tokens, longer);
        }
        tokens[at] = token;
    }

    private boolean isStop(int token) {
        for (int stop : stops) {
            if (token == stop) {
                return true;
            }
        }
        return false;
    }

    private Completion completion() {
        int prompt = request.prompt().length;
        double[] logs = request.logProbabilities() ? Arrays.copyOf(logProbabilities, known - prompt) : NO_LOGS;
        return new Completion(Arrays.copyOfRange(tokens, prompt, known), logs, Objects.requireNonNull(ending));
    }
}
