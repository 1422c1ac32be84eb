package dev.jerboa.train.task.wording;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Wordings;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a wording is spoken with.
 *
 * @param arabic whether in Arabic
 * @param spelled whether numbers are words
 * @param parts numbers, nouns, people and texts by the names that patterns have for them
 */
record Telling(Draws draws, Wordings wordings, boolean arabic, boolean spelled, Map<String, ?> parts) {
    Object part(String name) {
        @Nullable Object part = parts.get(name);
        if (part == null) {
            throw new IllegalArgumentException("no part is named {" + name + "}; there are " + parts.keySet());
        }
        return part;
    }

    void write(StringBuilder out, Object part) {
        switch (part) {
            case Integer number when spelled -> out.append(NumberWords.english(number));
            case Noun noun -> out.append(arabic ? noun.definite() : noun.plural());
            case Person person -> out.append(arabic ? person.arabic() : person.english());
            default -> out.append(part);
        }
    }

    /**
     * A number with its noun. Arabic has the plural after 3 to 10 and the singular after 11 to 99; after other numbers, and now and
     * then after these, things are put after {@code من} ("2 of the books"), which is right for every number.
     */
    void count(StringBuilder out, int number, Noun noun) {
        write(out, number);
        if (!arabic) {
            out.append(' ').append(noun.plural());
            return;
        }
        int last = number % 100;
        if (last < 3 || draws.chance(0.25)) {
            out.append(" من ").append(noun.definite());
        } else {
            out.append(' ').append(last <= 10 ? noun.plural() : noun.singular());
        }
    }
}
