package dev.jerboa.engine.schedule;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.PredictionSpec;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.MemoryTensors;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/** Latent or compressed attention and experts, mostly on hyper-connections, of random weights in memory: what is trained here, small. */
public record RandomModel(DecoderSpec spec, TensorNames names, MemoryTensors tensors) {
    private static final ResidualSpec STREAMS =
            new ResidualSpec.Hyper(ResidualSpec.Kind.MANIFOLD, 4, 20, 1e-6f, false, ResidualSpec.Head.LEARNED);

    /** Sizes that tests can step through in no time: about 50,000 weights. */
    public static RandomModel tiny() {
        return of(
                96,
                64,
                2,
                new AttentionSpec.Latent(4, 0, 32, 16, 8, 16, 0.2f, false, 1e-6f, rotary(8), null),
                128,
                4,
                2,
                32,
                STREAMS);
    }

    /**
     * As small, on a plain residual: mostly each token has one that follows it, whatever comes before; and a layer that predicts a
     * token further, which knows that.
     */
    static RandomModel predictable() {
        return of(
                96,
                64,
                2,
                new AttentionSpec.Latent(4, 0, 32, 16, 8, 16, 0.2f, false, 1e-6f, rotary(8), null),
                128,
                4,
                2,
                32,
                ResidualSpec.PLAIN);
    }

    /** About ten million weights, three and a half of them for a token. */
    static RandomModel tenMillion() {
        return of(
                512,
                256,
                6,
                new AttentionSpec.Latent(8, 0, 64, 32, 16, 32, 0.14f, false, 1e-6f, rotary(16), null),
                512,
                32,
                4,
                64,
                STREAMS);
    }

    /** Running states: a decay a head, then a decay a channel; then attention with an output gate, rotated in part. */
    static RandomModel recurrent() {
        AttentionSpec.DeltaRule heads =
                new AttentionSpec.DeltaRule(2, 4, 8, 6, false, 4, false, 0, 0, AttentionSpec.StateGate.SILU, 1e-6f);
        AttentionSpec.DeltaRule channels =
                new AttentionSpec.DeltaRule(3, 3, 8, 8, false, 3, true, 5, -5, AttentionSpec.StateGate.SIGMOID, 1e-6f);
        RotarySpec rotary = new RotarySpec(8, RotaryTable.Layout.HALF_SPLIT, 1e4, new RotarySpec.Unscaled());
        AttentionSpec full = AttentionSpec.GroupedQuery.of(4, 2, 16)
                .withScale(0.25f)
                .withNorm(AttentionSpec.QueryNorm.HEADS)
                .withRotary(rotary)
                .withOutputGate(true);
        FeedForwardSpec unit = new FeedForwardSpec.Gated(64, Activation.SILU);
        List<LayerSpec> layers =
                List.of(new LayerSpec(heads, unit), new LayerSpec(channels, unit), new LayerSpec(full, unit));
        DecoderSpec spec = new DecoderSpec("random", 96, 48, 4096, 1e-6f, false, ResidualSpec.PLAIN, layers);
        Map<Slot, String> patterns = new EnumMap<>(slotNames().patterns());
        patterns.keySet()
                .removeAll(List.of(Slot.STATE_INPUTS_BY_HEAD, Slot.STATE_RATES_BY_HEAD, Slot.STATE_NEGATIVE_RATE));
        TensorNames names = new TensorNames(patterns);
        return new RandomModel(spec, names, new Weights(names).ofStates(spec));
    }

    /** Windows and compressed pasts of every kind, experts by token in the first layer. */
    static RandomModel compressed() {
        AttentionSpec.Selection selection = new AttentionSpec.Selection(2, 12, 3);
        List<LayerSpec> layers = new ArrayList<>();
        for (AttentionSpec.Compression compression : new AttentionSpec.Compression[] {
            new AttentionSpec.Compression(4, true, selection), new AttentionSpec.Compression(80, false, null)
        }) {
            boolean first = layers.isEmpty();
            RouterSpec router = RouterSpec.of(RouterSpec.Score.SQRT_SOFTPLUS, 2)
                    .withBias(!first)
                    .withNormalised(true)
                    .withScale(1.5f)
                    .withByToken(first);
            layers.add(new LayerSpec(
                    new AttentionSpec.Compressed(4, 16, 24, 8, 2, 12, 0.5f, 1e-6f, compression, rotary(8)),
                    new FeedForwardSpec.Experts(4, 32, 32, Activation.SILU, router, 1.5f)));
        }
        return of(96, 64, layers, STREAMS);
    }

    private static RotarySpec rotary(int dims) {
        return new RotarySpec(dims, RotaryTable.Layout.INTERLEAVED, 1e4, new RotarySpec.Unscaled());
    }

