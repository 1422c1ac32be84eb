package dev.jerboa.model.decoder;

import dev.jerboa.kernel.ops.Activation;

/** What a layer does to each position by itself. */
public sealed interface FeedForwardSpec {
    /** {@code down(activation(gate(x)) · up(x))}. */
    record Gated(int width, Activation activation) implements FeedForwardSpec {}

    /**
     * A mixture of experts: each position goes to {@code router.perToken()} of {@code experts} gated units of
     * {@code width}, and to a shared one of {@code sharedWidth} (0 for none).
     *
     * @param sharedScale whether the shared one's result is multiplied by sigmoid(w · x) (Qwen2-MoE)
     */
    record Experts(
            int experts, int width, int sharedWidth, boolean sharedScale, Activation activation, RouterSpec router)
            implements FeedForwardSpec {
        /** Without a scale of the shared unit. */
        public Experts(int experts, int width, int sharedWidth, Activation activation, RouterSpec router) {
            this(experts, width, sharedWidth, false, activation, router);
        }
    }
}
