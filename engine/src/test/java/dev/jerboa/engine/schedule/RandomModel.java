package dev.jerboa.engine.schedule;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
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
import java.util.Random;

/** Latent attention and experts on hyper-connections, of random weights in memory: what is trained here, small. */
public record RandomModel(DecoderSpec spec, TensorNames names, MemoryTensors tensors) {
    /** Sizes that tests can step through in no time: about 50,000 weights. */
    public static RandomModel tiny() {
        return of(
                96, 64, 2, new AttentionSpec.Latent(4, 0, 32, 16, 8, 16, 0.2f, false, 1e-6f, rotary(8)), 128, 4, 2, 32);
    }

    /** About ten million weights, three and a half of them for a token. */
    static RandomModel tenMillion() {
        return of(
                512,
                256,
                6,
                new AttentionSpec.Latent(8, 0, 64, 32, 16, 32, 0.14f, false, 1e-6f, rotary(16)),
                512,
                32,
                4,
                64);
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
            int width) {
        RouterSpec router = new RouterSpec(
                RouterSpec.Score.SIGMOID, true, 1, 1, RouterSpec.GroupScore.SUM_OF_BEST_TWO, perToken, true, 1.5f);
        List<LayerSpec> layers = new ArrayList<>();
        for (int l = 0; l < layerCount; l++) {
            layers.add(new LayerSpec(
                    attention,
                    l == 0
                            ? new FeedForwardSpec.Gated(dense, Activation.SILU)
                            : new FeedForwardSpec.Experts(experts, width, width, Activation.SILU, router)));
        }
        ResidualSpec.Hyper streams =
                new ResidualSpec.Hyper(ResidualSpec.Kind.MANIFOLD, 4, 20, 1e-6f, false, ResidualSpec.Head.LEARNED);
        DecoderSpec spec = new DecoderSpec("random", vocabulary, hidden, 4096, 1e-6f, false, streams, layers);
        TensorNames names = slotNames();
        return new RandomModel(spec, names, new Weights(names).of(spec, attention, streams, dense, experts, width));
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

        MemoryTensors of(
                DecoderSpec spec,
                AttentionSpec.Latent attention,
                ResidualSpec.Hyper streams,
                int dense,
                int experts,
                int width) {
            int hidden = spec.hiddenSize();
            int n = streams.streams();
            normal(names.name(Slot.EMBEDDING, 0), 3, spec.vocabularySize(), hidden);
            normal(names.name(Slot.HEAD, 0), 2.5, spec.vocabularySize(), hidden);
            ones(names.name(Slot.OUTPUT_NORM, 0), hidden);
            normal(names.name(Slot.STREAM_HEAD_FUNCTION, 0), 1, n, n * hidden);
            normal(names.name(Slot.STREAM_HEAD_BASE, 0), 1, n);
            ones(names.name(Slot.STREAM_HEAD_SCALE, 0), 1);
            for (int l = 0; l < spec.layers().size(); l++) {
                ones(names.name(Slot.ATTENTION_NORM, l), hidden);
                ones(names.name(Slot.FEED_FORWARD_NORM, l), hidden);
                ones(names.name(Slot.LATENT_NORM, l), attention.latentDim());
                int heads = attention.heads();
                int latent = attention.latentDim();
                int keyDim = attention.plainDim() + attention.rotaryDim();
                normal(names.name(Slot.QUERY, l), 1, heads * keyDim, hidden);
                normal(names.name(Slot.LATENT_DOWN, l), 1, latent + attention.rotaryDim(), hidden);
                normal(names.name(Slot.LATENT_UP, l), 1, heads * (attention.plainDim() + attention.valueDim()), latent);
                normal(names.name(Slot.ATTENTION_OUTPUT, l), 1, hidden, heads * attention.valueDim());
                for (String site : new String[] {"STREAM_ATTENTION_", "STREAM_FEED_FORWARD_"}) {
                    normal(names.name(Slot.valueOf(site + "FUNCTION"), l), 1, streams.functionRows(), n * hidden);
                    normal(names.name(Slot.valueOf(site + "BASE"), l), 1, streams.baseSize());
                    ones(names.name(Slot.valueOf(site + "SCALE"), l), 3);
                }
                if (l == 0) {
                    gated(Slot.GATE, Slot.UP, Slot.DOWN, l, 0, dense, hidden);
                    continue;
                }
                normal(names.name(Slot.ROUTER, l), 1, experts, hidden);
                normal(names.name(Slot.ROUTER_BIAS, l), 0.1, experts);
                gated(Slot.SHARED_GATE, Slot.SHARED_UP, Slot.SHARED_DOWN, l, 0, width, hidden);
                for (int e = 0; e < experts; e++) {
                    gated(Slot.EXPERT_GATE, Slot.EXPERT_UP, Slot.EXPERT_DOWN, l, e, width, hidden);
                }
            }
            return tensors.build();
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
