package dev.jerboa.engine.eval.perplexity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.engine.eval.EvalException;
import dev.jerboa.engine.schedule.DecoderSteps;
import dev.jerboa.engine.schedule.ForwardingSteps;
import dev.jerboa.engine.schedule.RandomModel;
import dev.jerboa.engine.schedule.StepModel;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Perplexities and divergences are those of plain loops over logits, in every shape of steps. */
class TextEvaluationTest {
    private static final RandomModel MODEL = RandomModel.tiny();
    private static final EvalText TEXT = text(230, 7);
    private static final PerplexityOptions SLIDING = new PerplexityOptions(Method.SLIDING, 32, 7, 0);

    @TempDir
    Path folder = Path.of("");

    private static EvalText text(int tokens, int bos) {
        int[] ids = new Random(8).ints(tokens, 0, 96).toArray();
        int[] bytes = new int[tokens];
        Arrays.setAll(bytes, i -> 1 + i % 3);
        return new EvalText(ids, bytes, bos);
    }

    /** A model whose logits are changed: another model with the same tokens. */
    private static final class Changed extends ForwardingSteps {
        private final DoubleUnaryOperator change;

        Changed(StepModel model, DoubleUnaryOperator change) {
            super(model);
            this.change = change;
        }

        @Override
        public FloatRows run(List<KvLayer> cache) {
            FloatRows rows = super.run(cache);
            FloatRows changed = FloatRows.allocate(Arena.ofAuto(), rows.rows(), rows.cols());
            for (int r = 0; r < rows.rows(); r++) {
                for (int c = 0; c < rows.cols(); c++) {
                    changed.set(r, c, (float) change.applyAsDouble(rows.get(r, c)));
                }
            }
            return changed;
        }
    }

    /** A decoder for steps of a size, with its team. */
    private record Opened(Team team, Decoder decoder) implements AutoCloseable {
        static Opened of(int step, int workers) {
            Team team = Team.ofSize(workers);
            return new Opened(
                    team,
                    Decoder.load(
                            MODEL.spec(),
                            MODEL.names(),
                            MODEL.tensors(),
                            OpsProvider.ops(),
                            team,
                            DecoderOptions.of(Ops.Precision.EXACT, step)));
        }

        Subject subject() {
            return new Subject(new DecoderSteps(decoder), CacheType.F32);
        }

        Subject changed(DoubleUnaryOperator change) {
            return new Subject(new Changed(new DecoderSteps(decoder), change), CacheType.F32);
        }

        TextEvaluation evaluation(EvalText text, PerplexityOptions options) {
            return new TextEvaluation(text, options, team, done -> {});
        }

        @Override
        public void close() {
            decoder.close();
            team.close();
        }
    }

    private static List<Plain.Row> plain(StepModel model, EvalText text, PerplexityOptions options) {
        return switch (options.method()) {
            case CHUNKS -> Plain.chunks(model, text.tokens(), text.bos(), options.context());
            case SLIDING -> Plain.sliding(model, text.tokens(), options.context(), options.stride());
        };
    }

    @ParameterizedTest(name = "{0}, context {1}, stride {2}, BOS {3}")
    @CsvSource({
        "CHUNKS, 32, 0, 7",
        "CHUNKS, 32, 0, -1",
        "CHUNKS, 5, 0, 3",
        "CHUNKS, 115, 0, -1",
        "SLIDING, 32, 7, 7",
        "SLIDING, 32, 32, -1",
        "SLIDING, 64, 9, -1",
        "SLIDING, 300, 100, -1"
    })
    void perplexityIsThatOfPlainLoops(Method method, int context, int stride, int bos) {
        EvalText text = text(230, bos);
        PerplexityOptions options = new PerplexityOptions(method, context, stride, 0);
        Perplexity first = null;
        for (int[] shape : new int[][] {{128, 2}, {33, 1}, {3, 1}}) {
            try (Opened opened = Opened.of(shape[0], shape[1])) {
                Perplexity found = opened.evaluation(text, options).of(opened.subject(), null);
                if (first == null) {
                    List<Plain.Row> rows = plain(new DecoderSteps(opened.decoder()), text, options);
                    double[] losses = rows.stream()
                            .mapToDouble(row -> row.loss(row.target()))
                            .toArray();
                    double mean = Arrays.stream(losses).sum() / losses.length;
                    double squares = Arrays.stream(losses)
                            .map(l -> (l - mean) * (l - mean))
                            .sum();
                    assertThat(found.tokens()).isEqualTo(losses.length);
                    assertThat(found.loss()).isEqualTo(mean, within(1e-9));
                    double error = Math.sqrt(squares / (losses.length - 1) / losses.length);
                    assertThat(found.standardError()).isEqualTo(Math.exp(mean) * error, within(1e-7));
                    assertThat(found.perplexity()).isEqualTo(Math.exp(mean), within(1e-6));
                    double bits = mean * losses.length / Math.log(2);
                    assertThat(found.bitsPerByte()).isEqualTo(bits / found.bytes(), within(1e-9));
                    first = found;
                }
                assertThat(found).as("steps of %d", shape[0]).isEqualTo(first);
            }
        }
    }

