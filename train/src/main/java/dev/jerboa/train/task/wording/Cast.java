package dev.jerboa.train.task.wording;

import dev.jerboa.train.task.Language;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The people and things of stories, from {@code people.txt} and {@code things.txt}, divided as wordings are. */
final class Cast {
    static final Piece.Sides<Person> PEOPLE = people();
    static final Piece.Sides<Thing> FOOD = things("food");
    /** Everything, food too. */
    static final Piece.Sides<Thing> THINGS = everything();

    private Cast() {}

    /** A noun in both languages. */
    record Thing(Noun english, Noun arabic) {
        Noun in(Language language) {
            return language == Language.ARABIC ? arabic : english;
        }
    }

    private static Piece.Sides<Person> people() {
        Map<String, Person> people = new LinkedHashMap<>();
        for (String line : Grammar.linesOf("people.txt")) {
            String[] words = line.split(" ");
            if (!line.startsWith("#")) {
                people.put(words[0], new Person(words[0], words[1], words[2].equals("she")));
            }
        }
        return divided(people);
    }

    private static Piece.Sides<Thing> things(String kind) {
        Map<String, Thing> things = new LinkedHashMap<>();
        boolean here = false;
        for (String line : Grammar.linesOf("things.txt")) {
            int colon = line.indexOf(" : ");
            if (colon < 0) {
                here = line.equals(kind);
            } else if (here) {
                String english = line.substring(0, colon);
                things.put(english, new Thing(Noun.of(english), Noun.of(line.substring(colon + 3))));
            }
        }
        return divided(things);
    }

    private static Piece.Sides<Thing> everything() {
        Piece.Sides<Thing> items = things("items");
        List<Thing> trained = new ArrayList<>(FOOD.trained());
        List<Thing> fresh = new ArrayList<>(FOOD.fresh());
        trained.addAll(items.trained());
        fresh.addAll(items.fresh());
        return new Piece.Sides<>(List.copyOf(trained), List.copyOf(fresh));
    }

    private static <T> Piece.Sides<T> divided(Map<String, T> byText) {
        return Grammar.divided(List.copyOf(byText.keySet()), List.of())
                .map(text -> Objects.requireNonNull(byText.get(text)));
    }
}
