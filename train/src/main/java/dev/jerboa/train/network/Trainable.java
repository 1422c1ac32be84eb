package dev.jerboa.train.network;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.UnitFunction;

/** What training has no derivatives for, though a decoder runs it. */
final class Trainable {
    private Trainable() {}

    /** @throws ModelException that names the part */
    static void require(DecoderSpec spec) {
        require(spec, spec.scales().equals(DecoderSpec.Scales.NONE), "scales embeddings or logits");
        for (LayerSpec layer : spec.layers()) {
            if (layer.attention() instanceof AttentionSpec.GroupedQuery attention) {
                AttentionSpec.Scores scores = attention.scores();
                boolean whole = attention.norm() == AttentionSpec.QueryNorm.WHOLE;
                boolean turned = attention.norm() == AttentionSpec.QueryNorm.TURNED_HEADS;
                require(spec, !whole, "norms all heads of queries and keys together");
                require(spec, !turned, "norms queries and keys after the rotation");
                require(spec, scores.chunk() == 0, "attends in chunks");
                require(spec, scores.softCap() == 0, "bounds attention's scores");
                require(spec, !scores.sinks(), "has attention sinks");
                require(spec, scores.growth() == null, "scales queries by position");
            }
            switch (layer.feedForward()) {
                case FeedForwardSpec.Gated gated -> require(spec, gated.function());
                case FeedForwardSpec.Experts experts -> {
                    require(spec, experts.function());
                    require(
                            spec,
                            experts.form().equals(FeedForwardSpec.Form.PLAIN),
                            "has experts with biases, scaled inputs or a share of the shared one");
                    require(
                            spec,
                            experts.router().score() != RouterSpec.Score.SOFTMAX_OF_CHOSEN,
                            "weighs experts by a softmax of those chosen");
                    require(spec, experts.router().floor() < 1e-9, "divides experts' weights by a least sum");
                }
            }
        }
    }

    private static void require(DecoderSpec spec, UnitFunction function) {
        require(spec, function.slope() == 1 && function.shift() == 0, "has gated units with a slope or a shift");
        require(spec, function.activation() == Activation.SILU, "gates by " + function.activation() + ", not SILU");
    }

    private static void require(DecoderSpec spec, boolean known, String what) {
        if (!known) {
            throw new ModelException("family " + spec.family() + " " + what + ", which training does not know");
        }
    }
}
