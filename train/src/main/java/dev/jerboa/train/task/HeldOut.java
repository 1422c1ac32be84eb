package dev.jerboa.train.task;

import dev.jerboa.train.random.Draws;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Problems to be judged by: of a task's held-out side, none twice. */
public final class HeldOut {
    /** A stream that training does not draw from; the split by key keeps the sides apart in any case. */
    private static final long STREAM = -1;

    private HeldOut() {}

    /**
     * So many distinct held-out problems, by key; fewer where 200 draws a problem find no more, as a small task may have.
     * The first problems are the same for any {@code count}.
     */
    public static List<Problem> problems(Task task, Wordings wordings, int count, long seed) {
        return distinct(task, wordings, count, seed, true);
    }

    /** The same in the wordings of training. */
    public static List<Problem> problems(Task task, int count, long seed) {
        return problems(task, Wordings.TRAINED, count, seed);
    }

    /** So many distinct problems of a task that is not trained on at all, such as a longer kind of one that is. */
    public static List<Problem> all(Task task, Wordings wordings, int count, long seed) {
        return distinct(task, wordings, count, seed, false);
    }

    private static List<Problem> distinct(Task task, Wordings wordings, int count, long seed, boolean heldOutOnly) {
        List<Problem> problems = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        for (long index = 0; problems.size() < count && index < 200L * count; index++) {
            Problem problem =
                    task.example(Draws.of(seed, STREAM, index), wordings).problem();
            if ((!heldOutOnly || Split.isHeldOut(problem)) && keys.add(problem.key())) {
                problems.add(problem);
            }
        }
        return problems;
    }
}
