package dev.jerboa.train.network;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.ResidualSpec.Head;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.model.decoder.ResidualSpec.Kind;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.RouterSpec.Score;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.train.autograd.HeadLoss;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.autograd.Routing;
import dev.jerboa.train.autograd.Tape;
import dev.jerboa.train.autograd.TokenLoss;
import dev.jerboa.train.data.Batch;
import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** A network of a few thousand weights with every kind of part, its own team and memory. */
final class SmallNetwork implements AutoCloseable {
    static final int VOCABULARY = 19;
    static final int HIDDEN = 12;
    static final double AHEAD = 0.3;
    private static final RotarySpec ROTARY =
            new RotarySpec(4, RotaryTable.Layout.INTERLEAVED, 100, new RotarySpec.Unscaled());

    /** Kinds of attention. */
    enum Attending {
        GROUPED,
        LATENT,
        LATENT_QUERIES;

        AttentionSpec spec() {
            return switch (this) {
                case GROUPED ->
                    AttentionSpec.GroupedQuery.of(4, 2, 5)
                            .withScale(0.45f)
                            .withWindow(3)
                            .withBiases(true, true)
                            .withNorm(AttentionSpec.QueryNorm.HEADS)
                            .withRotary(ROTARY);
                case LATENT -> new AttentionSpec.Latent(2, 0, 9, 5, 4, 6, 0.33f, false, 1e-6f, ROTARY, null);
                case LATENT_QUERIES -> new AttentionSpec.Latent(2, 7, 9, 5, 4, 6, 0.33f, true, 1e-6f, ROTARY, null);
            };
        }
    }

    /** Kinds of feed-forward units. */
    enum Feeding {
        DENSE,
        SIGMOID,
        ROOT,
        SOFTMAX;

        FeedForwardSpec spec() {
            return switch (this) {
                case DENSE -> new FeedForwardSpec.Gated(17, Activation.SILU);
                case SIGMOID -> experts(Score.SIGMOID, true, 2, true);
                case ROOT -> experts(Score.SQRT_SOFTPLUS, true, 2, true);
                case SOFTMAX -> experts(Score.SOFTMAX, false, 4, false);
            };
        }

        private static FeedForwardSpec experts(Score score, boolean bias, int perToken, boolean normalise) {
            return new FeedForwardSpec.Experts(
                    4,
                    7,
                    5,
                    Activation.SILU,
                    RouterSpec.of(score, perToken)
                            .withBias(bias)
                            .withNormalised(normalise)
                            .withScale(1.5f));
        }
    }

    /** Kinds of residuals. */
    static Stream<ResidualSpec> residuals() {
        return Stream.of(
                ResidualSpec.PLAIN,
                new Hyper(Kind.MANIFOLD, 4, 20, 1e-6f, false, Head.LEARNED),
                new Hyper(Kind.MANIFOLD, 3, 5, 1e-6f, true, Head.MEAN),
                new Hyper(Kind.MANIFOLD, 1, 2, 1e-6f, false, Head.SUM),
                new Hyper(Kind.LITE, 4, 1, 1e-6f, false, Head.SUM),
                new Hyper(Kind.LITE, 2, 1, 1e-6f, true, Head.LEARNED),
                new Hyper(Kind.CONNECTIONS, 4, 1, 1e-6f, false, Head.SUM),
                new Hyper(Kind.CONNECTIONS, 2, 1, 1e-6f, true, Head.LEARNED));
    }

    final Network network;
    private final Arena arena;
    private final Team team;

    SmallNetwork(ResidualSpec residual, Attending attending, Feeding feeding, int layers, int maxTokens, int workers) {
        this(residual, attending, feeding, layers, maxTokens, workers, 0.02);
    }

    SmallNetwork(
            ResidualSpec residual,
            Attending attending,
            Feeding feeding,
            int layers,
            int maxTokens,
            int workers,
            double balance) {
        this(residual, attending, feeding, layers, maxTokens, workers, balance, true, Recompute.NOTHING);
    }

    SmallNetwork(
            ResidualSpec residual,
            Attending attending,
            Feeding feeding,
            int layers,
            int maxTokens,
            int workers,
            double balance,
            boolean ahead,
            Recompute recompute) {
        this.arena = Arena.ofShared();
        this.team = Team.ofSize(workers);
        LayerSpec layer = new LayerSpec(attending.spec(), feeding.spec());
        DecoderSpec spec = new DecoderSpec(
                "test", VOCABULARY, HIDDEN, 64, 1e-6f, true, residual, java.util.Collections.nCopies(layers, layer));
        Tape tape = new Tape(OpsProvider.ops().gemm(), arena, maxTokens, team);
        this.network = new Network(spec, names(), ahead, balance, recompute, new Parameters(arena), tape, arena);
    }

    private static TensorNames names() {
        Map<Slot, String> names = new EnumMap<>(Slot.class);
        for (Slot slot : Slot.values()) {
            String word = slot.name().toLowerCase(Locale.ROOT);
            String name = switch (slot) {
                case EMBEDDING -> "embed_tokens.weight";
                case OUTPUT_NORM -> "norm.weight";
                case STREAM_HEAD_FUNCTION -> "hc_head_fn";
                case STREAM_HEAD_BASE -> "hc_head_base";
                case STREAM_HEAD_SCALE -> "hc_head_scale";
                case ROUTER_BIAS -> "layers.{l}.e_score_correction_bias";
                case EXPERT_GATE, EXPERT_UP, EXPERT_DOWN -> "layers.{l}.experts.{e}." + word + ".weight";
                default ->
                    word.startsWith("stream_")
                            ? "layers.{l}.hc_"
                                    + word.substring("stream_".length())
                                            .replace("attention", "attn")
                                            .replace("feed_forward", "ffn")
                                            .replace("function", "fn")
                            : "layers.{l}." + word + ".weight";
            };
            names.put(slot, "model." + name);
        }
        return new TensorNames(names);
    }

