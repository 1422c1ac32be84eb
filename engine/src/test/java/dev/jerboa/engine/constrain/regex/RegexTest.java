package dev.jerboa.engine.constrain.regex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.constrain.Language;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegexTest {
    private static Language whole(String pattern) {
        return Language.of(RegexParser.whole(pattern, "test"));
    }

    /** Pattern, a text that it matches, one that it does not. */
    private static final String[][] CASES = {
        {"a|b", "b", "c"},
        {"(?:ab)+", "abab", "aba"},
        {"(?<n>a)b", "ab", "b"},
        {"a{2}", "aa", "aaa"},
        {"a{2,}", "aaaa", "a"},
        {"a{1,2}?", "aa", "aaa"},
        {"a+?b*?", "ab", "b"},
        {"[a-c]", "b", "d"},
        {"[^a-c]", "d", "a"},
        {"[\\d-]", "-", "x"},
        {"[a-]", "-", "b"},
        {"\\d\\D", "1x", "11"},
        {"\\w\\W", "_!", "__"},
        {"\\s\\S", "\u00a0x", "xx"},
        {".", "x", "\n"},
        {"\\x41\\u0042\\u{43}", "ABC", "abc"},
        {"\\p{Lu}\\P{Lu}", "Éé", "éÉ"},
        {"\\p{Script=Greek}", "λ", "l"},
        {"\\ud83d\\ude00", "😀", "x"},
        {"a{", "a{", "a"},
        {"a{x}", "a{x}", "a"},
        {"^a$", "a", "b"},
        {"^(a|b$)", "b", "c"},
        {"a(^b)?", "a", "ab"},
        {"(^|,)x", "x", "yx"},
        {"[\\b]", "\b", "b"},
        {"\\.\\/\\-", "./-", "a"},
        {"日+", "日日", "月"},
        {"(a?){3}", "aa", "aaaa"},
        {"(a*){2,70}", "", "b"},
        {"\\cJ", "\n", "J"},
    };

    @Test
    void matchesFromBeginningToEnd() {
        for (String[] one : CASES) {
            Language language = whole(one[0]);
            assertThat(language.has(one[1])).as("%s matches %s", one[0], one[1]).isTrue();
            assertThat(language.has(one[2])).as("%s matches %s", one[0], one[2]).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?=a)",
                "(?!a)",
                "(?<=a)b",
                "(?<!a)b",
                "(a)\\1",
                "(?<n>a)\\k<n>",
                "\\bword\\b",
                "\\B",
                "(?i)a",
                "(?>a)",
                "a++",
                "a**",
                "(a",
                "a)",
                "[a",
                "*a",
                "\\",
                "\\q",
                "[b-a]",
                "a{2,1}",
                "\\p{Nope}",
                "\\pL",
                "\\u12",
                "\\x1",
                "\\u{110000}",
                "\\01",
                "(^a)*",
                "a{2000000}",
                "\\ud83d\\u0041",
                "(?<n",
                "a{1}{2}"
            })
    void refusesByNameAndPlace(String pattern) {
        assertThatThrownBy(() -> RegexParser.whole(pattern, "pattern x"))
                .isInstanceOf(ConstraintException.class)
                .hasMessageStartingWith("pattern x: ")
                .hasMessageContaining("character ");
    }

    @Test
    void searchesAsJsonSchemaDoes() {
        Language language = Language.of(RegexParser.search("b+", "test"));
        assertThat(language.has("abbc")).isTrue();
        assertThat(language.has("a\nb")).isTrue();
        assertThat(language.has("ac")).isFalse();
        Language start = Language.of(RegexParser.search("^a|c$", "test"));
        assertThat(start.has("ax")).isTrue();
        assertThat(start.has("xc")).isTrue();
        assertThat(start.has("xax")).isFalse();
    }

    /** Random patterns against java.util.regex on random strings. */
    @Test
    void agreesWithJava() {
        Random random = new Random(7);
        int matched = 0;
        for (int i = 0; i < 800; i++) {
            String pattern = pattern(random, 3);
            Pattern java = Pattern.compile(pattern);
            Language whole = null;
            Language search = null;
            CharacterAutomaton automaton = null;
            try {
                Expression expression = RegexParser.whole(pattern, "test");
                whole = Language.of(expression);
                search = Language.of(RegexParser.search(pattern, "test"));
                automaton = CharacterAutomaton.of(expression, "test");
            } catch (ConstraintException e) {
                assertThat(e.getMessage()).containsAnyOf("repeated group with ^ or $", "no text satisfies");
                continue;
            }
            for (int k = 0; k < 40; k++) {
                String text = text(random);
                boolean expected = java.matcher(text).matches();
                matched += expected ? 1 : 0;
                assertThat(whole.has(text)).as("%s matches '%s'", pattern, text).isEqualTo(expected);
                assertThat(automaton.matches(text))
                        .as("%s on '%s'", pattern, text)
                        .isEqualTo(expected);
                assertThat(search.has(text))
                        .as("%s found in '%s'", pattern, text)
                        .isEqualTo(found(pattern, text));
            }
        }
        assertThat(matched).isGreaterThan(250);
    }

    private static boolean found(String pattern, String text) {
        return Pattern.compile(pattern.replace("$", "\\z")).matcher(text).find();
    }

    private static String pattern(Random random, int depth) {
        int kind = random.nextInt(depth == 0 ? 5 : 10);
        return switch (kind) {
            case 0 -> "a";
            case 1 -> "b";
            case 2 -> "[a-c]";
            case 3 -> "[^b]";
            case 4 -> random.nextInt(4) == 0 ? (random.nextBoolean() ? "^" : "$") : "é";
            case 5 -> pattern(random, depth - 1) + "|" + pattern(random, depth - 1);
            case 6 -> "(" + pattern(random, depth - 1) + ")" + (random.nextBoolean() ? "*" : "?");
            case 7 ->
                "(?:" + pattern(random, depth - 1) + "){" + random.nextInt(2) + "," + (1 + random.nextInt(3)) + "}";
            default -> "(" + pattern(random, depth - 1) + ")(" + pattern(random, depth - 1) + ")";
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(5);
        for (int i = 0; i < length; i++) {
            text.append("abcé".charAt(random.nextInt(4)));
        }
        return text.toString();
    }

    @Test
    void productsOfAutomata() {
        CharacterAutomaton a = CharacterAutomaton.of(RegexParser.whole("[a-f]+", "t"), "t");
        CharacterAutomaton b = CharacterAutomaton.of(RegexParser.whole(".*[e-h]", "t"), "t");
        Language both = Language.of(a.and(b, "t")
                .and(CharacterAutomaton.lengths(2, 3, "t"), "t")
                .toExpression(Expression::characters, "t"));
        assertThat(both.has("ae")).isTrue();
        assertThat(both.has("abe")).isTrue();
        assertThat(both.has("abce")).isFalse();
        assertThat(both.has("e")).isFalse();
        assertThat(both.has("ag")).isFalse();
        Language difference = Language.of(a.minus(b, "t").toExpression(Expression::characters, "t"));
        assertThat(difference.has("ab")).isTrue();
        assertThat(difference.has("ae")).isFalse();
        assertThat(a.minus(a, "t").isEmpty()).isTrue();
    }
}
