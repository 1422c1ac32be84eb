package dev.jerboa.model.decoder;

import dev.jerboa.kernel.ops.Activation;

/** What a layer does to each position by itself. */
public sealed interface FeedForwardSpec {
    /**
     * {@code down(function(gate(x), up(x)))}.
     *
     * @param bias whether the projections have biases
     */
    record Gated(int width, UnitFunction function, boolean bias) implements FeedForwardSpec {
        /** {@code down(activation(gate(x)) · up(x))}. */
        public Gated(int width, Activation activation) {
            this(width, UnitFunction.of(activation), false);
        }

        /** With a limit; 0 for none. */
        public Gated(int width, Activation activation, float limit) {
            this(width, UnitFunction.of(activation, limit), false);
        }

        public Activation activation() {
            return function.activation();
        }
    }

    /**
     * A mixture of experts: each position goes to {@code router.perToken()} of {@code experts} gated units of
     * {@code width}, and to a shared one of {@code sharedWidth} (0 for none).
     */
    record Experts(int experts, int width, int sharedWidth, UnitFunction function, RouterSpec router, Form form)
            implements FeedForwardSpec {
        public Experts(int experts, int width, int sharedWidth, Activation activation, RouterSpec router) {
            this(experts, width, sharedWidth, UnitFunction.of(activation), router, Form.PLAIN);
        }

        /** With a limit of all units; 0 for none. */
        public Experts(int experts, int width, int sharedWidth, Activation activation, RouterSpec router, float limit) {
            this(experts, width, sharedWidth, UnitFunction.of(activation, limit), router, Form.PLAIN);
        }

        /** With a shared unit that may be multiplied by the sigmoid of a projection of x. */
        public Experts(
                int experts,
                int width,
                int sharedWidth,
                boolean sharedShare,
                Activation activation,
                RouterSpec router) {
            this(
                    experts,
                    width,
                    sharedWidth,
                    UnitFunction.of(activation),
                    router,
                    sharedShare ? Form.sharedByShare() : Form.PLAIN);
        }

        public Activation activation() {
            return function.activation();
        }
    }

    /**
     * How experts are put together.
     *
     * @param routerBias whether the router's projection has a bias
     * @param biases whether the experts' projections have biases
     * @param sharedBiases whether the shared unit's projections have biases
     * @param scaledInputs whether a router's weight multiplies what an expert reads, not what it gives (Llama 4)
     * @param sharedShare whether the shared unit is multiplied by the sigmoid of a projection of x (Qwen2-MoE)
     * @param sharedScale what the shared unit is multiplied by besides
     */
    record Form(
            boolean routerBias,
            boolean biases,
            boolean sharedBiases,
            boolean scaledInputs,
            boolean sharedShare,
            float sharedScale) {
        /** Without biases, outputs weighed, the shared unit added as it is. */
        public static final Form PLAIN = new Form(false, false, false, false, false, 1);

        public Form {
            if (scaledInputs && biases) {
                throw new IllegalArgumentException("experts of scaled inputs with biases");
            }
        }

        /** The plain form with a gated shared unit. */
        public static Form sharedByShare() {
            return new Form(false, false, false, false, true, 1);
        }
    }
}