    @Test
    void bytesAreThoseOfScoredTokens() {
        try (Opened opened = Opened.of(64, 1)) {
            Perplexity all = opened.evaluation(TEXT, SLIDING).of(opened.subject(), null);
            int bytes = Arrays.stream(TEXT.bytes()).sum() - TEXT.bytes()[0];
            assertThat(all.tokens()).isEqualTo(229);
            assertThat(all.bytes()).isEqualTo(bytes);
            PerplexityOptions two = new PerplexityOptions(Method.CHUNKS, 16, 0, 2);
            Perplexity some = opened.evaluation(TEXT, two).of(opened.subject(), null);
            assertThat(some.windows()).isEqualTo(2);
            assertThat(some.tokens()).isEqualTo(14);
        }
    }

    @Test
    void divergenceIsThatOfPlainLoops() throws IOException {
        DoubleUnaryOperator colder = logit -> 1.25 * logit - (logit > 4 ? 4 : 0);
        try (Opened opened = Opened.of(40, 2);
                Opened beside = Opened.of(40, 1)) {
            Comparison found = opened.evaluation(TEXT, SLIDING).against(opened.subject(), beside.changed(colder));
            List<Plain.Row> model = plain(new DecoderSteps(opened.decoder()), TEXT, SLIDING);
            List<Plain.Row> base = plain(new Changed(new DecoderSteps(opened.decoder()), colder), TEXT, SLIDING);
            List<Double> divergences = new ArrayList<>();
            double differences = 0;
            double losses = 0;
            int same = 0;
            for (int i = 0; i < model.size(); i++) {
                Plain.Row q = model.get(i);
                Plain.Row p = base.get(i);
                double divergence = 0;
                for (int id = 0; id < 96; id++) {
                    divergence += p.p(id) * Math.log(p.p(id) / q.p(id));
                }
                divergences.add(divergence);
                losses += p.loss(p.target());
                differences += q.loss(q.target()) - p.loss(p.target());
                same += p.top() == q.top() ? 1 : 0;
            }
            int n = model.size();
            double mean = divergences.stream().mapToDouble(d -> d).sum() / n;
            assertThat(found.divergence()).isEqualTo(mean, within(1e-9)).isGreaterThan(0.01);
            assertThat(found.base().loss()).isEqualTo(losses / n, within(1e-9));
            assertThat(found.lossDifference()).isEqualTo(differences / n, within(1e-9));
            assertThat(found.sameTop().count()).isEqualTo(same).isBetween(1L, n - 1L);
            Collections.sort(divergences);
            assertThat(found.quantiles().at(0.5)).isEqualTo(divergences.get(n / 2), within(1e-9));
            assertThat(found.difference())
                    .isEqualTo(found.model().perplexity() - found.base().perplexity());

            Path file = folder.resolve("base.logits");
            opened.evaluation(TEXT, SLIDING).of(opened.changed(colder), file);
            try (LogitsFile stored = LogitsFile.open(file)) {
                Comparison again = opened.evaluation(TEXT, SLIDING).against(opened.subject(), stored);
                assertThat(again.divergence()).isEqualTo(mean, within(1e-4));
                assertThat(again.base()).isEqualTo(found.base());
                assertThat(again.model()).isEqualTo(found.model());
                assertThat(again.sameTop()).isEqualTo(found.sameTop());
                Comparison self = opened.evaluation(TEXT, SLIDING).against(opened.changed(colder), stored);
                assertThat(self.divergence()).isBetween(0.0, 1e-7);
                assertThat(self.difference()).isZero();
            }
        }
    }

