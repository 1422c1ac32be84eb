package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Check;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Problem;

/**
 * Examples whose answer is one whole number. One Arabic question in eight is asked in Arabic-Indic digits and answered in them;
 * the working is in Western digits always, so that there is one arithmetic to learn and a translation at its two ends.
 */
final class Numeric {
    private Numeric() {}

    static Example example(
            String task,
            String key,
            Draws draws,
            Language language,
            String question,
            CharSequence thinking,
            long answer) {
        boolean eastern = language == Language.ARABIC && draws.below(8) == 0;
        String text = Long.toString(answer);
        return Example.good(
                new Problem(
                        task,
                        task + " " + key,
                        language,
                        eastern ? eastern(question) : question,
                        eastern ? eastern(text) : text,
                        Check.Number.of(answer)),
                thinking.toString());
    }

    /** The text with Arabic-Indic digits for Western ones. */
    static String eastern(String text) {
        StringBuilder out = new StringBuilder(text);
        for (int i = 0; i < out.length(); i++) {
            char c = out.charAt(i);
            if (c >= '0' && c <= '9') {
                out.setCharAt(i, (char) (c - '0' + '\u0660'));
            }
        }
        return out.toString();
    }

    /** A number of exactly so many digits, without a leading zero; 0 to 9 of one. */
    static int ofDigits(Draws draws, int digits) {
        int low = digits == 1 ? 0 : (int) Math.pow(10, digits - 1);
        return draws.between(low, (int) Math.pow(10, digits) - 1);
    }
}
