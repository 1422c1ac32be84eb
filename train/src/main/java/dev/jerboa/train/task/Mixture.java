package dev.jerboa.train.task;

import dev.jerboa.train.random.Draws;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Several tasks as one, each drawn in proportion to its weight. Weights count problems, not tokens. */
public final class Mixture implements Task {
    private final List<Task> tasks;
    private final double[] upTo;

    /** @param weights weights by task, positive; the draws depend on their order */
    public Mixture(SequencedMap<Task, Double> weights) {
        if (weights.isEmpty()) {
            throw new IllegalArgumentException("a mixture of no tasks");
        }
        this.tasks = List.copyOf(weights.keySet());
        this.upTo = new double[tasks.size()];
        double sum = 0;
        int i = 0;
        for (Map.Entry<Task, Double> entry : weights.entrySet()) {
            double weight = entry.getValue();
            if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "the task " + entry.getKey().name() + " has the weight " + weight + ", expected more than 0");
            }
            sum += weight;
            upTo[i++] = sum;
        }
    }

    /** Its tasks, in order. */
    public List<Task> tasks() {
        return tasks;
    }

    @Override
    public String name() {
        return "mixture";
    }

    @Override
    public Example example(Draws draws, Wordings wordings) {
        double at = draws.uniform() * upTo[upTo.length - 1];
        int i = 0;
        while (i < upTo.length - 1 && at >= upTo[i]) {
            i++;
        }
        return tasks.get(i).example(draws, wordings);
    }
}
