package dev.jerboa.gateway.share.seed;

import java.util.ArrayList;
import java.util.List;

/** Which models a lab's tokens of a week are of: weights by week. Names are those of real models; what they are used is made up. */
final class Lineup {
    /** From a week on, until the next of the same model. */
    private record Step(int week, String model, int weight) {}

    private final List<Step> steps = new ArrayList<>();
    private final List<String> models = new ArrayList<>();

    /** Weights of models from a week on: name, weight, name, weight; models that are not named keep theirs. */
    Lineup from(int week, Object... namesAndWeights) {
        for (int i = 0; i < namesAndWeights.length; i += 2) {
            String model = (String) namesAndWeights[i];
            steps.add(new Step(week, model, (Integer) namesAndWeights[i + 1]));
            if (!models.contains(model)) {
                models.add(model);
            }
        }
        return this;
    }

    List<String> models() {
        return models;
    }

    long[] weights(int week) {
        long[] weights = new long[models.size()];
        for (Step step : steps) {
            if (step.week() <= week) {
                weights[models.indexOf(step.model())] = step.weight();
            }
        }
        return weights;
    }
}
