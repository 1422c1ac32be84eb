package dev.jerboa.train.task;

import dev.jerboa.train.random.Draws;
import java.nio.charset.StandardCharsets;

/**
 * The line between problems to train on and problems to be judged by: drawn by the hash of {@link Problem#key}, so that no
 * wording, language or seed carries a problem over it.
 */
public final class Split {
    /** One problem in so many is held out. */
    public static final int ONE_IN = 10;

    private static final int ATTEMPTS = 10_000;

    private Split() {}

    /** Whether the problem is for judging only. */
    public static boolean isHeldOut(Problem problem) {
        return !(problem.check() instanceof Check.Recall) && Long.remainderUnsigned(hash(problem.key()), ONE_IN) == 0;
    }

    /** The example of a key for training: the first of the key's branches that is not held out. */
    public static Example training(Task task, long seed, long stream, long index) {
        return first(task, Draws.of(seed, stream, index), false);
    }

    /** The example of a key for judging: the first of the key's branches that is held out. */
    public static Example heldOut(Task task, long seed, long stream, long index) {
        return first(task, Draws.of(seed, stream, index), true);
    }

    private static Example first(Task task, Draws draws, boolean heldOut) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Example example = task.example(draws.branch(attempt));
            if (isHeldOut(example.problem()) == heldOut) {
                return example;
            }
        }
        throw new IllegalArgumentException("none of " + ATTEMPTS + " problems drawn of the task " + task.name() + " is "
                + (heldOut ? "held out" : "for training"));
    }

    /** FNV-1a of the text's UTF-8 (Fowler, Noll, Vo), finished by SplitMix64's mixing. */
    public static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return Draws.mix(hash);
    }
}
