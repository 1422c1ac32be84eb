package dev.jerboa.bench;

import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.constrain.Constraints;
import dev.jerboa.engine.constrain.Grammar;
import dev.jerboa.engine.constrain.Matcher;
import dev.jerboa.engine.constrain.grammar.Expression;
import dev.jerboa.engine.constrain.schema.SchemaOptions;
import dev.jerboa.engine.constrain.vocabulary.Vocabulary;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.model.token.Tokenizers;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * What constrained output costs without a model: compiling, and mask and accept of a token, of positions never seen and seen before,
 * in the thread's own time. Followed are a document as the tokenizer writes it, and 200 tokens picked at random from the masks, as a
 * model of random weights would.
 *
 * <pre>
 * ConstraintBenchmark TOKENIZER [rounds]     a folder
 * </pre>
 *
 * <p>A constraint is made anew in every round; what its vocabulary keeps for all constraints is empty in the first only, which is told
 * apart.
 */
public final class ConstraintBenchmark {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int WALK = 200;

    private static final String ADDRESS =
            "{\"street\": \"12 St. James's Square\", \"city\": \"London\", \"zip\": \"12345\"}";

    private record Case(String name, Supplier<Expression> source, String document) {
        static Case schema(String name, String schema, String document) {
            return new Case(name, () -> Grammar.jsonSchema(schema, SchemaOptions.DEFAULT), document);
        }
    }

    private static final List<Case> CASES = List.of(
            Case.schema("flat object", """
                    {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0, "maximum": 150},
                    "email": {"type": "string", "format": "email"}, "member": {"type": "boolean"}, "note": {"type": "string"}},
                    "required": ["name", "age", "email", "member", "note"], "additionalProperties": false}""", """
                    {"name": "Ada Lovelace, Countess of Lovelace", "age": 36, "email": "ada.lovelace@mail.example.org", "member": true, \
                    "note": "She wrote the first programme, for a machine that was never built: \\"Note G\\"."}"""),
            Case.schema(
                    "nested, arrays", """
                    {"type": "object", "properties": {"id": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}, "tags": {"type": "array",
                    "items": {"type": "string", "maxLength": 40}, "maxItems": 8}, "addresses": {"type": "array", "items": {"type": "object",
                    "properties": {"street": {"type": "string"}, "city": {"type": "string"}, "zip": {"type": "string", "pattern":
                    "^[0-9]{5}$"}}, "required": ["street", "city"]}, "maxItems": 5}, "total": {"type": "number", "minimum": 0}},
                    "required": ["id", "tags", "addresses", "total"]}""", """
                    {"id": "ABC-1234", "tags": ["mathematics", "first programmer", "analytical engine"], "addresses": [""" + ADDRESS + ", " + ADDRESS + ", " + ADDRESS + "], \"total\": 1234.5}"),
            Case.schema(
                    "array of objects",
                    """
                    {"type": "array", "maxItems": 20, "items": {"type": "object", "properties": {"sku": {"type": "string", "maxLength": 12},
                    "count": {"type": "integer", "minimum": 1, "maximum": 999}, "price": {"type": "number", "minimum": 0}},
                    "required": ["sku", "count", "price"]}}""",
                    "["
                            + String.join(
                                    ", ",
                                    Collections.nCopies(10, "{\"sku\": \"A-17 blue\", \"count\": 12, \"price\": 9.95}"))
                            + "]"),
            Case.schema(
                    "enum",
                    """
                    {"type": "array", "items": {"enum": ["positive", "negative", "neutral", "mixed", "unknown"]}, "maxItems": 40}""",
                    "[" + String.join(", ", Collections.nCopies(8, "\"positive\", \"neutral\", \"unknown\"")) + "]"),
            Case.schema("maxLength 64", """
                    {"type": "array", "items": {"type": "string", "maxLength": 64}}""", """
                    ["It was the best of times, it was the worst of times", "it was the age of wisdom, it was the age of foolishness", "it was \
                    the epoch of belief, it was the epoch of incredulity", "Zürich, Łódź, 東京 and São Paulo: all of them in one line"]"""),
            Case.schema("length 200 to 400", """
                    {"type": "object", "properties": {"summary": {"type": "string", "minLength": 200, "maxLength": 400}}, "required":
                    ["summary"]}""", """
                    {"summary": "The king is born in a stable at the edge of the desert, and grows up among shepherds who do not know who he is. When \
                    the old queen dies without an heir, three riders come to look for him; only one of them wishes him well. He learns to read the \
                    stars, loses a friend, and finds that the crown is heavier than the lambs he used to carry home."}"""),
            Case.schema("date-time", """
                    {"type": "array", "items": {"type": "string", "format": "date-time"}}""", """
                    ["2024-02-29T12:34:56Z", "2025-11-30T23:59:59.123+01:00", "1999-12-31T00:00:00-08:00", "2026-01-01T06:30:00Z"]"""),
            Case.schema("uuid", """
                    {"type": "array", "items": {"type": "string", "format": "uuid"}}""", """
                    ["123e4567-e89b-12d3-a456-426614174000", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"]"""),
            Case.schema("email", """
                    {"type": "array", "items": {"type": "string", "format": "email"}}""", """
                    ["ada.lovelace@mail.example.org", "jerboa@desert.example.com", "charles+1@example.co"]"""),
            new Case("JSON mode", Grammar::jsonObject, """
                    {"name": "Ada", "works": [{"title": "Note G", "year": 1843, "pages": [1, 2.5, -3e10]}, {"title": "Letters", "found": null}], \
                    "known": true, "text": "He said: \\"no\\".\\nThen he left."}"""),
            Case.schema("recursion", """
                    {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties": {"name": {"type": "string"}, "children": {"type":
                    "array", "items": {"$ref": "#/$defs/node"}}}, "required": ["name", "children"]}}}""", """
                    {"name": "root", "children": [{"name": "left", "children": [{"name": "deep", "children": [{"name": "deeper", "children": \
                    []}]}]}, {"name": "right", "children": []}]}"""),
            new Case(
                    "after thinking",
                    () -> Grammar.afterThinking("<think>", "</think>", false, Grammar.jsonObject()),
                    "<think>\nThey want an object, I think. It is short.\n</think>\n\n{\"answer\": 42}"));

