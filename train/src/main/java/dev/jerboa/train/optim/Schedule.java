package dev.jerboa.train.optim;

/**
 * What the learning rate is multiplied by at each step of a run: a linear warm-up to 1, then the shape.
 *
 * @param warmup steps of the warm-up
 * @param steps of the whole run
 * @param last what a cosine or a line ends at
 */
public record Schedule(Shape shape, int warmup, int steps, double last) {
    /** How the rate falls after the warm-up. */
    public enum Shape {
        CONSTANT,
        /** × 0.316 at 80 % and × 0.1 at 90 % of the steps (DeepSeek; the mHC paper). */
        STEPS,
        COSINE,
        LINEAR
    }

    public Schedule {
        if (warmup < 0 || steps < 1 || !(last >= 0 && last <= 1)) {
            throw new IllegalArgumentException(
                    "a schedule of " + steps + " steps with a warm-up of " + warmup + ", ending at " + last);
        }
    }

    /** The factor at a step, the first of which is 0. */
    public double at(long step) {
        if (step < warmup) {
            return (step + 1.0) / warmup;
        }
        double done = Math.clamp((double) (step - warmup) / Math.max(1, steps - warmup), 0.0, 1.0);
        return switch (shape) {
            case CONSTANT -> 1;
            case STEPS -> step >= 0.9 * steps ? 0.1 : step >= 0.8 * steps ? 0.316 : 1;
            case COSINE -> last + (1 - last) * 0.5 * (1 + Math.cos(Math.PI * done));
            case LINEAR -> 1 - (1 - last) * done;
        };
    }
}
