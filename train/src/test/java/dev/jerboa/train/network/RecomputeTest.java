package dev.jerboa.train.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.ResidualSpec.Head;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.model.decoder.ResidualSpec.Kind;
import dev.jerboa.train.autograd.HeadLoss;
import dev.jerboa.train.autograd.Parts;
import dev.jerboa.train.autograd.Routing;
import dev.jerboa.train.autograd.Spoiled;
import dev.jerboa.train.autograd.Tape;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.network.SmallNetwork.Attending;
import dev.jerboa.train.network.SmallNetwork.Feeding;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Computing activations again changes memory and time, and no bit. */
class RecomputeTest {
    private static final int LAYERS = 3;
    private static final int TOKENS = 64;
    private static final Hyper MANIFOLD = new Hyper(Kind.MANIFOLD, 4, 20, 1e-6f, false, Head.LEARNED);

    /** All that can be read after a pass. */
    private record Found(
            double loss,
            Map<String, float[]> gradients,
            List<Float> logProbabilities,
            List<Float> states,
            List<StreamGain> gains,
            List<List<Long>> loads) {
        static Found of(SmallNetwork small, Batch... batches) {
            Network network = small.network;
            Spoiled.tape(network.tape());
            network.routings().forEach(Routing::clearLoad);
            double loss = 0;
            for (Batch batch : batches) { // gradients are the last one's
                loss += small.lossWithGradients(batch);
                network.routings().forEach(Routing::countLoad);
            }
            Batch last = batches[batches.length - 1];
            List<Float> logs = new ArrayList<>();
            List<Float> states = new ArrayList<>();
            List<HeadLoss> heads = new ArrayList<>(List.of(network.loss()));
            network.aheadLoss().ifPresent(heads::add);
            for (HeadLoss head : heads) {
                for (int t = 0; t < last.tokens(); t++) {
                    logs.add(head.logProbability(t));
                    for (float state : head.states().row(t)) {
                        states.add(state);
                    }
                }
            }
            List<StreamGain> gains = new ArrayList<>();
            for (int s = 0; s < last.sequences(); s++) {
                gains.add(StreamGain.of(network, last, s));
            }
            List<List<Long>> loads = new ArrayList<>();
            for (Routing routing : network.routings()) {
                List<Long> load = new ArrayList<>();
                for (long tokens : routing.load()) {
                    load.add(tokens);
                }
                loads.add(load);
            }
            Map<String, float[]> gradients = small.gradients();
            gradients.forEach((name, gradient) -> {
                for (float g : gradient) {
                    if (!Float.isFinite(g)) {
                        assertThat(g).as(name).isFinite();
                    }
                }
            });
            return new Found(loss, gradients, logs, states, gains, loads);
        }

        void same(Found other, String how) {
            assertThat(other.loss).as(how).isEqualTo(loss).isFinite();
            gradients.forEach((name, gradient) -> assertThat(other.gradients.get(name))
                    .as("%s: %s", how, name)
                    .isEqualTo(gradient));
            assertThat(other.logProbabilities).as(how).isEqualTo(logProbabilities);
            assertThat(other.states).as(how).isEqualTo(states);
            assertThat(other.gains).as(how).isEqualTo(gains);
            assertThat(other.loads).as(how).isEqualTo(loads);
        }
    }

    private static SmallNetwork network(
            ResidualSpec residual,
            Attending attending,
            Feeding feeding,
            int layers,
            int workers,
            boolean ahead,
            Recompute recompute) {
        return new SmallNetwork(residual, attending, feeding, layers, TOKENS, workers, 0.02, ahead, recompute);
    }

    static Stream<Arguments> kinds() {
        return NetworkTest.kinds();
    }

    /** The last of two batches of different sizes, in every way to cut three layers into blocks. */
    @ParameterizedTest
    @MethodSource("kinds")
    void theSameBits(ResidualSpec residual, Attending attending, Feeding feeding) {
        Batch[] batches = {SmallNetwork.batch(5, 30, 20, 14), SmallNetwork.batch(6, 9, 1, 30, 4)};
        for (boolean ahead : new boolean[] {false, true}) {
            Found kept;
            try (SmallNetwork small = network(residual, attending, feeding, LAYERS, 1, ahead, Recompute.NOTHING)) {
                small.stir(3);
                kept = Found.of(small, batches);
            }
            for (Parts parts : Parts.values()) {
                for (int block = 1; block <= LAYERS; block++) {
                    int workers = 1 + (block + parts.ordinal()) % 3;
                    Recompute recompute = new Recompute(block, parts);
                    try (SmallNetwork small =
                            network(residual, attending, feeding, LAYERS, workers, ahead, recompute)) {
                        small.stir(3);
                        kept.same(Found.of(small, batches), recompute + " by " + workers);
                    }
                }
            }
        }
    }

