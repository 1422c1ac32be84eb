package dev.jerboa.train.autograd;

import dev.jerboa.train.data.Batch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionTest {
    /** Query heads, key heads, width, window. */
    @ParameterizedTest
    @CsvSource({"1,1,5,0", "4,2,7,0", "6,2,16,4", "3,3,8,1", "2,1,9,100"})
    void grouped(int heads, int keyHeads, int width, int window) {
        for (Batch batch : new Batch[] {Trial.batch(3, 1), Trial.batch(3, 7, 1, 12)}) {
            verifyGrouped(batch, heads, keyHeads, width, window);
        }
    }

    /** Longer than a tile, with a window that ends within one. */
    @ParameterizedTest
    @CsvSource({"0", "40", "64", "70"})
    void longerThanATile(int window) {
        verifyGrouped(Trial.batch(3, 131, 2, 65), 2, 1, 5, window);
    }

    private static void verifyGrouped(Batch batch, int heads, int keyHeads, int width, int window) {
        double scale = 0.4f;
        Trial.verify(batch, trial -> {
            Tensor q = trial.leaf("q", heads * width, 1);
            Tensor k = trial.leaf("k", keyHeads * width, 1);
            Tensor v = trial.leaf("v", keyHeads * (width + 2), 1);
            trial.project(new Attention(
                            trial.tape,
                            q,
                            new Attention.Heads(k, 0, width, width),
                            null,
                            new Attention.Heads(v, 0, width + 2, width + 2),
                            heads,
                            keyHeads,
                            (float) scale,
                            window)
                    .out());
            return values -> Trial.Expected.of(Formulas.attention(
                    batch,
                    values.get("q"),
                    new Formulas.Heads(values.get("k"), keyHeads * width, 0, width, width),
                    null,
                    new Formulas.Heads(values.get("v"), keyHeads * (width + 2), 0, width + 2, width + 2),
                    heads,
                    keyHeads,
                    scale,
                    window));
        });
    }

    /** Keys and values beside each other in one table, and a part of the keys that all heads share. */
    @Test
    void latent() {
        for (Batch batch : new Batch[] {Trial.batch(3, 1), Trial.batch(3, 7, 1, 12), Trial.batch(3, 70, 3)}) {
            Trial.verify(batch, trial -> {
                Tensor q = trial.leaf("q", 3 * (5 + 4), 1);
                Tensor both = trial.leaf("both", 3 * (5 + 6), 1);
                Tensor shared = trial.leaf("shared", 4, 1);
                trial.project(new Attention(
                                trial.tape,
                                q,
                                new Attention.Heads(both, 0, 11, 5),
                                new Attention.Heads(shared, 0, 0, 4),
                                new Attention.Heads(both, 5, 11, 6),
                                3,
                                3,
                                0.3f,
                                0)
                        .out());
                return values -> Trial.Expected.of(latent(batch, values));
            });
        }
    }

    private static double[] latent(Batch batch, Trial.Values values) {
        double[] both = values.get("both");
        return Formulas.attention(
                batch,
                values.get("q"),
                new Formulas.Heads(both, 33, 0, 11, 5),
                new Formulas.Heads(values.get("shared"), 4, 0, 0, 4),
                new Formulas.Heads(both, 33, 5, 11, 6),
                3,
                3,
                0.3f,
                0);
    }
}
