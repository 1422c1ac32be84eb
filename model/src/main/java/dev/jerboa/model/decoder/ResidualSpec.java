package dev.jerboa.model.decoder;

import java.util.List;

/**
 * How a layer's two sub-layers (attention, feed-forward unit) read the hidden state and add to it.
 *
 * <p>A sub-layer with its norm is written {@code y = F(u) = SubLayer(RMSNorm(u))} here, and what surrounds it is a
 * <em>site</em>: layer l has sites 2l (attention) and 2l + 1 (feed-forward unit).
 */
public sealed interface ResidualSpec {
    /** One hidden state of a token, read and added to: {@code x ← x + F(x)}. */
    Plain PLAIN = new Plain();

    /** {@code x ← x + F(x)}. */
    record Plain() implements ResidualSpec {}

    /** Results are normed too before they are added (GLM-4, Grok): {@code x ← x + RMSNorm(F(x))}. */
    Sandwich SANDWICH = new Sandwich();

    /** {@code x ← x + RMSNorm(F(x))}. */
    record Sandwich() implements ResidualSpec {}

    /**
     * What a sub-layer reads is kept in place of the hidden state: with {@code h = RMSNorm(x)}, {@code x ← α · h + β · SubLayer(h)}
     * (MiniMax-01, arXiv 2501.08313).
     *
     * @param sites α and β of each
     */
    record Normed(List<Weights> sites) implements ResidualSpec {
        public Normed {
            sites = List.copyOf(sites);
        }

        /**
         * What is multiplied before it is added.
         *
         * @param state α
         * @param result β
         */
        public record Weights(float state, float result) {}
    }

