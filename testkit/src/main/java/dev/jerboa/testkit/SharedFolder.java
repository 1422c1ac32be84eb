package dev.jerboa.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * The folder of independent references (checkpoints with logits, tokenizer vectors, templates) that tests compare with.
 * It is found through the system property {@code jerboa.shared}; where it is missing, a test prints so and is skipped.
 */
public final class SharedFolder {
    private SharedFolder() {}

    /** The file or folder {@code relative} below the shared folder; skips the calling test, aloud, when it is missing. */
    public static Path require(String relative) {
        Path path = path(relative);
        if (!Files.exists(path)) {
            String why = "SKIPPED: no reference at " + path + " (set -Djerboa.shared=FOLDER)";
            System.out.println(why);
            Assumptions.abort(why);
        }
        return path;
    }

    /** The file or folder {@code relative} below the shared folder, whether or not it exists. */
    public static Path path(String relative) {
        return Path.of(System.getProperty("jerboa.shared", "../shared"))
                .resolve(relative)
                .normalize();
    }
}
