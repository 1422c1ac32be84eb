package dev.jerboa.engine.constrain.gbnf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.constrain.Language;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import org.junit.jupiter.api.Test;

class GbnfTest {
    private static final String JSON = """
            # llama.cpp's own example
            root   ::= object
            value  ::= object | array | string | number | ("true" | "false" | "null") ws

            object ::=
              "{" ws (
                        string ":" ws value
                ("," ws string ":" ws value)*
              )? "}" ws

            array  ::=
              "[" ws (
                        value
                ("," ws value)*
              )? "]" ws

            string ::=
              "\\"" (
                [^"\\\\\\x7F\\x00-\\x1F] |
                "\\\\" (["\\\\bfnrt] | "u" [0-9a-fA-F]{4}) # escapes
              )* "\\"" ws

            number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws

            # Optional space: by convention, applied in this grammar after literal chars when allowed
            ws ::= | " " | "\\n" [ \\t]{0,20}
            """;

    private static Language of(String grammar) {
        return Language.of(GbnfParser.parse(grammar));
    }

    @Test
    void readsTheJsonGrammarOfLlamaCpp() {
        Language json = of(JSON);
        assertThat(json.has("{\"a\": [1, -2.5e1, true, null, {\"b\": \"x\\u00e9\\\"\"}], \"ü\": {}}"))
                .isTrue();
        assertThat(json.has("{\n\t\"a\":1}")).isTrue();
        assertThat(json.begins("{\n\n")).isFalse();
        assertThat(json.has("[1]")).isFalse();
        assertThat(json.has("{\"a\":01}")).isFalse();
    }

    /** Grammar, a text of it, one that is not. */
    private static final String[][] PARTS = {
        {"root ::= \"a\" | \"b\"", "b", "c"},
        {"root ::= [a-cx]+", "abx", "d"},
        {"root ::= [^a-c]", "é", "a"},
        {"root ::= \"\\x41\\u00e9\\U0001F600\"", "Aé😀", "A"},
        {"root ::= \"\\t\\n\\r\\\\\\\"\\[\\]\"", "\t\n\r\\\"[]", "t"},
        {"root ::= a{2} a{1,} a{0,1}\na ::= \"x\"", "xxx", "xx"},
        {"root ::= (\"a\"\n\"b\")?", "ab", "a"},
        {"root ::=\n \"a\" |\n \"b\" # comment\n", "b", "ab"},
        {"root ::= \"a\" # one\n  | \"b\"\n\n", "b", "ab"},
        {"root ::= .{2}", "日\n", "a"},
        {"root ::= my-rule_2\nmy-rule_2 ::= \"ok\"", "ok", "no"},
        {"root ::= [\\]\\-a]", "-", "b"},
        {"root ::= [a-]", "-", "b"},
        {"root ::= \"(\" root \")\" | \"\"", "((()))", "(()"},
    };

    @Test
    void readsItsParts() {
        for (String[] one : PARTS) {
            Language language = of(one[0]);
            assertThat(language.has(one[1])).as("%s has %s", one[0], one[1]).isTrue();
            assertThat(language.has(one[2])).as("%s has %s", one[0], one[2]).isFalse();
        }
    }

    /** Source, and what the message says. */
    private static final String[][] REFUSED = {
        {"a ::= \"x\"", "no rule root"},
        {"root ::= b", "grammar 1:10: the rule b is not defined"},
        {"root ::= \"a\"\nroot ::= \"b\"", "grammar 2:1: the rule root is defined twice"},
        {"root ::= \"a", "ends inside"},
        {"root ::= [a", "ends inside"},
        {"root ::= (\"a\"", "a ( without its )"},
        {"root = \"a\"", "expected ::="},
        {"root ::= \"a\" )", "unexpected )"},
        {"root ::= \"\\q\"", "unknown escape"},
        {"root ::= \"\\x4\"", "too few hexadecimal digits"},
        {"root ::= \"\\UFFFFFFFF\"", "beyond U+10FFFF"},
        {"root ::= \"a\"{2,1}", "put the smaller number first"},
        {"root ::= \"a\"{x}", "expected a number"},
        {"root ::= \"a\"{9999999}", "lower it"},
        {"root ::= [b-a]", "runs backwards"},
        {"root ::= <think>", "not supported"},
        {"root ::= *", "unexpected *"},
    };

    @Test
    void refusesWithLineAndColumn() {
        for (String[] one : REFUSED) {
            assertThatThrownBy(() -> GbnfParser.parse(one[0]))
                    .as(one[0])
                    .isInstanceOf(ConstraintException.class)
                    .hasMessageContaining(one[1]);
        }
    }

    @Test
    void refusesWhatHasNoEnd() {
        assertThatThrownBy(() -> of("root ::= \"a\" root")).hasMessageContaining("no text satisfies");
        assertThatThrownBy(() -> of("root ::= e\ne ::= e \"+\" \"1\" | \"1\""))
                .hasMessageContaining("the rule e begins with itself");
        assertThatThrownBy(() -> of("root ::= a? root \"x\" | \"y\"\na ::= \"\" | \"b\""))
                .hasMessageContaining("left recursion");
        Language trimmed = of("root ::= \"a\" dead | \"b\"\ndead ::= \"x\" dead");
        assertThat(trimmed.begins("a")).isFalse();
        assertThat(trimmed.has("b")).isTrue();
    }

    @Test
    void keepsAllReadingsOfAnAmbiguousText() {
        Language palindromes = of("root ::= \"a\" root \"a\" | \"b\" root \"b\" | \"a\" | \"b\" | \"\"");
        assertThat(palindromes.has("abbaabba")).isTrue();
        assertThat(palindromes.has("abbaabb")).isFalse();
        Language prefixes =
                of("root ::= \"if \" x \" then \" x | \"if \" x \" then \" x \" else \" x\nx ::= \"p\" | root");
        assertThat(prefixes.has("if p then if p then p else p")).isTrue();
        assertThat(prefixes.has("if p then if p then p else p else p")).isTrue();
        assertThat(prefixes.has("if p then if p then p else p else p else p")).isFalse();
    }

    @Test
    void countsLongRepeatsWithoutWritingThemOut() {
        Language language = of("root ::= item{3,5000} \"!\"\nitem ::= \"(\" root* \")\" | [a-z]{2}");
        assertThat(language.has("abcdef!")).isTrue();
        assertThat(language.has("abcd!")).isFalse();
        assertThat(language.has("ab".repeat(5000) + "!")).isTrue();
        assertThat(language.begins("ab".repeat(5000) + "a")).isFalse();
        assertThat(language.has("(ab()()cd!)()()!")).isTrue();
    }
}
