package dev.jerboa.train.distil;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.PageArena;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.train.autograd.Distillation.Direction;
import dev.jerboa.train.autograd.HeadLoss;
import dev.jerboa.train.autograd.TokenLoss;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.data.ProblemBatches;
import dev.jerboa.train.data.ProblemBatches.Loss;
import dev.jerboa.train.task.Split;
import dev.jerboa.train.task.Task;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How far a student is from its teacher at temperature 1, over the tokens of worked replies to problems that neither was trained on.
 *
 * @param forward mean KL(teacher ‖ student), nats a token
 * @param reverse mean KL(student ‖ teacher)
 * @param crossEntropy mean −ln p of the student
 * @param tokens that are counted
 */
public record TeacherDistance(double forward, double reverse, double crossEntropy, long tokens) {
    private static final int BATCH = 2048;

    /**
     * Measures it. A function of the models, the task, the count and the seed.
     *
     * @param count problems
     * @throws ModelException where the two have different vocabularies
     */
    public static TeacherDistance of(Path student, Path teacher, Task task, int count, long seed, Team team) {
        try (PageArena arena = new PageArena()) {
            Teacher learned = Teacher.open(student, BATCH, team, arena);
            Teacher followed = Teacher.open(teacher, BATCH, team, arena);
            followed.requireVocabulary(
                    learned.tokenizer(), learned.network().spec().vocabularySize());
            Tokenizer tokenizer = learned.tokenizer()
                    .orElseThrow(() -> new ModelException(student + " has no tokenizer, so it cannot read problems"));
            List<Batch> batches = batches(tokenizer, task, count, seed);
            learned.network().loss().loss(TokenLoss.CROSS_ENTROPY, 1);
            Sums forward = Sums.of(learned, followed, Direction.FORWARD, batches);
            Sums reverse = Sums.of(learned, followed, Direction.REVERSE, batches);
            double tokens = forward.tokens;
            return new TeacherDistance(
                    forward.divergence / tokens,
                    reverse.divergence / tokens,
                    forward.surprise / tokens,
                    forward.tokens);
        }
    }

    private static List<Batch> batches(Tokenizer tokenizer, Task task, int count, long seed) {
        int assistant = ProblemBatches.assistant(tokenizer);
        List<Batch> batches = new ArrayList<>(List.of(new Batch(BATCH)));
        for (int i = 0; i < count; i++) {
            int[] ids = tokenizer.encode(Split.heldOut(task, seed, 0, i).text(), true);
            if (ids.length > batches.getLast().room()) {
                batches.add(new Batch(BATCH));
            }
            ProblemBatches.add(ids, assistant, Loss.REPLY, batches.getLast());
        }
        return batches;
    }

    private record Sums(double divergence, double surprise, long tokens) {
        static Sums of(Teacher student, Teacher teacher, Direction direction, List<Batch> batches) {
            HeadLoss head = student.network().loss();
            head.distil(teacher.distillation(direction, 1, 1));
            double divergence = 0;
            double surprise = 0;
            long tokens = 0;
            for (Batch batch : batches) {
                teacher.read(batch);
                student.read(batch);
                for (int t = 0; t < batch.tokens(); t++) {
                    if (batch.weight(t) > 0) {
                        divergence += head.divergence(t);
                        surprise -= head.logProbability(t);
                        tokens++;
                    }
                }
            }
            return new Sums(divergence, surprise, tokens);
        }
    }
}