    private final Tokenizer tokenizer;
    private final Vocabulary vocabulary;
    private final int rounds;

    private ConstraintBenchmark(Tokenizer tokenizer, Vocabulary vocabulary, int rounds) {
        this.tokenizer = tokenizer;
        this.vocabulary = vocabulary;
        this.rounds = rounds;
    }

    /** Measures for the tokenizer in the folder {@code args[0]}. */
    public static void main(String[] args) {
        Tokenizer tokenizer = Tokenizers.fromFolder(Path.of(args[0])).orElseThrow();
        long start = nanos();
        Vocabulary vocabulary = Vocabulary.of(tokenizer);
        System.out.printf("vocabulary of %d tokens: %.0f ms, once%n", vocabulary.size(), (nanos() - start) / 1e6);
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 20;
        ConstraintBenchmark benchmark = new ConstraintBenchmark(tokenizer, vocabulary, rounds);
        System.out.println(
                "microseconds a token, mask and accept; new: mean, median, 99th of a hundred, most; known: mean, median, 99th");
        CASES.forEach(benchmark::measure);
    }

    private void measure(Case one) {
        double[] compile = new double[rounds];
        List<double[]> document = new ArrayList<>();
        List<double[]> walk = new ArrayList<>();
        int[] tokens = tokenizer.encode(one.document, false);
        int positions = 0;
        for (int r = 0; r < rounds; r++) {
            long start = nanos();
            Constraint constraint = new Constraints(vocabulary, 1).compile(one.source.get());
            compile[r] = (nanos() - start) / 1e6;
            document.add(follow(constraint, tokens));
            document.add(follow(constraint, tokens));
            positions = constraint.positions();
            Constraint other = new Constraints(vocabulary, 1).compile(one.source.get());
            int[] picked = picked(new Constraints(vocabulary, 1).compile(one.source.get()), r);
            walk.add(follow(other, picked));
            walk.add(follow(other, picked));
        }
        double first = mean(document.getFirst());
        System.out.printf(
                "%-18s compile %6.2f ms; document of %3d, %4d positions: %s (first %.0f); at random: %s%n",
                one.name, median(compile), tokens.length, positions, figures(document), first, figures(walk));
    }

    private static String figures(List<double[]> times) {
        StringBuilder out = new StringBuilder();
        for (int known = 0; known < 2; known++) {
            double[] means = new double[times.size() / 2];
            double[] medians = new double[means.length];
            double[] high = new double[means.length];
            double[] most = new double[means.length];
            for (int i = 0; i < means.length; i++) {
                double[] sorted = times.get(2 * i + known).clone();
                Arrays.sort(sorted);
                means[i] = mean(sorted);
                medians[i] = sorted[sorted.length / 2];
                high[i] = sorted[sorted.length * 99 / 100];
                most[i] = sorted[sorted.length - 1];
            }
            if (known == 0) {
                out.append(String.format(
                        "new %6.1f %5.1f %6.1f %6.1f", median(means), median(medians), median(high), median(most)));
            } else {
                out.append(String.format(", known %5.2f %5.2f %5.2f", median(means), median(medians), median(high)));
            }
        }
        return out.toString();
    }

    /** Microseconds of each token. */
    private static double[] follow(Constraint constraint, int[] tokens) {
        Matcher matcher = constraint.matcher();
        long[] mask = new long[matcher.maskWords()];
        double[] times = new double[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            long start = System.nanoTime();
            matcher.mask(mask);
            matcher.accept(tokens[i]);
            times[i] = (System.nanoTime() - start) / 1e3;
        }
        return times;
    }

    /** Tokens of which each is any that may come. */
    private static int[] picked(Constraint constraint, long seed) {
        Random random = new Random(seed);
        Matcher matcher = constraint.matcher();
        long[] mask = new long[matcher.maskWords()];
        int[] tokens = new int[WALK];
        int count = 0;
        while (count < WALK && !matcher.mustEnd()) {
            matcher.mask(mask);
            int left =
                    random.nextInt(Arrays.stream(mask).mapToInt(Long::bitCount).sum());
            int word = 0;
            while (left >= Long.bitCount(mask[word])) {
                left -= Long.bitCount(mask[word++]);
            }
            long bits = mask[word];
            for (; left > 0; left--) {
                bits &= bits - 1;
            }
            tokens[count] = 64 * word + Long.numberOfTrailingZeros(bits);
            matcher.accept(tokens[count++]);
        }
        return Arrays.copyOf(tokens, count);
    }

    private static long nanos() {
        return THREADS.getCurrentThreadCpuTime();
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(0);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
