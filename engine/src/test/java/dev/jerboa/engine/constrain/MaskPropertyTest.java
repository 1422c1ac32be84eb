package dev.jerboa.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.constrain.grammar.CodePoints;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.grammar.Expression.Repeat;
import dev.jerboa.engine.constrain.schema.SchemaOptions;
import dev.jerboa.engine.constrain.vocabulary.Vocabulary;
import dev.jerboa.testkit.schema.RandomSchema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A mask has just the tokens that {@link Matcher#allows} follows byte by byte, whatever it was put together of. */
class MaskPropertyTest {
    private static final List<String> SCHEMAS = List.of(
            "{\"type\":\"array\",\"maxItems\":3,\"items\":{\"type\":\"string\",\"maxLength\":6}}",
            "{\"type\":\"string\",\"minLength\":7,\"maxLength\":70}",
            "{\"type\":\"string\",\"minLength\":80}",
            "{\"type\":\"array\",\"minItems\":30,\"maxItems\":90,\"items\":{\"enum\":[\"a\",\"ab\",1,11,\"x y\"]}}",
            "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"email\"}}",
            "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"uri\"}}",
            "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"hostname\",\"maxLength\":9}}",
            "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\",\"maxLength\":3},\"maxProperties\":70}",
            "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"pattern\":\"^[a-z ]{2,80}x?$\"}}",
            "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"pattern\":\"^(?:[a-z]{1,3}-){70,90}$\"}}");

    private static final List<String> GRAMMARS = List.of(
            "root ::= (word \" \"?)+ \".\"\nword ::= [a-z]+",
            "root ::= word{0,100} \"a\"\nword ::= [a-c] word? | \"ab\"",
            "root ::= (\"a\" | \"ab\" | \"b\"){65,80} \"c\"+",
            "root ::= item{66,70} tail\nitem ::= [^\"]\ntail ::= \"abc\" | \"\\\"\"",
            "root ::= \"(\" text \")\" root?\ntext ::= [^()]*");

    @Test
    void schemasAndGrammars() {
        Random random = new Random(5);
        Vocabulary dense = dense(random);
        for (String schema : SCHEMAS) {
            compare(Grammar.jsonSchema(schema, SchemaOptions.DEFAULT), Vocabularies.bytes(), 3, random);
            compare(Grammar.jsonSchema(schema, SchemaOptions.DEFAULT), dense, 3, random);
        }
        for (String grammar : GRAMMARS) {
            compare(Grammar.gbnf(grammar), Vocabularies.bytes(), 3, random);
            compare(Grammar.gbnf(grammar), dense, 3, random);
        }
        Expression thinking = Grammar.afterThinking("<think>", "</think>", false, Grammar.jsonObject());
        compare(thinking, Vocabularies.bytes(), 8, random);
        Grammar.Tag tag =
                new Grammar.Tag("<|call|>", Grammar.sequence(Grammar.jsonObject(), Grammar.marker("<|end|>")));
        compare(Grammar.textWithTags(List.of(tag), true), Vocabularies.bytes(), 8, random);
    }

    /** Rounds that can be read in several ways at a time, and rules that end anywhere. */
    @Test
    void ambiguousRounds() {
        Random random = new Random(6);
        Expression letter = Expression.characters(CodePoints.range('a', 'c'));
        Expression some = Expression.repeat(letter, 1, 3);
        for (Expression end : List.of(Expression.EMPTY, Expression.literal("ab"), Expression.repeat(letter, 70, 75))) {
            Expression loop = Expression.sequence(Expression.repeat(some, 30, 40), end);
            Expression.Rule rule = new Expression.Rule("rule", loop);
            Expression twice = Expression.sequence(rule, Expression.optional(Expression.literal("c")), rule);
            Expression rounds =
                    Expression.repeat(Expression.sequence(rule, Expression.literal("-")), 66, Repeat.UNBOUNDED);
            for (Expression one : List.of(loop, twice, rounds)) {
                compare(one, dense(random), 2, random);
            }
        }
    }

    @Test
    void randomSchemas() {
        Random random = new Random(7);
        Vocabulary dense = dense(random);
        for (int i = 0; i < 60; i++) {
            Object schema = new RandomSchema(random).root();
            try {
                compare(
                        Grammar.jsonSchema(schema, SchemaOptions.DEFAULT),
                        i % 2 == 0 ? Vocabularies.bytes() : dense,
                        2,
                        random);
            } catch (ConstraintException e) {
                assertThat(e).hasMessageContaining("no text satisfies");
            }
        }
    }

    @Test
    void aPublishedVocabulary() {
        Random random = new Random(8);
        for (String schema : SCHEMAS) {
            Constraint constraint = new Constraints(Vocabularies.llama3(), 1)
                    .compile(Grammar.jsonSchema(schema, SchemaOptions.DEFAULT));
            follow(constraint.matcher(), Vocabularies.llama3(), 8, random);
        }
    }

    /** All bytes and many short texts of few characters, so that tokens cross all borders; some are long. */
    private static Vocabulary dense(Random random) {
        List<byte[]> tokens = new ArrayList<>();
        tokens.add(new byte[0]);
        for (int b = 0; b < 256; b++) {
            tokens.add(new byte[] {(byte) b});
        }
        String characters = "abcx\"\",: {}[]\\n.-@é日/1";
        for (int i = 0; i < 1500; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = i % 50 == 0 ? 20 + random.nextInt(30) : 1 + random.nextInt(5); n > 0; n--) {
                int few = random.nextInt(3) == 0 ? characters.length() : 4;
                text.append(characters.charAt(random.nextInt(few)));
            }
            tokens.add(text.toString().getBytes(StandardCharsets.UTF_8));
        }
        return Vocabulary.of(tokens, Map.of("<stop>", 0), new int[] {0});
    }

    private static void compare(Expression expression, Vocabulary vocabulary, int walks, Random random) {
        Constraint constraint = new Constraints(vocabulary, 1).compile(expression);
        for (int w = 0; w < walks; w++) {
            follow(constraint.matcher(), vocabulary, 120, random);
        }
    }

    private static void follow(Matcher matcher, Vocabulary vocabulary, int steps, Random random) {
        long[] mask = new long[matcher.maskWords()];
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < steps && !matcher.mustEnd(); i++) {
            matcher.mask(mask);
            int chosen = -1;
            int seen = 0;
            int length = 1 + random.nextInt(8);
            for (int token = 0; token < vocabulary.size(); token++) {
                boolean allowed = matcher.allows(token);
                if (((mask[token >>> 6] >>> token & 1) != 0) != allowed) {
                    assertThat(token)
                            .as("%s after %s: allowed %s", show(vocabulary.bytes(token)), text, allowed)
                            .isEqualTo(-1);
                }
                int weight = vocabulary.bytes(token).length <= length ? 1 : 8;
                if (allowed && !vocabulary.isStop(token) && random.nextInt(seen += weight) < weight) {
                    chosen = token;
                }
            }
            assertThat(chosen).as("a token after %s", text).isNotNegative();
            matcher.accept(chosen);
            text.append(show(vocabulary.bytes(chosen)));
        }
    }

    private static String show(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
