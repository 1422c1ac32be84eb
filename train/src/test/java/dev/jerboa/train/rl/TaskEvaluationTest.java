package dev.jerboa.train.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.testkit.SharedFolder;
import dev.jerboa.train.loop.Trainer;
import dev.jerboa.train.recipe.Recipe;
import dev.jerboa.train.rl.Rollouts.Draw;
import dev.jerboa.train.rl.Rollouts.Reply;
import dev.jerboa.train.rl.TaskEvaluation.Settings;
import dev.jerboa.train.task.Accuracy;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Split;
import dev.jerboa.train.task.Turns;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.generate.Tasks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskEvaluationTest {
    @TempDir
    Path folder = Path.of("");

    private static Reply reply(String text, boolean ended) {
        return new Reply(new int[1], new int[10], new double[10], text, ended);
    }

    private static String right(Problem problem) {
        return Turns.THINK + Turns.THOUGHT + problem.answer() + Turns.END;
    }

    /** Of each ten problems the first four are answered rightly, the next wrongly, the next not at all. */
    @Test
    void countsWhatGreedyRepliesComeTo() {
        List<Problem> asked = new ArrayList<>();
        TaskEvaluation result = TaskEvaluation.of(Tasks.named("add2"), new Settings(50, 0, 1, 3), draws -> {
            List<Reply> replies = new ArrayList<>();
            for (Draw draw : draws) {
                assertThat(draw.sampling().temperature()).isZero();
                int n = asked.size() % 10;
                asked.add(draw.problem());
                replies.add(
                        n < 4
                                ? reply(right(draw.problem()), true)
                                : n < 5 ? reply("<think></think>1000", true) : reply("<think>42 or so", false));
            }
            return replies;
        });
        assertThat(result.greedy()).isEqualTo(new Accuracy(20, 50));
        assertThat(result.unparseable()).isEqualTo(25);
        assertThat(result.unended()).isEqualTo(25);
        assertThat(result.meanTokens()).isEqualTo(10);
        assertThat(result.heldOut()).isTrue();
        assertThat(result.drawn()).isEmpty();
        assertThat(asked).allMatch(Split::isHeldOut).doesNotHaveDuplicates().hasSize(50);
    }

    /** Problem p of ten is answered rightly by the first p mod 5 of four replies. */
    @Test
    void countsWhatDrawnRepliesComeTo() {
        Set<Long> seeds = new HashSet<>();
        TaskEvaluation result = TaskEvaluation.of(Tasks.named("countdown"), new Settings(10, 4, 0.7f, 3), draws -> {
            List<Reply> replies = new ArrayList<>();
            boolean greedy = draws.size() == 10;
            for (int i = 0; i < draws.size(); i++) {
                Draw draw = draws.get(i);
                if (!greedy) {
                    seeds.add(draw.sampling().seed().orElseThrow());
                    assertThat(draw.sampling().temperature()).isEqualTo(0.7f);
                }
                replies.add(reply(i % 4 < i / 4 % 5 ? right(draw.problem()) : "", true));
            }
            return replies;
        });
        TaskEvaluation.Drawn drawn = result.drawn().orElseThrow();
        assertThat(seeds).hasSize(40);
        assertThat(drawn.samples()).isEqualTo(4);
        assertThat(drawn.mean()).isEqualTo(0.5);
        assertThat(drawn.pass()).isEqualTo(new Accuracy(8, 10));
        // shares 0, 1/4 … 1 twice: sum of squares about the mean 2·(1/4 + 1/16 + 0 + 1/16 + 1/4) = 5/4, of 10 problems
        assertThat(drawn.standardError()).isCloseTo(Math.sqrt(1.25 / 9 / 10), within(1e-12));
    }

    @Test
    void longerProblemsAreAllUnseenAndTextsByHeartAreSeen() {
        List<Problem> asked = new ArrayList<>();
        Settings settings = new Settings(40, 0, 1, 1);
        TaskEvaluation longer = TaskEvaluation.of(Tasks.named("add4"), settings, draws -> replies(draws, asked));
        assertThat(longer.greedy()).isEqualTo(new Accuracy(40, 40));
        assertThat(longer.heldOut()).isTrue();
        assertThat(asked).anyMatch(problem -> !Split.isHeldOut(problem));
        TaskEvaluation byHeart = TaskEvaluation.of(Tasks.named("product"), settings, draws -> replies(draws, asked));
        assertThat(byHeart.heldOut()).isFalse();
        assertThat(byHeart.greedy().total()).isPositive();
    }

    @Test
    void newWordingsAskTheSameProblems() {
        List<Problem> trained = new ArrayList<>();
        List<Problem> fresh = new ArrayList<>();
        Settings settings = new Settings(30, 0, 1, 1, Wordings.NEW);
        TaskEvaluation.of(Tasks.named("add2"), new Settings(30, 0, 1, 1), draws -> replies(draws, trained));
        TaskEvaluation.of(Tasks.named("add2"), settings, draws -> replies(draws, fresh));
        assertThat(fresh)
                .extracting(Problem::key)
                .isEqualTo(trained.stream().map(Problem::key).toList());
        assertThat(fresh)
                .extracting(Problem::question)
                .doesNotContainAnyElementsOf(
                        trained.stream().map(Problem::question).toList());
        assertThat(TaskEvaluation.of(Tasks.named("talk"), settings, draws -> replies(draws, fresh))
                        .heldOut())
                .isTrue();
    }

    private static List<Reply> replies(List<Draw> draws, List<Problem> asked) {
        draws.forEach(draw -> asked.add(draw.problem()));
        return draws.stream().map(draw -> reply(right(draw.problem()), true)).toList();
    }

    @Test
    void aRandomModelKnowsNothingWithAnyNumberOfThreads() {
        Path model = TinyRun.checkpoint(folder);
        List<TaskEvaluation> results = new ArrayList<>();
        for (int threads = 1; threads <= 2; threads++) {
            try (Checkpoint checkpoint = Checkpoint.open(model);
                    Team team = Team.ofSize(threads);
                    Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 32)) {
                Tokenizer tokenizer = checkpoint.tokenizer().orElseThrow();
                Rollouts rollouts = new Rollouts(decoder, team, tokenizer, 5 * threads, 12);
                results.add(TaskEvaluation.of(Tasks.named("add1"), new Settings(8, 3, 1, 1), rollouts));
            }
        }
        assertThat(results.get(1)).isEqualTo(results.get(0));
        TaskEvaluation result = results.getFirst();
        assertThat(result.greedy().total()).isBetween(4, 8);
        assertThat(result.greedy().correct()).isZero();
        assertThat(result.meanTokens()).isLessThanOrEqualTo(12);
        assertThat(result.unparseable()).isEqualTo(result.greedy().total());
    }

    @Test
    void modelsOfOtherConversationsAreRefused() {
        Path model = SharedFolder.require("models/stories260K");
        try (Checkpoint checkpoint = Checkpoint.open(model);
                Team team = Team.ofSize(1);
                Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 32)) {
            Tokenizer tokenizer = checkpoint.tokenizer().orElseThrow();
            assertThatThrownBy(() -> new Rollouts(decoder, team, tokenizer, 5, 12))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("<|end|>");
        }
    }

    /** Runs of a model of a few thousand weights. */
    static final class TinyRun {
        static final String RECIPE = """
                model:
                  config:
                    model_type: llama
                    hidden_size: 16
                    intermediate_size: 32
                    num_hidden_layers: 1
                    num_attention_heads: 2
                    num_key_value_heads: 2
                    max_position_embeddings: 256
                    rms_norm_eps: 1.0e-5
                    tie_word_embeddings: true
                data:
                  kind: problems
                optimizer:
                  rate: 1.0e-3
                schedule:
                  steps: 10
                batch_tokens: 512
                """;

        private TinyRun() {}

        /** A checkpoint at step 0, with its tokenizer. */
        static Path checkpoint(Path folder) {
            try (Team team = Team.ofSize(1);
                    Trainer trainer = new Trainer(Recipe.parse(RECIPE, "tiny"), folder, folder, team)) {
                trainer.save();
                return trainer.folder().step(0);
            }
        }
    }
}
