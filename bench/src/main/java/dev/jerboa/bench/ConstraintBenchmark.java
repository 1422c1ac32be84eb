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
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * What constrained output costs: compiling, masks of positions never seen, masks of positions seen before, in the thread's own time.
 * The argument is a tokenizer's folder; documents are encoded by it and followed token by token.
 */
public final class ConstraintBenchmark {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int ROUNDS = 30;

    private static final String SCHEMA = """
            {"type":"object","properties":{"name":{"type":"string","maxLength":80},"age":{"type":"integer","minimum":0,"maximum":150},
            "email":{"type":"string","format":"email"},"tags":{"type":"array","items":{"type":"string"},"maxItems":8},
            "address":{"type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"},"zip":{"type":"string",
            "pattern":"^[0-9]{5}$"}},"required":["street","city"]},"kind":{"enum":["person","company","other"]}},
            "required":["name","age","tags","address","kind"]}
            """;

    private static final String DOCUMENT =
            "{\"name\": \"Ada Lovelace, Countess of Lovelace\", \"age\": 36, \"email\": \"ada@example.org\", \"tags\": [\"mathematics\", "
                    + "\"first programmer\", \"analytical engine\"], \"address\": {\"street\": \"12 St. James's Square\", \"city\": \"London\", "
                    + "\"zip\": \"12345\"}, \"kind\": \"person\"}";

    private final Vocabulary vocabulary;
    private final int[] document;

    private ConstraintBenchmark(Vocabulary vocabulary, int[] document) {
        this.vocabulary = vocabulary;
        this.document = document;
    }

    /** Measures for the tokenizer in the folder {@code args[0]}. */
    public static void main(String[] args) {
        Tokenizer tokenizer = Tokenizers.fromFolder(Path.of(args[0])).orElseThrow();
        long start = nanos();
        Vocabulary vocabulary = Vocabulary.of(tokenizer);
        System.out.printf("vocabulary of %d tokens: %.0f ms, once%n", vocabulary.size(), (nanos() - start) / 1e6);
        ConstraintBenchmark benchmark = new ConstraintBenchmark(vocabulary, tokenizer.encode(DOCUMENT, false));
        benchmark.measure("JSON mode", Grammar::jsonObject);
        benchmark.measure("schema", () -> Grammar.jsonSchema(SCHEMA, SchemaOptions.DEFAULT));
        benchmark.measure(
                "after thinking", () -> Grammar.afterThinking("<think>", "</think>", false, Grammar.jsonObject()));
    }

    private void measure(String name, Supplier<Expression> source) {
        double[] compile = new double[ROUNDS];
        double[] fresh = new double[ROUNDS];
        double[] worst = new double[ROUNDS];
        double[] known = new double[ROUNDS];
        for (int r = 0; r < ROUNDS; r++) {
            long start = nanos();
            Constraint constraint = new Constraints(vocabulary, 1).compile(source.get());
            compile[r] = (nanos() - start) / 1e6;
            double[] first = follow(constraint);
            fresh[r] = first[0];
            worst[r] = first[1];
            known[r] = follow(constraint)[0];
        }
        System.out.printf(
                "%-15s compile %.2f ms; mask and accept of a token: first time %.1f us (slowest %.0f us), again %.2f us; %d tokens%n",
                name, median(compile), median(fresh), median(worst), median(known), document.length);
    }

    /** Microseconds a token, and of the slowest. */
    private double[] follow(Constraint constraint) {
        Matcher matcher = constraint.matcher();
        long[] mask = new long[matcher.maskWords()];
        long slowest = 0;
        long start = nanos();
        for (int token : document) {
            long before = nanos();
            matcher.mask(mask);
            matcher.accept(token);
            slowest = Math.max(slowest, nanos() - before);
        }
        return new double[] {(nanos() - start) / 1e3 / document.length, slowest / 1e3};
    }

    private static long nanos() {
        return THREADS.getCurrentThreadCpuTime();
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
