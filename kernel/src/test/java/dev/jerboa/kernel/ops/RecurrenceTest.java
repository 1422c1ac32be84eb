package dev.jerboa.kernel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import dev.jerboa.kernel.ops.vector.VectorOps;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Running states in every tier: against formulas in double, and with the same bits, however tokens are cut into steps. */
class RecurrenceTest {
    private static final List<Ops> TIERS = List.of(new ScalarOps(), VectorOps.create(), OpsProvider.ops());
    private static final int TOKENS = 9;

    /** Two sequences side by side: tokens 0, 2, 4 … of the one, 1, 3, 5 … of the other. */
    private static StepTokens tokens(int from, int to) {
        int[] positions = new int[to - from];
        int[] states = new int[to - from];
        for (int i = from; i < to; i++) {
            positions[i - from] = i / 2;
            states[i - from] = 2 - i % 2;
        }
        return new StepTokens(to - from, positions, new int[to - from][0], states);
    }

    private static FloatRows garbage(Arena arena, int cols) {
        FloatRows states = FloatRows.allocate(arena, 3, cols);
        states.data().fill((byte) -1);
        return states;
    }

    @ParameterizedTest
    @CsvSource({"4, 1", "4, 3", "4, 16", "2, 37", "1, 5", "5, 70"})
    void convolutions(int window, int channels) {
        int all = channels + 5;
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(window);
            FloatRows x = OpsTest.random(arena, random, TOKENS, channels + 2);
            FloatRows w = OpsTest.random(arena, random, window, all);
            byte[] first = null;
            for (Ops ops : TIERS) {
                for (int step : new int[] {TOKENS, 4, 1}) {
                    FloatRows out = OpsTest.copyOf(arena, x);
                    FloatRows states = garbage(arena, (window - 1) * all);
                    for (int from = 0; from < TOKENS; from += step) {
                        int to = Math.min(TOKENS, from + step);
                        ops.convolve(tokens(from, to), out.slice(from, to - from), 1, channels, w, 3, states);
                    }
                    for (int t = 0; t < TOKENS; t++) {
                        assertThat(out.get(t, 0)).isEqualTo(x.get(t, 0));
                        for (int c = 0; c < channels; c++) {
                            double sum = 0;
                            for (int j = 0; j < window && t - 2 * j >= 0; j++) {
                                sum += (double) w.get(window - 1 - j, 3 + c) * x.get(t - 2 * j, 1 + c);
                            }
                            assertThat((double) out.get(t, 1 + c)).isCloseTo(sum / (1 + Math.exp(-sum)), within(1e-5));
                        }
                    }
                    byte[] bytes = out.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
                    first = first == null ? bytes : first;
                    assertThat(bytes).as("%s, steps of %d", ops.tier(), step).isEqualTo(first);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "8, 8, true, true",
        "5, 3, false, true",
        "16, 37, true, false",
        "7, 64, false, false",
        "12, 130, true, true",
        "1, 1, true, true"
    })
    void states(int keyDim, int valueDim, boolean perChannel, boolean corrects) {
        StateHead head = new StateHead(keyDim, valueDim, 1, 2, 3, 1, perChannel, 2, corrects, 6, 4);
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(keyDim);
            FloatRows q = OpsTest.random(arena, random, TOKENS, keyDim + 1);
            FloatRows k = OpsTest.random(arena, random, TOKENS, keyDim + 2);
            FloatRows v = OpsTest.random(arena, random, TOKENS, valueDim + 3);
            FloatRows decays = OpsTest.random(arena, random, TOKENS, 1 + (perChannel ? keyDim : 1));
            FloatRows strengths = OpsTest.random(arena, random, TOKENS, 3);
            for (int t = 0; t < TOKENS; t++) {
                for (int c = 0; c < decays.cols(); c++) {
                    decays.set(t, c, (float) Math.exp(-Math.abs(decays.get(t, c))));
                }
                for (int c = 0; c < keyDim; c++) {
                    k.set(t, 2 + c, k.get(t, 2 + c) / keyDim);
                }
                strengths.set(t, 2, (float) Math.exp(-Math.abs(strengths.get(t, 2))));
            }
            double[][] expected = expected(head, q, k, v, decays, strengths);
            byte[] first = null;
            for (Ops ops : TIERS) {
                for (int step : new int[] {TOKENS, 4, 1}) {
                    FloatRows out = FloatRows.allocate(arena, TOKENS, valueDim + 5);
                    FloatRows states = garbage(arena, 6 + keyDim * valueDim);
                    for (int from = 0; from < TOKENS; from += step) {
                        int count = Math.min(TOKENS, from + step) - from;
                        ops.advance(
                                tokens(from, from + count),
                                head,
                                q.slice(from, count),
                                k.slice(from, count),
                                v.slice(from, count),
                                decays.slice(from, count),
                                strengths.slice(from, count),
                                states,
                                out.slice(from, count));
                    }
                    for (int t = 0; t < TOKENS; t++) {
                        for (int j = 0; j < valueDim; j++) {
                            assertThat((double) out.get(t, 4 + j))
                                    .isCloseTo(expected[t][j], within(1e-5 * (1 + Math.abs(expected[t][j]))));
                        }
                        assertThat(out.get(t, 3)).isZero();
                        assertThat(out.get(t, 4 + valueDim)).isZero();
                    }
                    byte[] bytes = out.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
                    first = first == null ? bytes : first;
                    assertThat(bytes).as("%s, steps of %d", ops.tier(), step).isEqualTo(first);
                }
            }
        }
    }

    private static double[][] expected(
            StateHead head, FloatRows q, FloatRows k, FloatRows v, FloatRows decays, FloatRows strengths) {
        double[][] out = new double[TOKENS][head.valueDim()];
        double[][][] s = new double[2][head.keyDim()][head.valueDim()];
        for (int t = 0; t < TOKENS; t++) {
            double[][] state = s[t % 2];
            for (int j = 0; j < head.valueDim(); j++) {
                double held = 0;
                for (int c = 0; c < head.keyDim(); c++) {
                    state[c][j] *= decays.get(t, 1 + (head.decayPerChannel() ? c : 0));
                    held += state[c][j] * k.get(t, 2 + c);
                }
                double value = v.get(t, 3 + j);
                double update = head.corrects() ? strengths.get(t, 2) * (value - held) : value;
                for (int c = 0; c < head.keyDim(); c++) {
                    state[c][j] += k.get(t, 2 + c) * update;
                    out[t][j] += state[c][j] * q.get(t, 1 + c);
                }
            }
        }
        return out;
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 3})
    void aRowOfStatesThatIsNotThereIsRefused(int row) {
        try (Arena arena = Arena.ofConfined()) {
            int[] states = new int[2];
            Arrays.fill(states, row);
            StepTokens tokens = new StepTokens(2, new int[] {0, 1}, new int[2][0], states);
            FloatRows x = FloatRows.allocate(arena, 2, 4);
            FloatRows rows = FloatRows.allocate(arena, 3, 40);
            for (Ops ops : TIERS) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> ops.convolve(tokens, x, 0, 4, FloatRows.allocate(arena, 4, 4), 0, rows))
                        .withMessageContaining("state row " + row + " of 3");
                StateHead head = new StateHead(4, 4, 0, 0, 0, 0, false, 0, true, 0, 0);
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> ops.advance(tokens, head, x, x, x, x, x, rows, x))
                        .withMessageContaining("state row " + row + " of 3");
            }
        }
    }
}
