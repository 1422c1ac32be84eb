package dev.jerboa.train.task.wording;

import java.util.List;
import java.util.stream.Collectors;

/** Writes lists of numbers as people do. */
public final class Listing {
    private static final List<String> PLAIN = List.of(", ", ", ", ", ", ", ", " ", " ", ",", "; ");
    private static final List<String> PLAIN_ARABIC = List.of("، ", "، ", "، ", ", ", ", ", " ", " ", ",");
    private static final List<String> LAST = List.of(" and ", " and ", ", and ");
    private static final List<String> LAST_ARABIC = List.of(" و", " و ", "، و");

    private Listing() {}

    /** The numbers in their order: {@code 3, 5, 7}, {@code 3 5 7}, {@code 3, 5 and 7}, {@code [3, 5, 7]} … */
    public static String of(Speaker speaker, List<?> numbers) {
        double kind = speaker.draws().uniform();
        if (kind < 0.3) {
            return worded(speaker, numbers);
        }
        String text = plain(speaker, numbers);
        return kind < 0.9 ? text : kind < 0.97 ? "[" + text + "]" : "(" + text + ")";
    }

    /** The same without an "and" before the last. */
    public static String plain(Speaker speaker, List<?> numbers) {
        return joined(numbers, speaker.draws().pick(speaker.arabic() ? PLAIN_ARABIC : PLAIN));
    }

    /** {@code [3, 5, 7]}, as programs write it. */
    public static String brackets(List<?> numbers) {
        return "[" + joined(numbers, ", ") + "]";
    }

    private static String worded(Speaker speaker, List<?> numbers) {
        String last = speaker.draws().pick(speaker.arabic() ? LAST_ARABIC : LAST);
        if (speaker.draws().chance(0.2)) {
            return joined(numbers, last);
        }
        String between = speaker.arabic() ? "، " : ", ";
        int n = numbers.size() - 1;
        return joined(numbers.subList(0, n), between) + last + numbers.get(n);
    }

    private static String joined(List<?> numbers, String separator) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(separator));
    }
}