    /**
     * Hyper-connections: a token has n = {@code streams} hidden states X<sub>0</sub> … X<sub>n−1</sub> of C =
     * {@code hiddenSize} floats, which begin as copies of its embedding. At each site the token's own coefficients say how
     * streams are read, mixed and written:
     *
     * <pre>
     * u    = Σ_j pre[j] · X_j                                  read
     * X'_k = post[k] · F(u) + Σ_j comb[j][k] · X_j             write; comb[source j][destination k], so H_res = combᵀ
     * </pre>
     *
     * <p>With {@code singlePass} the coefficients still come from the site's own X, but u is read with the <em>previous</em>
     * site's: {@code u = Σ_j pre_of_site_(s−1)[j] · X_j}, and {@code u = Σ_j X_j / n} at site 0. The pre of the last site is
     * then not used by anything.
     *
     * <p><b>Coefficients.</b> A site has three float32 tensors {@code fn} (row-major), {@code base} and {@code scale} = [α_pre,
     * α_post, α_res]; in a checkpoint they are {@code hc_attn_{fn,base,scale}} and {@code hc_ffn_{fn,base,scale}} of the layer. ε =
     * {@code eps} below; {@code normEps} is the decoder's; {@code rms(v) = sqrt(mean(v²) + normEps)}; σ is the logistic function. f
     * is the concatenation X<sub>0</sub> … X<sub>n−1</sub>, n·C floats, and {@code m = fn · f / rms(f)}.
     *
     * <p>{@link Kind#MANIFOLD} (mHC, arXiv 2512.24880, in the form of DeepSeek-V4's published weights): fn [n² + 2n, n·C], base [n² +
     * 2n], rows in the order pre (n), post (n), comb (n², row-major [source j][destination k]).
     *
     * <pre>
     * pre[j]  = σ(α_pre · m[j] + base[j]) + ε
     * post[k] = 2 · σ(α_post · m[n + k] + base[n + k])
     * comb    = softmax over k of (α_res · m[2n + n·j + k] + base[2n + n·j + k]) + ε       each source's row sums to 1 + n·ε
     * comb[j][k] ← comb[j][k] / (Σ_i comb[i][k] + ε)                                       columns
     * sinkhornIterations − 1 times:
     *     comb[j][k] ← comb[j][k] / (Σ_i comb[j][i] + ε)                                   rows
     *     comb[j][k] ← comb[j][k] / (Σ_i comb[i][k] + ε)                                   columns
     * </pre>
     *
     * <p>{@link Kind#LITE} (mHC-lite, arXiv 2601.05732), n ≤ {@value #MOST_PERMUTED}: fn [2n + n!, n·C], base [2n + n!], rows in the
     * order pre (n), post (n), permutations (n!, in lexicographic order of (p[0], …, p[n−1])). pre and post as MANIFOLD. Permutation p
     * moves source j to destination p[j]:
     *
     * <pre>
     * w          = softmax over all q of (α_res · m[2n + q] + base[2n + q])
     * comb[j][k] = Σ_{q : p_q[j] = k} w[q]                                                 sums of rows and columns are 1
     * </pre>
     *
     * <p>{@link Kind#CONNECTIONS} (dynamic HC, arXiv 2409.19606): fn [n + 2, C], base [n² + 2n]. Rows of fn are θ_pre, θ_post,
     * θ_res[0] … θ_res[n−1]; values of base are pre (n), post (n), res (n², row-major [source j][destination k]). Each stream is
     * normed by itself, x̂_j = X_j / rms(X_j):
     *
     * <pre>
     * pre[j]     = α_pre  · tanh(θ_pre · x̂_j)    + base[j]
     * post[k]    = α_post · tanh(θ_post · x̂_k)   + base[n + k]
     * comb[j][k] = α_res  · tanh(θ_res[k] · x̂_j) + base[2n + n·j + k]
     * </pre>
     *
     * <p><b>End.</b> After the last site the streams become one hidden state, which goes to the output norm: see {@link Head}.
     *
     * @param streams n, 1 to {@value #MOST_STREAMS}
     * @param sinkhornIterations normalisations of columns, 1 to {@value #MOST_ITERATIONS}; MANIFOLD only
     * @param eps ε; MANIFOLD and LITE, and {@link Head#LEARNED}
     * @param singlePass whether a site reads with the coefficients of the one before (V4.1's single-pass mHC)
     */
    record Hyper(Kind kind, int streams, int sinkhornIterations, float eps, boolean singlePass, Head head)
            implements ResidualSpec {
        /** The most streams. */
        public static final int MOST_STREAMS = 16;

        /** The most streams whose permutations are mixed: 24 of them. */
        public static final int MOST_PERMUTED = 4;

        /** The most normalisations. */
        public static final int MOST_ITERATIONS = 1000;

        public Hyper {
            int most = kind == Kind.LITE ? MOST_PERMUTED : MOST_STREAMS;
            if (streams < 1 || streams > most) {
                throw new IllegalArgumentException(
                        "hyper-connections (" + kind + ") of " + streams + " streams, expected 1 to " + most);
            }
            if (sinkhornIterations < 1 || sinkhornIterations > MOST_ITERATIONS) {
                throw new IllegalArgumentException("hyper-connections with " + sinkhornIterations
                        + " Sinkhorn iterations, expected 1 to " + MOST_ITERATIONS);
            }
            if (!(eps >= 0 && eps < 1)) {
                throw new IllegalArgumentException("hyper-connections with an epsilon of " + eps + ", expected 0 to 1");
            }
        }

        /** Rows of a site's fn. */
        public int functionRows() {
            return switch (kind) {
                case CONNECTIONS -> streams + 2;
                case MANIFOLD -> baseSize();
                case LITE -> baseSize();
            };
        }

        /** Columns of a site's fn. */
        public int functionCols(int hiddenSize) {
            return kind == Kind.CONNECTIONS ? hiddenSize : Math.multiplyExact(streams, hiddenSize);
        }

        /** Values of a site's base. */
        public int baseSize() {
            return 2 * streams + (kind == Kind.LITE ? permutations() : streams * streams);
        }

        /** n!. */
        private int permutations() {
            int product = 1;
            for (int i = 2; i <= streams; i++) {
                product *= i;
            }
            return product;
        }
    }

    /** Where the coefficients of {@link Hyper} come from. */
    enum Kind {
        /** Unbounded: {@code hc}. */
        CONNECTIONS,
        /** Mixing by matrices made doubly stochastic by Sinkhorn's iteration: {@code mhc}. */
        MANIFOLD,
        /** Mixing by convex combinations of permutations: {@code mhc-lite}. */
        LITE
    }

    /** How streams become one hidden state at the end. */
    enum Head {
        /**
         * {@code x = Σ_j (σ(α · (fn · f / rms(f))[j] + base[j]) + ε) · X_j}, with tensors {@code hc_head_fn} [n, n·C], {@code hc_head_base}
         * [n] and {@code hc_head_scale} = [α].
         */
        LEARNED,
        /** {@code x = Σ_j X_j}. */
        SUM,
        /** {@code x = Σ_j X_j / n}. */
        MEAN
    }
}