    private static RandomModel of(
            int vocabulary,
            int hidden,
            int layerCount,
            AttentionSpec.Latent attention,
            int dense,
            int experts,
            int perToken,
            int width,
            ResidualSpec residual) {
        RouterSpec router = RouterSpec.of(RouterSpec.Score.SIGMOID, perToken)
                .withBias(true)
                .withNormalised(true)
                .withScale(1.5f);
        List<LayerSpec> layers = new ArrayList<>();
        for (int l = 0; l < layerCount; l++) {
            layers.add(new LayerSpec(
                    attention,
                    l == 0
                            ? new FeedForwardSpec.Gated(dense, Activation.SILU)
                            : new FeedForwardSpec.Experts(experts, width, width, Activation.SILU, router)));
        }
        return of(vocabulary, hidden, layers, residual);
    }

    private static RandomModel of(int vocabulary, int hidden, List<LayerSpec> layers, ResidualSpec residual) {
        DecoderSpec spec = new DecoderSpec("random", vocabulary, hidden, 4096, 1e-6f, false, residual, layers);
        if (residual instanceof ResidualSpec.Plain) {
            spec = spec.withPredictions(List.of(new PredictionSpec(layers.getLast(), false, false)));
        }
        TensorNames names = slotNames();
        return new RandomModel(spec, names, new Weights(names).of(spec));
    }

    private static TensorNames slotNames() {
        Map<Slot, String> patterns = new EnumMap<>(Slot.class);
        for (Slot slot : Slot.values()) {
            boolean expert = slot == Slot.EXPERT_GATE || slot == Slot.EXPERT_UP || slot == Slot.EXPERT_DOWN;
            patterns.put(slot, slot + ".{l}" + (expert ? ".{e}" : ""));
        }
        patterns.remove(Slot.LATENT_KEY_UP);
        patterns.remove(Slot.LATENT_VALUE_UP);
        return new TensorNames(patterns);
    }

    private static final class Weights {
        private final Random random = new Random(5);
        private final Arena arena = Arena.ofAuto();
        private final MemoryTensors.Builder tensors = MemoryTensors.named("random weights");
        private final TensorNames names;

        Weights(TensorNames names) {
            this.names = names;
        }

        MemoryTensors of(DecoderSpec spec) {
            int hidden = spec.hiddenSize();
            ones(names.name(Slot.OUTPUT_NORM, 0), hidden);
            if (spec.residual() instanceof ResidualSpec.Hyper streams) {
                normal(names.name(Slot.EMBEDDING, 0), 3, spec.vocabularySize(), hidden);
                normal(names.name(Slot.HEAD, 0), 2.5, spec.vocabularySize(), hidden);
                streams(streams, spec.layers().size(), hidden);
            } else {
                followers(spec.vocabularySize(), hidden);
                predictions(spec.layers().size(), hidden);
            }
            int layers = spec.layers().size() + spec.predictions().size();
            for (int l = 0; l < layers; l++) {
                ones(names.name(Slot.ATTENTION_NORM, l), hidden);
                ones(names.name(Slot.FEED_FORWARD_NORM, l), hidden);
                LayerSpec layer = l < spec.layers().size()
                        ? spec.layers().get(l)
                        : spec.predictions().get(l - spec.layers().size()).layer();
                switch (layer.attention()) {
                    case AttentionSpec.Latent latent -> latent(latent, l, hidden);
                    case AttentionSpec.Compressed compressed -> compressed(compressed, l, hidden);
                    default -> throw new IllegalArgumentException("no weights are drawn for this attention");
                }
                switch (layer.feedForward()) {
                    case FeedForwardSpec.Gated gated ->
                        gated(Slot.GATE, Slot.UP, Slot.DOWN, l, 0, gated.width(), hidden);
                    case FeedForwardSpec.Experts experts -> experts(experts, l, spec);
                }
            }
            return tensors.build();
        }