    private static Tape.Memory memory(ResidualSpec residual, int layers, Recompute recompute) {
        try (SmallNetwork small = network(residual, Attending.LATENT, Feeding.SIGMOID, layers, 1, false, recompute)) {
            return small.network.tape().memory();
        }
    }

    /** Of layers that are computed again, what crosses their borders is left: streams, and the coefficients that can be read afterwards. */
    @ParameterizedTest
    @MethodSource("dev.jerboa.train.network.SmallNetwork#residuals")
    void memoryFallsAndGrowsByBorders(ResidualSpec residual) {
        Recompute all = new Recompute(1, Parts.ALL);
        Tape.Memory kept = memory(residual, 16, Recompute.NOTHING);
        Tape.Memory again = memory(residual, 16, all);
        Tape.Memory streams = memory(residual, 16, new Recompute(2, Parts.STREAMS));
        System.out.printf(
                "%s: 16 layers %d bytes, streams again %d, all again %d%n",
                residual, kept.shared(), streams.shared(), again.shared());
        assertThat(again.shared()).isLessThan(kept.shared() / 3);
        assertThat(streams.shared()).isLessThan(kept.shared());
        assertThat(again.scratch()).isEqualTo(kept.scratch());
        int n = residual instanceof Hyper hyper ? hyper.streams() : 1;
        int sites = residual instanceof Hyper ? 2 * (n + n * n) : 0;
        int earlier = residual instanceof Hyper hyper && hyper.singlePass() ? n : 0;
        long border = (long) Float.BYTES * TOKENS * (n * SmallNetwork.HIDDEN + sites + earlier);
        long grown = memory(residual, 32, all).shared() - again.shared();
        assertThat(grown).isBetween(16 * border, 16 * border * 101 / 100);
    }

    @Test
    void streamsKeepResultsOfSubLayers() {
        Recompute streams = new Recompute(2, Parts.STREAMS);
        Tape.Memory kept = memory(MANIFOLD, 16, Recompute.NOTHING);
        Tape.Memory again = memory(MANIFOLD, 16, streams);
        long state = (long) Float.BYTES * TOKENS * SmallNetwork.HIDDEN;
        // At each site: streams, what was read of them, its norm; of every second layer the streams are kept.
        long least = 16 * 2 * (4 + 2) * state - 8 * 4 * state - (2 * 2 * 6 + 8) * state;
        assertThat(kept.shared() - again.shared()).isGreaterThan(least);
    }

    @ParameterizedTest
    @EnumSource
    void aSingleBlockIsNotComputedAgain(Parts parts) {
        assertThat(memory(MANIFOLD, 4, new Recompute(4, parts)).values())
                .isEqualTo(memory(MANIFOLD, 4, Recompute.NOTHING).values());
    }

    private static int auto(ResidualSpec residual, int layers) {
        LayerSpec layer = new LayerSpec(Attending.GROUPED.spec(), Feeding.DENSE.spec());
        DecoderSpec spec =
                new DecoderSpec("test", 19, 12, 64, 1e-6f, true, residual, Collections.nCopies(layers, layer));
        return new Recompute(Recompute.AUTO, Parts.ALL).layers(spec);
    }

    /** √(n L / (n + 2)) of L sub-layers: 6.3 of 60 and 5.7 of 48 with four streams. */
    @Test
    void blocksOfTheLengthThatThePaperChooses() {
        assertThat(auto(MANIFOLD, 30)).isEqualTo(3);
        assertThat(auto(MANIFOLD, 24)).isEqualTo(3);
        assertThat(auto(MANIFOLD, 6)).isEqualTo(1);
        assertThat(auto(MANIFOLD, 1)).isEqualTo(1);
        assertThat(auto(ResidualSpec.PLAIN, 24)).isEqualTo(2);
    }
}
