package dev.jerboa.engine.eval.task;

import dev.jerboa.engine.eval.EvalException;
import java.util.List;
import java.util.Locale;

/** Tasks whose score needs generated programs to be run, which Jerboa does not do. */
final class CodeTasks {
    private static final List<String> NAMES = List.of(
            "humaneval",
            "human_eval",
            "human-eval",
            "mbpp",
            "livecodebench",
            "bigcodebench",
            "ds1000",
            "ds-1000",
            "multipl-e",
            "multiple_e",
            "codecontests",
            "code_contests",
            "swe-bench",
            "swe_bench",
            "evalplus",
            "cruxeval",
            "classeval");

    private static final List<String> FIELDS = List.of(
            "canonical_solution", "entry_point", "test_list", "test_setup_code", "unit_tests", "private_test_cases");

    private CodeTasks() {}

    /** @throws EvalException where a task is one by its name or its fields */
    static void refuse(String name, Fields first) {
        String lower = name.toLowerCase(Locale.ROOT);
        for (String each : NAMES) {
            if (lower.contains(each)) {
                throw refused(name, "its name has '" + each + "'");
            }
        }
        for (String each : FIELDS) {
            if (first.has(each)) {
                throw refused(name, "its lines have the field '" + each + "'");
            }
        }
    }

    private static EvalException refused(String name, String why) {
        return new EvalException(name + " is a code task (" + why
                + "): its score needs generated programs to be run, which Jerboa never does. Write the replies with run or"
                + " serve, and judge them in a sandbox of your own");
    }
}
