package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Language;
import java.util.List;

/**
 * The wordings of one question in two languages; {@code {0}} to {@code {9}} stand for its parts.
 *
 * <p>Arabic wordings put counted things after {@code من} ("12 of the books"), which is right for every number, where Arabic
 * otherwise inflects the noun by it.
 */
record Phrases(List<String> english, List<String> arabic) {
    private static final double ARABIC_SHARE = 1 / 3.0;

    static Phrases of(List<String> english, List<String> arabic) {
        return new Phrases(List.copyOf(english), List.copyOf(arabic));
    }

    /** The language of the next question. */
    static Language language(Draws draws) {
        return draws.chance(ARABIC_SHARE) ? Language.ARABIC : Language.ENGLISH;
    }

    /** One of the wordings with its parts put in. */
    String say(Draws draws, Language language, Object... parts) {
        return fill(draws.pick(language == Language.ARABIC ? arabic : english), parts);
    }

    static String fill(String pattern, Object... parts) {
        StringBuilder text = new StringBuilder(pattern.length() + 16);
        for (int i = 0; i < pattern.length(); i++) {
            if (pattern.charAt(i) == '{') {
                text.append(parts[pattern.charAt(i + 1) - '0']);
                i += 2;
            } else {
                text.append(pattern.charAt(i));
            }
        }
        return text.toString();
    }
}
