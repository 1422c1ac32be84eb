package dev.jerboa.engine.sample;

import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Chooses tokens from logits as {@link SamplingOptions} say.
 *
 * <p><b>Order of stages.</b> Bias, penalties, what is allowed, temperature, top-k, top-p, min-p, typical-p, then one draw; every filter sees
 * the distribution that the stages before it left, renormalised. This is the order of the Hugging Face library, for which
 * model makers publish their recommended values (llama.cpp applies the temperature last).
 *
 * <p><b>Ties.</b> Of equally likely tokens the one with the smaller id comes first.
 *
 * <p><b>Randomness.</b> Pick n of a sampler uses draw n of its seed ({@link Draws}) and arithmetic that gives the same bits
 * everywhere: the same seed, options and logits choose the same tokens.
 *
 * <p>Allocates nothing after construction. Not for use by several threads at a time.
 */
public final class Sampler {
    /** Histogram buckets of distance below the best: 8 a unit, the last one open. */
    private static final int BUCKETS = 512;

    private static final float BUCKETS_PER_UNIT = 8;

    /** Allows every token. */
    public static final long[] EVERY = {};

    private final SamplingOptions options;
    private final long seed;
    private final float[] logits;
    private final int[] biased;
    private final float[] biases;
    private final @Nullable Penalties penalties;
    private final Candidates candidates;
    private final int[] bucketCounts = new int[BUCKETS];
    private final double[] bucketMasses = new double[BUCKETS];
    /** The weights of all tokens, where a histogram of masses was made. */
    private double total;

    private long picks;