    /** Values that are neither small nor regular, so that every path matters; selection biases that nothing can turn. */
    void stir(long seed) {
        Random random = new Random(seed);
        for (Parameter parameter : network.parameters().all()) {
            String name = parameter.name();
            boolean bias = name.endsWith("correction_bias");
            for (int r = 0; r < parameter.rows(); r++) {
                for (int c = 0; c < parameter.cols(); c++) {
                    double drawn = 2 * random.nextDouble() - 1;
                    double value = switch (name.substring(Math.max(0, name.length() - 6))) {
                        case "weight" -> name.endsWith("norm.weight") ? 1 + 0.3 * drawn : 0.6 * drawn;
                        case "_scale" -> 1 + 0.3 * drawn;
                        default -> name.endsWith("_base") ? base(c) + drawn * 0.5 : 0.6 * drawn;
                    };
                    parameter.value().set(r, c, bias ? 20 * ((c + r) % 2) + c : (float) value);
                }
            }
        }
    }

    /** About what a site's base is. Unbounded coefficients must stay away from 0, where norms of what they read turn quickly. */
    private double base(int c) {
        if (!(network.spec().residual() instanceof Hyper hyper) || hyper.kind() != Kind.CONNECTIONS) {
            return 0;
        }
        int n = hyper.streams();
        return c < 2 * n ? 0.8 : (c - 2 * n) % (n + 1) == 0 ? 1 : 0;
    }

    /** Sequences of random tokens; targets weigh alike, 1 in all. */
    static Batch batch(long seed, int... lengths) {
        int tokens = java.util.stream.IntStream.of(lengths).sum();
        Batch batch = new Batch(tokens);
        Random random = new Random(seed);
        for (int s = 0; s < lengths.length; s++) {
            int[] ids = random.ints(lengths[s], 0, VOCABULARY).toArray();
            ids[0] = s;
            float[] weights = new float[lengths[s]];
            java.util.Arrays.fill(weights, 1f / (tokens - lengths.length));
            batch.addSequence(ids, weights);
        }
        return batch;
    }

    /** Says that a batch's loss counts all: targets, targets after these, balance. */
    private void weigh() {
        network.loss().loss(TokenLoss.CROSS_ENTROPY, 1);
        network.aheadLoss().ifPresent(ahead -> ahead.loss(TokenLoss.CROSS_ENTROPY, AHEAD));
    }

    double loss(Batch batch) {
        weigh();
        network.tape().forward(batch);
        return lastLoss();
    }

    /** The loss; gradients are of this pass only. */
    double lossWithGradients(Batch batch) {
        weigh();
        network.parameters().clearGradients();
        network.tape().forwardAndBackward(batch);
        return lastLoss();
    }

    private double lastLoss() {
        double sum =
                network.loss().loss() + network.aheadLoss().map(HeadLoss::loss).orElse(0.0);
        for (Routing routing : network.routings()) {
            sum += routing.balanceLoss();
        }
        return sum;
    }

    /** Values of all parameters. */
    Map<String, float[]> values() {
        Map<String, float[]> out = new LinkedHashMap<>();
        network.parameters().all().forEach(p -> out.put(p.name(), floats(p.value())));
        return out;
    }

    /** Gradients of all parameters. */
    Map<String, float[]> gradients() {
        Map<String, float[]> out = new LinkedHashMap<>();
        network.parameters().all().forEach(p -> out.put(p.name(), floats(p.gradient())));
        return out;
    }

    /** Takes the values of the parameters that both networks have. */
    void take(SmallNetwork other) {
        for (Parameter parameter : network.parameters().all()) {
            if (other.network.parameters().has(parameter.name())) {
                FloatRows from =
                        other.network.parameters().get(parameter.name()).value();
                parameter.value().data().copyFrom(from.data());
            }
        }
    }

    /** Sets one parameter. */
    void set(String name, double... values) {
        FloatRows rows = network.parameters().get(name).value();
        for (int i = 0; i < values.length; i++) {
            rows.data().setAtIndex(FloatRows.FLOAT, i, (float) values[i]);
        }
    }

    static float[] floats(FloatRows rows) {
        float[] out = new float[rows.rows() * rows.cols()];
        for (int i = 0; i < out.length; i++) {
            out[i] = rows.data().getAtIndex(FloatRows.FLOAT, i);
        }
        return out;
    }

    /** Every combination of attention and feed-forward unit that differs in something, for one kind of residual. */
    static List<Object[]> parts() {
        return List.of(
                new Object[] {Attending.GROUPED, Feeding.DENSE},
                new Object[] {Attending.LATENT, Feeding.SIGMOID},
                new Object[] {Attending.LATENT_QUERIES, Feeding.ROOT},
                new Object[] {Attending.GROUPED, Feeding.SOFTMAX});
    }

    @Override
    public void close() {
        team.close();
        arena.close();
    }
}