    /** The paired error is that of the difference, not of two perplexities on their own. */
    @Test
    void aModelIsNoDistanceFromItself() {
        try (Opened opened = Opened.of(40, 1);
                Opened beside = Opened.of(40, 1)) {
            Comparison found = opened.evaluation(TEXT, SLIDING).against(opened.subject(), beside.subject());
            assertThat(found.divergence()).isZero();
            assertThat(found.quantiles().at(0.99)).isZero();
            assertThat(found.difference()).isZero();
            assertThat(found.differenceStandardError()).isEqualTo(0, within(1e-6));
            assertThat(found.sameTop().share()).isEqualTo(1);
        }
    }

    @Test
    void filesOfOtherRunsAndDamagedOnesAreRefused() throws IOException {
        Path file = folder.resolve("kept.logits");
        try (Opened opened = Opened.of(64, 1)) {
            opened.evaluation(TEXT, SLIDING).of(opened.subject(), file);
            assertThat(LogitsFile.is(file)).isTrue();
            try (LogitsFile stored = LogitsFile.open(file)) {
                TextEvaluation other = opened.evaluation(text(230, 6), new PerplexityOptions(Method.SLIDING, 32, 8, 0));
                assertThatThrownBy(() -> other.against(opened.subject(), stored))
                        .isInstanceOf(EvalException.class)
                        .hasMessageContaining("stride is 7, this run's is 8");
                EvalText changed = text(230, 6);
                changed.tokens()[100]++;
                assertThatThrownBy(() -> opened.evaluation(changed, SLIDING).against(opened.subject(), stored))
                        .isInstanceOf(EvalException.class)
                        .hasMessageContaining("tokens_sha256");
            }
            byte[] bytes = Files.readAllBytes(file);
            Random random = new Random(2);
            for (int i = 0; i < 40; i++) {
                Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(bytes, random.nextInt(bytes.length)));
                assertThatThrownBy(() -> LogitsFile.open(cut).close()).isInstanceOf(EvalException.class);
            }
            Subject broken = opened.changed(logit -> Double.NaN);
            Path never = folder.resolve("never");
            assertThatThrownBy(() -> opened.evaluation(TEXT, SLIDING).of(broken, never))
                    .isInstanceOf(EvalException.class)
                    .hasMessageContaining("no distribution");
            assertThat(folder.toFile().list()).containsExactlyInAnyOrder("kept.logits", "cut");
            assertThatThrownBy(() -> opened.evaluation(text(3, 1), new PerplexityOptions(Method.CHUNKS, 4, 0, 0)))
                    .isInstanceOf(EvalException.class)
                    .hasMessageContaining("3 tokens, too few");
        }
    }

    /** The loss over logits that another implementation computed for a checkpoint of its family. */
    @ParameterizedTest
    @ValueSource(strings = {"llama3", "qwen3", "deepseek_v3"})
    void lossesAgreeWithTheReferences(String family) {
        Path model = SharedFolder.require("oracle/hf/" + family);
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2);
                Checkpoint checkpoint = Checkpoint.open(model);
                Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 32)) {
            TensorSource expected = SafetensorsFolder.open(model.resolve("expect.safetensors"), arena);
            float[] ids = expected.tensor("prompt.2").floats();
            int[] tokens = new int[ids.length];
            Arrays.setAll(tokens, i -> (int) ids[i]);
            float[] logits = expected.tensor("logits.2").floats();
            int vocabulary = logits.length / tokens.length;
            double sum = 0;
            for (int i = 1; i < tokens.length; i++) {
                float[] row = Arrays.copyOfRange(logits, (i - 1) * vocabulary, i * vocabulary);
                sum += new Plain.Row(tokens[i], row).loss(tokens[i]);
            }
            EvalText text = new EvalText(tokens, new int[tokens.length], -1);
            PerplexityOptions whole = new PerplexityOptions(Method.SLIDING, tokens.length, tokens.length, 0);
            Perplexity found = new TextEvaluation(text, whole, team, done -> {})
                    .of(new Subject(new DecoderSteps(decoder), CacheType.F32), null);
            assertThat(found.tokens()).isEqualTo(tokens.length - 1);
            assertThat(found.loss()).isEqualTo(sum / (tokens.length - 1), within(1e-4));
        }
    }
}
