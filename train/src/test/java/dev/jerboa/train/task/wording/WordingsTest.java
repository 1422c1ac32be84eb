package dev.jerboa.train.task.wording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Language;
import dev.jerboa.train.task.Wordings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WordingsTest {
    private static final Noun THINGS = new Noun("things", "thing", "the things");
    private static final Map<String, ?> PARTS = Map.ofEntries(
            Map.entry("a", 12),
            Map.entry("b", 5),
            Map.entry("c", 7),
            Map.entry("n", 34),
            Map.entry("p", 15),
            Map.entry("t", 22),
            Map.entry("x", "EXPRESSION"),
            Map.entry("list", "LIST"),
            Map.entry("brackets", "LIST"),
            Map.entry("from", THINGS),
            Map.entry("to", THINGS),
            Map.entry("one", "ONE"),
            Map.entry("day", "DAY"),
            Map.entry("date", "DATE"),
            Map.entry("time", "TIME"),
            Map.entry("name", new Person("Sara", "Sara", true)),
            Map.entry("other", new Person("Omar", "Omar", false)),
            Map.entry("things", THINGS),
            Map.entry("thing", "thing"),
            Map.entry("food", THINGS),
            Map.entry("bite", "bite"),
            Map.entry("money", THINGS));

    private static final Rules RULES = new Rules();

    static {
        RULES.add("big", new Piece.Text("large"));
    }

    /** Every pattern can be spoken, and no new one says what a trained one of any list does, but for case, spaces and punctuation. */
    @ParameterizedTest
    @EnumSource
    void newWordingsAreNoTrainedOnes(Language language) {
        Map<String, String> trained = new HashMap<>();
        Map<String, String> fresh = new HashMap<>();
        for (String name : Grammar.of(language).names("")) {
            Piece.Sides<Piece> patterns = Grammar.of(language).lines(name).patterns();
            Set.copyOf(patterns.trained())
                    .forEach(pattern -> spoken(pattern, language, Wordings.TRAINED, 300, name, trained));
            patterns.fresh().forEach(pattern -> spoken(pattern, language, Wordings.NEW, 100, name, fresh));
        }
        assertThat(fresh).hasSizeGreaterThan(250);
        assertThat(trained).hasSizeGreaterThan(3_000);
        Map<String, String> both = new HashMap<>(fresh);
        both.keySet().retainAll(trained.keySet());
        assertThat(both).isEmpty();
    }

    private static void spoken(
            Piece pattern, Language language, Wordings wordings, int times, String name, Map<String, String> texts) {
        for (int i = 0; i < times; i++) {
            StringBuilder out = new StringBuilder();
            boolean arabic = language == Language.ARABIC;
            pattern.speak(out, new Telling(Draws.of(1, 0, i), wordings, arabic, false, PARTS));
            assertThat(out).doesNotContain("{", "  ");
            String around = name.equals("lead") || name.equals("tail") ? name + " " : "";
            texts.put(around + out.toString().toLowerCase().replaceAll("[\\s.?!,:;،؟]", ""), name + ": " + out);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aboutOnePatternInEightIsHeldOut(Language language) {
        int fresh = 0;
        int all = 0;
        for (String name : Grammar.of(language).names("")) {
            Piece.Sides<Piece> patterns = Grammar.of(language).lines(name).patterns();
            int trained = Set.copyOf(patterns.trained()).size();
            assertThat(trained).as(name).isPositive();
            assertThat(patterns.fresh()).as(name).isNotEmpty();
            fresh += patterns.fresh().size();
            all += trained + patterns.fresh().size();
        }
        assertThat((double) fresh / all).isBetween(0.1, 0.16);
        assertThat(Grammar.of(Language.ENGLISH).names(""))
                .isEqualTo(Grammar.of(Language.ARABIC).names(""));
    }

    @Test
    void whoIsInTrainedStoriesIsNotInNewOnes() {
        assertThat(Cast.PEOPLE.trained()).hasSizeGreaterThan(40).doesNotContainAnyElementsOf(Cast.PEOPLE.fresh());
        assertThat(Cast.THINGS.trained()).hasSizeGreaterThan(50).doesNotContainAnyElementsOf(Cast.THINGS.fresh());
        assertThat(Cast.THINGS.fresh()).containsAll(Cast.FOOD.fresh());
        assertThat(Cast.PEOPLE.fresh()).hasSizeGreaterThan(4);
    }

    private static Set<String> all(String pattern, boolean arabic, boolean spelled) {
        Set<String> texts = new HashSet<>();
        Map<String, ?> parts = Map.of(
                "a", 12, "b", 5, "z", 2, "name", new Person("Sara", "سارة", true), "things", Noun.of("كتب/كتابا"));
        for (int i = 0; i < 200; i++) {
            StringBuilder out = new StringBuilder();
            PatternReader.read(pattern, RULES)
                    .speak(out, new Telling(Draws.of(2, 0, i), Wordings.TRAINED, arabic, spelled, parts));
            texts.add(out.toString());
        }
        return texts;
    }

    @Test
    void patternsHaveAlternativesAndOptionalParts() {
        assertThat(all("(a|b|) [c|d (e|f)] x", false, false))
                .containsExactlyInAnyOrder(
                        "a x", "b x", " x", "a c x", "b c x", " c x", "a d e x", "b d e x", " d e x", "a d f x",
                        "b d f x", " d f x");
        assertThat(all("how <big> \\(is [it|this]\\)?", false, false))
                .containsExactlyInAnyOrder("how large (is)?", "how large (is it)?", "how large (is this)?");
        assertThat(all("{name}: {He/She}, {a}+{b}", false, false)).containsExactly("Sara: She, 12+5");
        assertThat(all("{a}+{b}", false, true)).containsExactly("twelve+five");
        assertThat(all("left [over].", false, false)).containsExactlyInAnyOrder("left.", "left over.");
    }

    /** The plural after 3 to 10, the singular after 11 to 99, "of the" after any. */
    @Test
    void arabicNounsFollowTheirNumbers() {
        assertThat(all("{a:things}", true, false)).containsExactlyInAnyOrder("12 كتابا", "12 من الكتب");
        assertThat(all("{b:things}", true, false)).containsExactlyInAnyOrder("5 كتب", "5 من الكتب");
        assertThat(all("{z:things}", true, false)).containsExactly("2 من الكتب");
        assertThat(all("{a:كراس/كرسيا/الكراسي}", true, false)).containsExactlyInAnyOrder("12 كرسيا", "12 من الكراسي");
        assertThat(all("{things}", true, false)).containsExactly("الكتب");
    }

    @Test
    void numbersHaveWords() {
        assertThat(List.of(0, 7, 12, 20, 45, 90, 99).stream().map(NumberWords::english))
                .containsExactly("zero", "seven", "twelve", "twenty", "forty-five", "ninety", "ninety-nine");
        assertThat(NumberWords.arabic(3)).isEqualTo("ثلاثة");
        assertThat(NumberWords.arabic(10)).isEqualTo("عشرة");
    }

    @Test
    void mistakesInPatternsAreNamed() {
        assertThatThrownBy(() -> PatternReader.read("a (b", new Rules())).hasMessageContaining("no )");
        assertThatThrownBy(() -> PatternReader.read("a ]b", new Rules())).hasMessageContaining("]");
        assertThatThrownBy(() -> PatternReader.read("a {b", new Rules())).hasMessageContaining("no }");
        assertThatThrownBy(() -> RULES.add("big", new Piece.Text("huge"))).hasMessageContaining("<big>");
        assertThatThrownBy(() -> all("<none>", false, false)).hasMessageContaining("none");
        assertThatThrownBy(() -> all("{none}", false, false)).hasMessageContaining("none");
        assertThatThrownBy(() -> all("{name:things}", false, false)).hasMessageContaining("name");
        assertThatThrownBy(() -> Grammar.divided(List.of("a", "b", "c"), List.of()))
                .hasMessageContaining("4");
        assertThatThrownBy(() -> Grammar.of(Language.ENGLISH).lines("chess")).hasMessageContaining("chess");
    }
}
