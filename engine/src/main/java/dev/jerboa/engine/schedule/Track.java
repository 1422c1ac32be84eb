package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.engine.sample.LogProbabilities;
import dev.jerboa.engine.sample.Sampler;
import dev.jerboa.kernel.memory.FloatRows;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request on its way: the tokens known, and while it runs its place in the cache. What is known and not yet computed is what its
 * next steps compute, be it prompt, the last pick, or everything again after a preemption. Belongs to the scheduler's thread,
 * but for {@link #pick}.
 */
final class Track {
    private static final int FIRST_REPLY = 64;

    private final Request request;
    private final Listener listener;
    private final Prefix.Key key;
    private final int[] stops;
    private int[] tokens;
    private int known;
    private double[] logProbabilities;
    private @Nullable Prefix prefix;
    private @Nullable Sequence sequence;
    private @Nullable Sampler sampler;
    private int planned;
    private @Nullable Ending ending;
    private @Nullable RuntimeException failure;

    private int picked;
    private double pickedLogProbability = Double.NaN;
    private @Nullable RuntimeException pickFailure;

    Track(Request request, Listener listener) {
        this.request = request;
        this.listener = listener;
        this.key = new Prefix.Key(request.prompt());
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

    Prefix.Key key() {
        return key;
    }

    /** The prompt that it shares with others, maybe with none. */
    Prefix prefix() {
        return Objects.requireNonNull(prefix);
    }

    void join(Prefix shared) {
        prefix = shared;
    }

    int token(int at) {
        return tokens[at];
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

    void start(Sequence place, int vocabularySize) {
        sequence = place;
        if (sampler == null) {
            sampler = new Sampler(request.sampling(), vocabularySize, request.totalTokens() + 1);
            for (int token : request.prompt()) {
                sampler.acceptPrompt(token);
            }
        }
    }

    /** Gives the pages back. */
    void release() {
        if (sequence != null) {
            sequence.close();
            sequence = null;
        }
    }

    /** How many tokens it has in the step that is being planned or run. */
    int planned() {
        return planned;
    }

    void plan(int count) {
        planned = count;
    }

    /** Chooses the next token from a row of logits; keeps a failure for {@link #pickFailure}. Any one thread. */
    void pick(FloatRows logits, int row, LogProbabilities probabilities) {
        try {
            picked = Objects.requireNonNull(sampler).pick(logits, row);
            if (request.logProbabilities()) {
                pickedLogProbability = probabilities.of(logits, row, picked);
            }
        } catch (RuntimeException e) {
            pickFailure = e;
        }
    }

    @Nullable
    RuntimeException pickFailure() {
        return pickFailure;
    }

    int picked() {
        return picked;
    }

    double pickedLogProbability() {
        return pickedLogProbability;
    }

    /** Appends the pick, which may be the end. */
    void accept() {
        if (known == tokens.length) {
            int longer = (int) Math.min(2L * tokens.length, request.totalTokens());
            tokens = Arrays.copyOf(tokens, longer);
        }
        int at = known - request.prompt().length;
        if (request.logProbabilities()) {
            if (at == logProbabilities.length) {
                logProbabilities = Arrays.copyOf(logProbabilities, Math.min(2 * at, request.maxTokens()));
            }
            logProbabilities[at] = pickedLogProbability;
        }
        tokens[known++] = picked;
        Objects.requireNonNull(sampler).accept(picked);
        if (isStop(picked)) {
            ending = Ending.STOP;
        } else if (known == request.totalTokens()) {
            ending = Ending.LENGTH;
        }
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
        double[] logs = request.logProbabilities() ? Arrays.copyOf(logProbabilities, known - prompt) : new double[0];
        return new Completion(Arrays.copyOfRange(tokens, prompt, known), logs, Objects.requireNonNull(ending));
    }
}