        MemoryTensors ofStates(DecoderSpec spec) {
            int hidden = spec.hiddenSize();
            normal(names.name(Slot.EMBEDDING, 0), 3, spec.vocabularySize(), hidden);
            normal(names.name(Slot.HEAD, 0), 2.5, spec.vocabularySize(), hidden);
            ones(names.name(Slot.OUTPUT_NORM, 0), hidden);
            for (int l = 0; l < spec.layers().size(); l++) {
                LayerSpec layer = spec.layers().get(l);
                ones(names.name(Slot.ATTENTION_NORM, l), hidden);
                ones(names.name(Slot.FEED_FORWARD_NORM, l), hidden);
                gated(
                        Slot.GATE,
                        Slot.UP,
                        Slot.DOWN,
                        l,
                        0,
                        ((FeedForwardSpec.Gated) layer.feedForward()).width(),
                        hidden);
                if (layer.attention() instanceof AttentionSpec.GroupedQuery a) {
                    int keys = a.kvHeads() * a.headDim();
                    normal(names.name(Slot.QUERY, l), 1, a.queryOutputs(), hidden);
                    normal(names.name(Slot.KEY, l), 1, keys, hidden);
                    normal(names.name(Slot.VALUE, l), 1, keys, hidden);
                    ones(names.name(Slot.QUERY_NORM, l), a.headDim());
                    ones(names.name(Slot.KEY_NORM, l), a.headDim());
                    normal(names.name(Slot.ATTENTION_OUTPUT, l), 1, hidden, a.heads() * a.headDim());
                } else if (layer.attention() instanceof AttentionSpec.DeltaRule a) {
                    int values = a.valueHeads() * a.valueDim();
                    normal(names.name(Slot.STATE_INPUTS, l), 1, a.channels(), hidden);
                    normal(names.name(Slot.STATE_STRENGTH, l), 1, a.valueHeads(), hidden);
                    through(a.rank(), Slot.STATE_GATE, Slot.STATE_GATE_DOWN, Slot.STATE_GATE_UP, l, values, hidden);
                    through(
                            a.rank(),
                            Slot.STATE_DECAY,
                            Slot.STATE_DECAY_DOWN,
                            Slot.STATE_DECAY_UP,
                            l,
                            a.decays(),
                            hidden);
                    normal(names.name(Slot.STATE_DECAY_BIAS, l), 1, a.decays());
                    normal(names.name(Slot.STATE_LOG_RATE, l), 0.5, a.valueHeads());
                    normal(names.name(Slot.STATE_KERNELS, l), 1, a.channels(), a.window());
                    ones(names.name(Slot.STATE_NORM, l), a.valueDim());
                    normal(names.name(Slot.STATE_OUTPUT, l), 1, hidden, values);
                }
            }
            return tensors.build();
        }

        /** A projection, or two where the rank is limited. */
        private void through(int rank, Slot whole, Slot down, Slot up, int layer, int outputs, int hidden) {
            if (rank == 0) {
                normal(names.name(whole, layer), 1, outputs, hidden);
            } else {
                normal(names.name(down, layer), 1, rank, hidden);
                normal(names.name(up, layer), 1, outputs, rank);
            }
        }

        private void latent(AttentionSpec.Latent attention, int l, int hidden) {
            int heads = attention.heads();
            int latent = attention.latentDim();
            int keyDim = attention.plainDim() + attention.rotaryDim();
            ones(names.name(Slot.LATENT_NORM, l), latent);
            normal(names.name(Slot.QUERY, l), 1, heads * keyDim, hidden);
            normal(names.name(Slot.LATENT_DOWN, l), 1, latent + attention.rotaryDim(), hidden);
            normal(names.name(Slot.LATENT_UP, l), 1, heads * (attention.plainDim() + attention.valueDim()), latent);
            normal(names.name(Slot.ATTENTION_OUTPUT, l), 1, hidden, heads * attention.valueDim());
        }

        private void compressed(AttentionSpec.Compressed a, int l, int hidden) {
            normal(names.name(Slot.QUERY_DOWN, l), 1, a.queryRank(), hidden);
            ones(names.name(Slot.QUERY_DOWN_NORM, l), a.queryRank());
            normal(names.name(Slot.QUERY_UP, l), 1, a.heads() * a.headDim(), a.queryRank());
            normal(names.name(Slot.KEY_VALUE, l), 1, a.headDim(), hidden);
            ones(names.name(Slot.KEY_VALUE_NORM, l), a.headDim());
            normal(names.name(Slot.ATTENTION_SINKS, l), 1, a.heads());
            normal(names.name(Slot.GROUPED_OUTPUT, l), 1, a.groups() * a.groupRank(), a.groupDim());
            normal(names.name(Slot.ATTENTION_OUTPUT, l), 1, hidden, a.groups() * a.groupRank());
            AttentionSpec.Compression compression = Objects.requireNonNull(a.compression());
            entries("COMPRESSOR_", l, compression, a.headDim(), hidden);
            AttentionSpec.Selection selection = compression.selection();
            if (selection != null) {
                entries("SELECTION_", l, compression, selection.headDim(), hidden);
                normal(names.name(Slot.SELECTION_QUERY, l), 1, selection.heads() * selection.headDim(), a.queryRank());
                normal(names.name(Slot.SELECTION_WEIGHTS, l), 1, selection.heads(), hidden);
            }
        }

        private void entries(String of, int l, AttentionSpec.Compression compression, int dim, int hidden) {
            int width = compression.halves() * dim;
            normal(names.name(Slot.valueOf(of + "VALUE"), l), 1, width, hidden);
            normal(names.name(Slot.valueOf(of + "GATE"), l), 1, width, hidden);
            normal(names.name(Slot.valueOf(of + "BIAS"), l), 1, compression.every(), width);
            ones(names.name(Slot.valueOf(of + "NORM"), l), dim);
        }