    /**
     * @param vocabularySize the number of logits
     * @param maxTokens the most tokens that prompt and reply can have together
     */
    public Sampler(SamplingOptions options, int vocabularySize, int maxTokens) {
        this.options = options;
        this.seed = options.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong());
        this.logits = new float[vocabularySize];
        this.penalties = options.penalises() ? new Penalties(options, vocabularySize, maxTokens) : null;
        this.candidates = new Candidates(options.temperature() == 0 ? 0 : vocabularySize);
        this.biased = new int[options.logitBias().size()];
        this.biases = new float[biased.length];
        int i = 0;
        for (Map.Entry<Integer, Float> bias : options.logitBias().entrySet()) {
            if (bias.getKey() >= vocabularySize) {
                throw new IllegalArgumentException("logit bias of token " + bias.getKey()
                        + ": the vocabulary has the ids 0 to " + (vocabularySize - 1));
            }
            biased[i] = bias.getKey();
            biases[i++] = bias.getValue();
        }
    }

    /** The seed in use, also when the options left it open. */
    public long seed() {
        return seed;
    }

    /** Tells the penalties of a prompt token. */
    public void acceptPrompt(int token) {
        if (penalties != null) {
            penalties.add(token, false);
        }
    }

    /** Tells the penalties of a token of the reply; {@link #pick} does not do so itself. */
    public void accept(int token) {
        if (penalties != null) {
            penalties.add(token, true);
        }
    }

    /**
     * The next token after row {@code row} of {@code table}, which has a column for each token of the vocabulary.
     *
     * @throws IllegalStateException when the logits are no distribution: NaN, positive infinity, or all forbidden
     */
    public int pick(FloatRows table, int row) {
        return pick(table, row, EVERY);
    }

    /**
     * {@link #pick(FloatRows, int)} among some tokens.
     *
     * @param allowed token t is bit {@code t & 63} of element {@code t >>> 6}; tokens beyond are not allowed; {@link #EVERY} for all
     */
    public int pick(FloatRows table, int row, long[] allowed) {
        if (table.cols() != logits.length) {
            throw new IllegalArgumentException(
                    "logits of " + table.cols() + " tokens, expected the vocabulary's " + logits.length);
        }
        MemorySegment.copy(table.data(), FloatRows.FLOAT, table.offset(row), logits, 0, logits.length);
        for (int i = 0; i < biased.length; i++) {
            logits[biased[i]] += biases[i];
        }
        if (penalties != null) {
            penalties.apply(logits);
        }
        if (allowed != EVERY) {
            forbid(allowed);
        }
        int best = best();
        long n = picks++;
        if (options.temperature() == 0) {
            return best;
        }
        gather(logits[best]);
        filter();
        return draw(Draws.uniform(seed, n));
    }

    private void forbid(long[] allowed) {
        for (int word = 0, from = 0; from < logits.length; word++, from += Long.SIZE) {
            long bits = word < allowed.length ? allowed[word] : 0;
            if (bits == -1) {
                continue;
            }
            int end = Math.min(Long.SIZE, logits.length - from);
            for (int i = 0; i < end; i++) {
                if ((bits >>> i & 1) == 0) {
                    logits[from + i] = Float.NEGATIVE_INFINITY;
                }
            }
        }
    }

    /** What the filters of the last drawn {@link #pick} left, for tests. */
    Candidates candidates() {
        return candidates;
    }

    /** The id of the greatest logit; refuses what is no distribution. */
    private int best() {
        int best = 0;
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < logits.length; i++) {
            float logit = logits[i];
            if (!(logit <= max)) { // true for NaN
                if (Float.isNaN(logit)) {
                    refuse(max);
                }
                max = logit;
                best = i;
            }
        }
        if (Float.isInfinite(max)) {
            refuse(max);
        }
        return best;
    }

    private void refuse(float max) {
        for (int i = 0; i < logits.length; i++) {
            if (Float.isNaN(logits[i]) || logits[i] == Float.POSITIVE_INFINITY) {
                throw new IllegalStateException("the model's logit of token " + i + " is " + logits[i]
                        + ", not a finite number: the weights are damaged, or the computation overflowed");
            }
        }
        if (max == Float.NEGATIVE_INFINITY) {
            throw new IllegalStateException(
                    "every token is forbidden (all logits are negative infinity):" + " nothing is left to choose from");
        }
    }

    /**
     * Fills the candidates with at least all tokens that the first active filter keeps, few more where that can be told from
     * a histogram of distances.
     */
    private void gather(float max) {
        float scale = 1 / options.temperature();
        float limit = Float.POSITIVE_INFINITY;
        if (options.topK() > 0 && options.topK() < logits.length) {
            limit = countLimit(max, scale, options.topK());
        } else if (options.topP() < 1) {
            limit = massLimit(max, scale, options.topP());
        } else if (options.minP() > 0) {
            limit = (float) -Math.log(options.minP()) * 1.001f + 0.001f;
        }
        candidates.clear();
        for (int i = 0; i < logits.length; i++) {
            float distance = (max - logits[i]) * scale;
            if (distance <= limit) {
                candidates.add(i, distance);
            }
        }
    }

    /** A distance within which at least {@code k} tokens lie. */
    private float countLimit(float max, float scale, int k) {
        Arrays.fill(bucketCounts, 0);
        for (float logit : logits) {
            bucketCounts[bucket((max - logit) * scale)]++;
        }
        int sum = 0;
        for (int b = 0; b < BUCKETS - 1; b++) {
            sum += bucketCounts[b];
            if (sum >= k) {
                return (b + 1) / BUCKETS_PER_UNIT;
            }
        }
        return Float.POSITIVE_INFINITY;
    }

    /** A distance within which at least {@code share} of the mass lies; leaves all weights' sum in {@link #total}. */
    private float massLimit(float max, float scale, double share) {
        Arrays.fill(bucketMasses, 0);
        for (float logit : logits) {
            float distance = (max - logit) * scale;
            bucketMasses[bucket(distance)] += Decay.of(distance);
        }
        total = 0;
        for (double mass : bucketMasses) {
            total += mass;
        }
        double sum = 0;
        for (int b = 0; b < BUCKETS - 1; b++) {
            sum += bucketMasses[b];
            if (sum >= share * total * (1 + 1e-12)) {
                return (b + 1) / BUCKETS_PER_UNIT;
            }
        }
        return Float.POSITIVE_INFINITY;
    }

    private static int bucket(float distance) {
        return (int) Math.min(distance * BUCKETS_PER_UNIT, BUCKETS - 1);
    }

    private void filter() {
        boolean kept = options.topK() > 0 && options.topK() < logits.length;
        if (kept) {
            candidates.keepNearest(options.topK());
        }
        if (options.topP() < 1) {
            candidates.keepMass(options.topP() * (kept ? candidates.mass() : total));
        }
        if (options.minP() > 0) {
            candidates.keepWithin((float) -Math.log(options.minP()));
        }
        if (options.typicalP() < 1) {
            candidates.keepTypical(options.typicalP());
        }
    }

    private int draw(double uniform) {
        double target = uniform * candidates.mass();
        int last = 0;
        for (int i = 0; i < candidates.count(); i++) {
            double weight = candidates.weight(i);
            if (weight > 0) {
                last = i;
                target -= weight;
                if (target < 0) {
                    break;
                }
            }
        }
        return candidates.id(last);
    }
}
