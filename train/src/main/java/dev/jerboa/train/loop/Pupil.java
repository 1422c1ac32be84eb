package dev.jerboa.train.loop;

import dev.jerboa.train.autograd.Distillation.Direction;
import dev.jerboa.train.autograd.HeadLoss;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.distil.Teacher;
import dev.jerboa.train.recipe.Recipe;

/** A network's head with the teacher it follows: {@link #begin}, then {@link #read} before each pass and {@link #count} after it. */
final class Pupil {
    private final Teacher teacher;
    private final HeadLoss head;
    private final double temperature;
    private double divergence;
    private double surprise;
    private double counted;

    Pupil(Recipe.Distil distil, Teacher teacher, HeadLoss head) {
        this.teacher = teacher;
        this.head = head;
        this.temperature = distil.temperature();
        Direction direction = switch (distil.method()) {
            case FORWARD -> Direction.FORWARD;
            case REVERSE -> Direction.REVERSE;
            case SEQUENCE -> throw new IllegalArgumentException("replies are learned from without distributions");
        };
        head.distil(teacher.distillation(direction, temperature, distil.share()));
    }

    /** Forgets what was counted. */
    void begin() {
        divergence = 0;
        surprise = 0;
        counted = 0;
    }

    /** Has the teacher read the batch of the next pass. */
    void read(Batch batch) {
        teacher.read(batch);
    }

    /** Adds up the last pass. */
    void count(Batch batch) {
        for (int t = 0; t < batch.tokens(); t++) {
            double weight = batch.weight(t);
            divergence += weight * head.divergence(t);
            surprise -= weight * head.logProbability(t);
            counted += weight;
        }
    }

    DistilReport report() {
        double of = counted == 0 ? 1 : counted;
        return new DistilReport(divergence / (temperature * temperature) / of, surprise / of);
    }
}
