package dev.jerboa.model.decoder;

import dev.jerboa.kernel.ops.Activation;

/** What a layer does to each position by itself. */
public sealed interface FeedForwardSpec {
    /**
     * {@code down(activation(gate(x)) · up(x))}.
     *
     * @param limit gate is at most this, up at most this in magnitude; 0 for no limit
     */
    record Gated(int width, Activation activation, float limit) implements FeedForwardSpec {
        public Gated {
            requireLimit(limit);
        }

        /** Without a limit. */
        public Gated(int width, Activation activation) {
            this(width, activation, 0);
        }
    }

    /**
     * A mixture of experts: each position goes to {@code router.perToken()} of {@code experts} gated units of
     * {@code width}, and to a shared one of {@code sharedWidth} (0 for none).
     *
     * @param sharedScale whether the shared one's result is multiplied by sigmoid(w · x) (Qwen2-MoE)
     * @param limit of all units, as {@link Gated#limit}
     */
    record Experts(
            int experts,
            int width,
            int sharedWidth,
            boolean sharedScale,
            Activation activation,
            RouterSpec router,
            float limit)
            implements FeedForwardSpec {
        public Experts {
            requireLimit(limit);
        }

        /** Without a limit. */
        public Experts(
                int experts,
                int width,
                int sharedWidth,
                boolean sharedScale,
                Activation activation,
                RouterSpec router) {
            this(experts, width, sharedWidth, sharedScale, activation, router, 0);
        }

        /** Without a scale of the shared unit. */
        public Experts(int experts, int width, int sharedWidth, Activation activation, RouterSpec router, float limit) {
            this(experts, width, sharedWidth, false, activation, router, limit);
        }

        /** Without both. */
        public Experts(int experts, int width, int sharedWidth, Activation activation, RouterSpec router) {
            this(experts, width, sharedWidth, false, activation, router, 0);
        }
    }

    private static void requireLimit(float limit) {
        if (!(limit >= 0)) {
            throw new IllegalArgumentException("gated units with a limit of " + limit + ", expected at least 0");
        }
    }
}
