package dev.jerboa.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.schema.SchemaOptions;
import dev.jerboa.engine.constrain.vocabulary.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MatcherTest {
    private static final Vocabulary VOCABULARY = Vocabularies.bytes();
    private final Constraints constraints = new Constraints(VOCABULARY, 4);

    static boolean bit(long[] mask, int token) {
        return (mask[token >>> 6] >>> token & 1) != 0;
    }

    static int token(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int t = 0; t < VOCABULARY.size(); t++) {
            if (java.util.Arrays.equals(VOCABULARY.bytes(t), bytes)) {
                return t;
            }
        }
        throw new AssertionError(text);
    }

    private static Matcher after(Constraint constraint, String... tokens) {
        Matcher matcher = constraint.matcher();
        for (String token : tokens) {
            matcher.accept(token(token));
        }
        return matcher;
    }

    /** The mask is what trying each token gives, in many states of many grammars. */
    @Test
    void aMaskIsWhatEachTokenWouldSay() {
        List<Expression> grammars = List.of(
                Grammar.json(),
                Grammar.regex("(ab|a)*c?\\d{2,40}é?"),
                Grammar.regex(".{0,40}日?x{3}"),
                Grammar.regex("[^a]*"),
                Grammar.gbnf("root ::= \"a\" root \"a\" | \"b\"? | [^\\x00-\\x7f]+"),
                Grammar.jsonSchema(
                        "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":20},\"a\":{\"type\":\"number\"}},"
                                + "\"additionalProperties\":{\"type\":[\"string\",\"null\"],\"minLength\":2}}",
                        SchemaOptions.DEFAULT),
                Grammar.textWithTags(
                        List.of(
                                new Grammar.Tag("<|call|>", Grammar.literal("x")),
                                new Grammar.Tag("<call>", Grammar.json())),
                        false),
                Grammar.afterThinking("<think>", "</think>", true, Grammar.choice(List.of("yes", "no"))));
        Random random = new Random(1);
        for (Expression grammar : grammars) {
            Constraint constraint = constraints.compile(grammar);
            for (int walk = 0; walk < 10; walk++) {
                Matcher matcher = constraint.matcher();
                for (int i = 0; i < 25 && !matcher.mustEnd(); i++) {
                    int last = checkMask(matcher, random);
                    if (last < 0 || VOCABULARY.isStop(last)) {
                        break;
                    }
                    matcher.accept(last);
                }
            }
        }
    }

    private static int checkMask(Matcher matcher, Random random) {
        long[] mask = new long[matcher.maskWords() + 2];
        java.util.Arrays.fill(mask, -1);
        matcher.mask(mask);
        int picked = -1;
        int seen = 0;
        for (int t = 0; t < 64 * mask.length; t++) {
            boolean expected = t < VOCABULARY.size()
                    && (VOCABULARY.isStop(t)
                            ? matcher.acceptsEnd()
                            : VOCABULARY.bytes(t).length > 0
                                    ? matcher.validPrefix(VOCABULARY.bytes(t))
                                    : matcher.allows(t));
            assertThat(bit(mask, t)).as("token %s", t).isEqualTo(expected);
            if (expected && random.nextInt(++seen) == 0) {
                picked = t;
            }
        }
        return picked;
    }

    @Test
    void endsWhereTheTextMayEnd() {
        Constraint constraint = constraints.regex("abc(ab)?");
        Matcher matcher = after(constraint, "ab");
        assertThat(matcher.acceptsEnd()).isFalse();
        assertThat(matcher.allows(Vocabularies.STOP)).isFalse();
        matcher.accept(token("c"));
        assertThat(matcher.acceptsEnd()).isTrue();
        assertThat(matcher.mustEnd()).isFalse();
        matcher.accept(token("ab"));
        assertThat(matcher.mustEnd()).isTrue();
        long[] mask = new long[matcher.maskWords()];
        matcher.mask(mask);
        assertThat(mask[0]).isEqualTo(1L << Vocabularies.STOP);
        matcher.accept(Vocabularies.STOP);
        matcher.mask(mask);
        assertThat(mask).containsOnly(0);
        assertThat(matcher.allows(token("a"))).isFalse();
        assertThat(matcher.mustEnd()).isTrue();
    }

    @Test
    void aTokenThatMayNotComeChangesNothing() {
        Matcher matcher = after(constraints.regex("abc"), "ab");
        assertThatThrownBy(() -> matcher.accept(token("a"))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> matcher.accept(-1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> matcher.accept(VOCABULARY.size())).isInstanceOf(IllegalStateException.class);
        assertThat(matcher.length()).isEqualTo(1);
        assertThat(matcher.allows(token("c"))).isTrue();
    }

    @Test
    void takesTokensBack() {
        Constraint constraint = constraints.regex("(ab|c)*");
        Matcher matcher = after(constraint, "ab", "c", "a");
        Matcher other = matcher.copy();
        matcher.rollback(1);
        assertThat(matcher.allows(token("c"))).isTrue();
        assertThat(other.allows(token("c"))).isFalse();
        matcher.accept(Vocabularies.STOP);
        matcher.rollback(3);
        assertThat(matcher.length()).isZero();
        assertThat(matcher.mustEnd()).isFalse();
        assertThatThrownBy(() -> matcher.rollback(1)).isInstanceOf(IllegalArgumentException.class);
        other.accept(token("b"));
        assertThat(other.acceptsEnd()).isTrue();
        for (int i = 0; i < 200; i++) {
            other.accept(token("ab"));
        }
        other.rollback(200);
        assertThat(other.length()).isEqualTo(4);
    }

    @Test
    void saysWhatMustCome() {
        Matcher matcher = constraints.choice(List.of("hello 日本", "hello 日曜")).matcher();
        assertThat(new String(matcher.forced(), StandardCharsets.UTF_8)).startsWith("hello 日");
        assertThat(matcher.forced()).hasSize("hello 日".length() - 1 + 3 + 1);
        assertThat(constraints.regex("a?").matcher().forced()).isEmpty();
        assertThat(constraints.regex("a*b").matcher().forced()).isEmpty();
    }

    @Test
    void twinsAreBothAllowed() {
        Matcher matcher = constraints.regex("ab").matcher();
        long[] mask = new long[matcher.maskWords()];
        matcher.mask(mask);
        int count = 0;
        for (int t = 0; t < VOCABULARY.size(); t++) {
            count += bit(mask, t) && VOCABULARY.bytes(t).length == 2 ? 1 : 0;
        }
        assertThat(count).isEqualTo(2);
    }

    @Test
    void aVocabularyWithoutTheBytesIsRefused() {
        Vocabulary few = Vocabulary.of(
                List.of("a".getBytes(StandardCharsets.UTF_8), "ab".getBytes(StandardCharsets.UTF_8), new byte[0]),
                Map.of("<stop>", 2),
                new int[] {2});
        Constraints poor = new Constraints(few, 4);
        assertThatThrownBy(() -> poor.regex("ab"))
                .isInstanceOf(ConstraintException.class)
                .hasMessageContaining("no token for the single byte 0x62");
        Matcher matcher = poor.regex("(ab|a)+").matcher();
        long[] mask = new long[1];
        matcher.mask(mask);
        assertThat(mask[0]).as("what can always be completed").isEqualTo(1);
    }

    @Test
    void keepsTheLatestConstraints() {
        Constraint first = constraints.regex("a");
        assertThat(constraints.regex("a")).isSameAs(first);
        for (int i = 0; i < 4; i++) {
            constraints.regex("b{" + (i + 1) + "}");
        }
        assertThat(constraints.regex("a")).isNotSameAs(first);
        Map<String, Object> schema = Map.of("type", "integer");
        assertThat(constraints.jsonSchema(schema, SchemaOptions.DEFAULT))
                .isSameAs(constraints.jsonSchema(schema, SchemaOptions.DEFAULT));
        assertThat(constraints.choice(List.of("a", "b"))).isNotSameAs(constraints.choice(List.of("ab")));
    }
}
