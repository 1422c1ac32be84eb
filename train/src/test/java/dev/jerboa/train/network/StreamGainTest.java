package dev.jerboa.train.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.ResidualSpec.Head;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.model.decoder.ResidualSpec.Kind;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.network.SmallNetwork.Attending;
import dev.jerboa.train.network.SmallNetwork.Feeding;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamGainTest {
    /**
     * Two sites of two tokens, rows [post | comb[j][k]], H = combᵀ.
     *
     * <pre>
     * token 0: H_1 = [1 2; 0 1], H_2 = [1 0; 3 1] → P = H_2 H_1 = [1 2; 3 7]     rows 3, 10; columns 4, 9
     * token 1: H_1 = [0 −1; 2 0], H_2 = [½ ½; ½ ½] → P = [1 −½; 1 −½]            rows ½, ½; columns 2, −1
     * </pre>
     */
    @Test
    void productsByHand() {
        try (Arena arena = Arena.ofConfined()) {
            FloatRows first = FloatRows.copyOf(arena, new float[] {9, 9, 1, 0, 2, 1, 9, 9, 0, 2, -1, 0}, 6);
            FloatRows second = FloatRows.copyOf(arena, new float[] {9, 9, 1, 3, 0, 1, 9, 9, .5f, .5f, .5f, .5f}, 6);
            List<FloatRows> sites = List.of(first, second);
            // Sites by themselves: rows 3 | 2 and columns 3 | 2 of the first; rows 4 | 1 and columns 4 | 1 of the
            // second.
            assertThat(StreamGain.of(sites, 2, 0, 1)).isEqualTo(new StreamGain(10, 9, 4, 4, 4));
            assertThat(StreamGain.of(sites, 2, 1, 2)).isEqualTo(new StreamGain(0.5, 2, -1, 2, 2));
            assertThat(StreamGain.of(sites, 2, 0, 2)).isEqualTo(new StreamGain(5.25, 5.5, 1.5, 2.5, 2.5));
        }
    }

    /** Mixing by the base alone, the same for every token: the layer of multi-token prediction does not count. */
    @Test
    void ofANetworkOfUnboundedConnections() {
        Hyper hyper = new Hyper(Kind.CONNECTIONS, 2, 1, 1e-6f, false, Head.SUM);
        try (SmallNetwork small = new SmallNetwork(hyper, Attending.GROUPED, Feeding.DENSE, 1, 16, 1)) {
            small.stir(3);
            for (int l = 0; l < 2; l++) {
                small.set("model.layers." + l + ".hc_attn_scale", 0, 0, 0);
                small.set("model.layers." + l + ".hc_ffn_scale", 0, 0, 0);
                small.set("model.layers." + l + ".hc_attn_base", 1, 1, 1, 1, 1, 0, 2, 1);
                small.set("model.layers." + l + ".hc_ffn_base", 1, 1, 1, 1, 1, 3, 0, 1);
            }
            Batch batch = SmallNetwork.batch(5, 3, 4);
            small.loss(batch);
            for (int s = 0; s < 2; s++) {
                StreamGain gain = StreamGain.of(small.network, batch, s);
                assertThat(gain.forward()).isCloseTo(10, within(1e-5));
                assertThat(gain.backward()).isCloseTo(9, within(1e-5));
                assertThat(gain.leastColumn()).isCloseTo(4, within(1e-5));
                assertThat(gain.siteForward()).isCloseTo(4, within(1e-5));
            }
            assertThatThrownBy(() -> StreamGain.of(small.network, batch, 2))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void manifoldsKeepForwardSignalsAndPlainResidualsAll() {
        Hyper hyper = new Hyper(Kind.MANIFOLD, 4, 3, 1e-6f, false, Head.SUM);
        Batch batch = SmallNetwork.batch(5, 7, 4);
        try (SmallNetwork small = new SmallNetwork(hyper, Attending.LATENT, Feeding.DENSE, 4, 16, 1);
                SmallNetwork plain = new SmallNetwork(ResidualSpec.PLAIN, Attending.LATENT, Feeding.DENSE, 4, 16, 1)) {
            small.stir(3);
            small.loss(batch);
            StreamGain gain = StreamGain.of(small.network, batch, 1);
            assertThat(gain.forward()).isCloseTo(1, within(1e-4));
            assertThat(gain.siteForward()).isCloseTo(1, within(1e-5));
            assertThat(gain.backward()).isGreaterThan(1.0001).isLessThan(4);
            assertThat(gain.leastColumn()).isLessThan(0.9999).isPositive();
            plain.stir(3);
            plain.loss(batch);
            assertThat(StreamGain.of(plain.network, batch, 1)).isEqualTo(new StreamGain(1, 1, 1, 1, 1));
        }
    }
}
