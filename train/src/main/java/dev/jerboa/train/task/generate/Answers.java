package dev.jerboa.train.task.generate;

import dev.jerboa.train.task.wording.Speaker;
import java.util.List;

/** Answers that are one of two words. */
final class Answers {
    private Answers() {}

    static List<String> yesNo(Speaker speaker) {
        return speaker.arabic() ? List.of("نعم", "لا") : List.of("yes", "no");
    }

    static List<String> evenOdd(Speaker speaker) {
        return speaker.arabic() ? List.of("زوجي", "فردي") : List.of("even", "odd");
    }
}