        private void experts(FeedForwardSpec.Experts experts, int l, DecoderSpec spec) {
            int hidden = spec.hiddenSize();
            normal(names.name(Slot.ROUTER, l), 1, experts.experts(), hidden);
            if (experts.router().byToken()) {
                int perToken = experts.router().perToken();
                FloatRows table = FloatRows.allocate(arena, spec.vocabularySize(), perToken);
                for (int id = 0; id < spec.vocabularySize(); id++) {
                    for (int j = 0; j < perToken; j++) {
                        table.set(id, j, (id + j) % experts.experts());
                    }
                }
                tensors.add(names.name(Slot.ROUTER_TABLE, l), table, spec.vocabularySize(), perToken);
            } else {
                normal(names.name(Slot.ROUTER_BIAS, l), 0.1, experts.experts());
            }
            gated(Slot.SHARED_GATE, Slot.SHARED_UP, Slot.SHARED_DOWN, l, 0, experts.sharedWidth(), hidden);
            for (int e = 0; e < experts.experts(); e++) {
                gated(Slot.EXPERT_GATE, Slot.EXPERT_UP, Slot.EXPERT_DOWN, l, e, experts.width(), hidden);
            }
        }

        private void streams(ResidualSpec.Hyper streams, int layers, int hidden) {
            int n = streams.streams();
            normal(names.name(Slot.STREAM_HEAD_FUNCTION, 0), 1, n, n * hidden);
            normal(names.name(Slot.STREAM_HEAD_BASE, 0), 1, n);
            ones(names.name(Slot.STREAM_HEAD_SCALE, 0), 1);
            for (int l = 0; l < layers; l++) {
                for (String site : new String[] {"STREAM_ATTENTION_", "STREAM_FEED_FORWARD_"}) {
                    normal(names.name(Slot.valueOf(site + "FUNCTION"), l), 1, streams.functionRows(), n * hidden);
                    normal(names.name(Slot.valueOf(site + "BASE"), l), 1, streams.baseSize());
                    ones(names.name(Slot.valueOf(site + "SCALE"), l), 3);
                }
            }
        }

        /** A head whose row of the token after t is the embedding of t. */
        private void followers(int vocabulary, int hidden) {
            FloatRows embedding = random(2, vocabulary, hidden);
            FloatRows head = FloatRows.allocate(arena, vocabulary, hidden);
            for (int t = 0; t < vocabulary; t++) {
                int next = (5 * t + 7) % vocabulary;
                for (int c = 0; c < hidden; c++) {
                    head.set(next, c, (float) (0.6 / Math.sqrt(hidden)) * embedding.get(t, c));
                }
            }
            tensors.add(names.name(Slot.EMBEDDING, 0), embedding, vocabulary, hidden);
            tensors.add(names.name(Slot.HEAD, 0), head, vocabulary, hidden);
        }

        /** The layer's input is the embedding, and some of the state. */
        private void predictions(int layer, int hidden) {
            ones(names.name(Slot.PREDICTION_EMBEDDING_NORM, layer), hidden);
            ones(names.name(Slot.PREDICTION_STATE_NORM, layer), hidden);
            ones(names.name(Slot.PREDICTION_OUTPUT_NORM, layer), hidden);
            FloatRows input = random(0.3 / Math.sqrt(hidden), hidden, 2 * hidden);
            for (int c = 0; c < hidden; c++) {
                input.set(c, c, input.get(c, c) + 2);
            }
            tensors.add(names.name(Slot.PREDICTION_INPUT, layer), input, hidden, 2 * hidden);
        }

        private void gated(Slot gate, Slot up, Slot down, int layer, int expert, int width, int hidden) {
            normal(names.name(gate, layer, expert), 1, width, hidden);
            normal(names.name(up, layer, expert), 1, width, hidden);
            normal(names.name(down, layer, expert), 1, hidden, width);
        }

        private void ones(String name, int size) {
            FloatRows table = FloatRows.allocate(arena, 1, size);
            for (int i = 0; i < size; i++) {
                table.set(0, i, 1);
            }
            tensors.add(name, table, size);
        }

        private void normal(String name, double deviation, int size) {
            tensors.add(name, random(deviation, 1, size), size);
        }

        /** Rows that make values of {@code deviation} from values of deviation 1. */
        private void normal(String name, double deviation, int rows, int cols) {
            tensors.add(name, random(deviation / Math.sqrt(cols), rows, cols), rows, cols);
        }

        private FloatRows random(double deviation, int rows, int cols) {
            FloatRows table = FloatRows.allocate(arena, rows, cols);
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < cols; c++) {
                    table.set(r, c, (float) (deviation * random.nextGaussian()));
                }
            }
            return table;
        }
    }
}
