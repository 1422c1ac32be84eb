package dev.jerboa.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.schema.SchemaOptions;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Sources from outside take bounded time, whatever they are: a result or a ConstraintException. */
class LimitsTest {
    /** Generous, for machines that are busy; what is measured is the thread's own time. */
    private static final long MOST_MILLIS = 4000;

    private final Constraints constraints = new Constraints(Vocabularies.bytes(), 1);

    private static long cpuMillis() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1_000_000;
    }

    /** Compiles and takes the first mask. */
    private void bounded(String what, Supplier<Expression> source) {
        long before = cpuMillis();
        try {
            Matcher matcher = constraints.compile(source.get()).matcher();
            long[] mask = new long[matcher.maskWords()];
            for (int i = 0; i < 4 && !matcher.mustEnd(); i++) {
                matcher.mask(mask);
                byte[] next = matcher.shortestEnd(1);
                if (next.length == 1) {
                    matcher.accept(4 + (next[0] & 0xff));
                }
            }
        } catch (ConstraintException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
        assertThat(cpuMillis() - before).as(what).isLessThan(MOST_MILLIS);
    }

    @Test
    void pathologicalRegularExpressions() {
        for (String pattern : List.of(
                "(a*)*".repeat(50) + "b",
                "((((((((a?){30}){30}){30}){30}){30}){30}){30}){30}",
                "((((a{1,1000}){1,1000}){1,1000}){1,1000}){1,1000}",
                "(a|aa){1,1000000}b",
                "(a|b)*a(a|b){5000}",
                "\\p{L}{1,100000}\\p{Lu}{1,100000}",
                "(?:\\p{L}\\p{N}){60}".repeat(200),
                "(".repeat(100_000),
                "(".repeat(150) + "a" + ")".repeat(150),
                "a?".repeat(20_000) + "b",
                "(" + "a?".repeat(20_000) + "){2,100}",
                "[" + "a-z".repeat(300_000) + "]",
                "x".repeat(1_000_001),
                "(a|b|c|d|e|f|g|h)*".repeat(2000),
                "((a|b)*c){3,}".repeat(300),
                "^".repeat(5000) + "$".repeat(5000))) {
            bounded(pattern.substring(0, Math.min(40, pattern.length())), () -> Grammar.regex(pattern));
        }
    }

    @Test
    void pathologicalGrammars() {
        StringBuilder chain = new StringBuilder("root ::= r0\n");
        for (int i = 0; i < 60_000; i++) {
            chain.append("r").append(i).append(" ::= r").append(i + 1).append(i % 2 == 0 ? "?\n" : "\n");
        }
        chain.append("r60000 ::= \"x\"\n");
        StringBuilder doubling = new StringBuilder("root ::= r0\n");
        for (int i = 0; i < 40; i++) {
            doubling.append("r" + i + " ::= r" + (i + 1) + " r" + (i + 1) + "\n");
        }
        doubling.append("r40 ::= \"x\"?\n");
        for (String grammar : List.of(
                chain.toString(),
                doubling.toString(),
                "root ::= " + "(".repeat(100_000),
                "root ::= \"a\"" + "*".repeat(100_000),
                "root ::= (root \"a\" | \"a\" root | \"\")",
                "root ::= x x x x x x x x\nx ::= y y y y y y y y\ny ::= [a-z]* [a-y]* [a-x]* [b-z]* [a-z]*",
                "root ::= \"a\" root \"a\" | \"a\" root \"b\" | \"a\" root | \"\"",
                "root ::= (\"a\"{1,1000} \"a\"{1,1000}){1,1000}")) {
            bounded(grammar.substring(0, Math.min(40, grammar.length())), () -> Grammar.gbnf(grammar));
        }
    }

    @Test
    void pathologicalSchemas() {
        StringBuilder wide = new StringBuilder("{\"type\":\"object\",\"properties\":{");
        for (int i = 0; i < 2000; i++) {
            wide.append(i == 0 ? "" : ",").append("\"property").append(i).append("\":{\"type\":\"string\"}");
        }
        String open = wide + "},\"additionalProperties\":{\"type\":\"integer\"}}";
        String counted = wide + "},\"minProperties\":900}";
        List<String> schemas = new ArrayList<>(List.of(
                open,
                counted,
                "{\"items\":".repeat(90) + "{}" + "}".repeat(90),
                "{\"items\":".repeat(400) + "{}" + "}".repeat(400),
                "[".repeat(100_000),
                "{\"allOf\":[" + "{\"anyOf\":[{\"minimum\":1},{\"maximum\":2}]},".repeat(30) + "{\"anyOf\":[false]}]}",
                "{\"anyOf\":[" + "{\"type\":\"string\"},".repeat(3000) + "{\"type\":\"null\"}]}",
                "{\"type\":\"string\",\"pattern\":\"(a|b)*a(a|b){30}\",\"maxLength\":100}",
                "{\"type\":\"string\",\"pattern\":\"^\\\\p{L}+$\",\"maxLength\":100000}",
                "{\"type\":\"string\",\"minLength\":1000000}",
                "{\"type\":\"array\",\"minItems\":1000000,\"items\":{\"type\":\"array\",\"minItems\":1000000}}",
                "{\"type\":\"integer\",\"multipleOf\":7919,\"minimum\":1,\"maximum\":1e17}",
                "{\"type\":\"number\",\"minimum\":1e-300,\"maximum\":1e300}",
                "{\"type\":\"integer\",\"minimum\":1e390}",
                "{\"enum\":[" + "\"abcdefghij\",".repeat(20_000) + "1]}",
                "{\"$ref\":\"#/" + "a/".repeat(100_000) + "\"}"));
        StringBuilder mutual = new StringBuilder("{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
        for (int i = 0; i < 3000; i++) {
            mutual.append(i == 0 ? "" : ",")
                    .append("\"d")
                    .append(i)
                    .append("\":{\"$ref\":\"#/$defs/d")
                    .append((i + 1) % 3000)
                    .append("\",\"maximum\":")
                    .append(i)
                    .append('}');
        }
        schemas.add(mutual + "}}");
        for (String schema : schemas) {
            bounded(
                    schema.substring(0, Math.min(60, schema.length())),
                    () -> Grammar.jsonSchema(schema, SchemaOptions.DEFAULT));
        }
    }

    @Test
    void aSchemaThatContainsItselfAsAnObjectIsRefused() {
        Map<String, Object> schema = new HashMap<>();
        schema.put("items", schema);
        schema.put("additionalProperties", schema);
        assertThatThrownBy(() -> Grammar.jsonSchema(schema, SchemaOptions.DEFAULT))
                .isInstanceOf(ConstraintException.class);
        assertThatThrownBy(() -> Grammar.jsonSchema(Map.of("default", new Object()), SchemaOptions.DEFAULT))
                .isInstanceOf(ConstraintException.class);
    }

    @Test
    void deepNestingOfTheTextIsNoRecursion() {
        Matcher matcher = constraints.json().matcher();
        int open = 4 + '[';
        for (int i = 0; i < 20_000; i++) {
            matcher.accept(open);
        }
        long[] mask = new long[matcher.maskWords()];
        matcher.mask(mask);
        byte[] end = matcher.shortestEnd(200_000);
        assertThat(end).hasSize(20_000);
        for (byte b : end) {
            matcher.accept(4 + (b & 0xff));
        }
        assertThat(matcher.mustEnd()).isTrue();
    }

    @Test
    void tooAmbiguousATextIsRefusedWhenItComes() {
        Matcher matcher = constraints
                .compile(Grammar.gbnf("root ::= \"a\" root \"a\" | \"a\" root \"b\" | \"a\" root \"a\" root | \"a\""))
                .matcher();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 10_000; i++) {
                        matcher.accept(4 + 'a');
                    }
                })
                .isInstanceOf(ConstraintException.class)
                .hasMessageContaining("ways at the same time");
    }

    @Test
    void garbageIsRefusedOrRead() {
        Random random = new Random(5);
        String regexes = "ab()[]{}*+?|^$\\.dwspPux0123,-:=!<>é😀\n\"";
        String grammars = "root ::= \"ab\" | [a-z^] ( ) { } * + ? . # \\ x u \n , 0 1 9 - _";
        for (int i = 0; i < 2000; i++) {
            String regex = garbage(random, regexes, 24);
            quiet(() -> Grammar.regex(regex));
            String grammar = (random.nextBoolean() ? "root ::= " : "") + garbage(random, grammars, 30);
            quiet(() -> Grammar.gbnf(grammar));
        }
    }

    @Test
    void mutatedSchemasAreRefusedOrRead() {
        Random random = new Random(6);
        String schema =
                "{\"type\":[\"object\"],\"properties\":{\"a\":{\"$ref\":\"#/$defs/x\"},\"b\":{\"enum\":[1,\"2\"]}},\"required\":[\"a\"],"
                        + "\"minProperties\":1,\"patternProperties\":{\"^x\":{\"multipleOf\":0.5}},\"$defs\":{\"x\":{\"anyOf\":[{\"type\":\"string\",\"pattern\":\"a+\","
                        + "\"minLength\":2},{\"items\":{\"minimum\":-1.5,\"exclusiveMaximum\":7},\"maxItems\":3,\"type\":\"array\"}]}}}";
        List<String> words = List.of(
                "\"type\"",
                "\"items\"",
                "null",
                "true",
                "-1",
                "1e9",
                "[]",
                "{}",
                "\"#\"",
                "\"allOf\"",
                "\"object\"",
                "\"not\"");
        for (int i = 0; i < 800; i++) {
            StringBuilder mutated = new StringBuilder(schema);
            for (int k = 1 + random.nextInt(3); k > 0; k--) {
                int at = random.nextInt(mutated.length());
                if (random.nextBoolean()) {
                    int word = mutated.indexOf("\"", at);
                    int close = word < 0 ? -1 : mutated.indexOf("\"", word + 1);
                    if (close > 0) {
                        mutated.replace(word, close + 1, words.get(random.nextInt(words.size())));
                    }
                } else {
                    mutated.setCharAt(at, "{}[],:\"01a".charAt(random.nextInt(10)));
                }
            }
            quiet(() -> Grammar.jsonSchema(mutated.toString(), SchemaOptions.DEFAULT));
        }
    }

    private static String garbage(Random random, String alphabet, int most) {
        int[] characters = alphabet.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(most); n > 0; n--) {
            text.appendCodePoint(characters[random.nextInt(characters.length)]);
        }
        return text.toString();
    }

    private void quiet(Supplier<Expression> source) {
        long before = cpuMillis();
        try {
            Matcher matcher = constraints.compile(source.get()).matcher();
            byte[] end = matcher.shortestEnd(100);
            assertThat(matcher.validPrefix(end)).isTrue();
            assertThat(new String(end, StandardCharsets.UTF_8)).isNotNull();
        } catch (ConstraintException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
        assertThat(cpuMillis() - before).isLessThan(MOST_MILLIS);
    }
}
