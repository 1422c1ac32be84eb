package dev.jerboa.bench;

import dev.jerboa.engine.chat.tool.ToolChoice;
import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.constrain.Matcher;
import dev.jerboa.engine.generate.AnswerForm;
import dev.jerboa.engine.generate.Ask;
import dev.jerboa.engine.generate.AskListener;
import dev.jerboa.engine.generate.Jerboa;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.engine.generate.Prompt;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.engine.schedule.Pick;
import dev.jerboa.engine.schedule.SchedulerStatus;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a schema costs in tokens a second: the same request without one, with one that was never seen, and with it again, in turns.
 *
 * <pre>
 * SchemaBenchmark MODEL [key=value …]
 *   rounds=5 tokens=64 temperature=1
 *   streams=1   replies at a time
 *   threads=0   as OpenOptions#threads
 * </pre>
 *
 * <p>A rate is that of the tokens after the first of each reply, summed over the replies of a time. A cost is 1 − constrained / free of
 * neighbours in time, as median, least and most of the rounds; on a machine with neighbours it is mostly noise, so that the masks' own
 * time is measured too: the tokens of the replies are followed again by a matcher alone, in the thread's own time. What comes before
 * the first token is compiling; it is told apart.
 */
public final class SchemaBenchmark {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final Map<String, String> SCHEMAS = new LinkedHashMap<>();

    static {
        SCHEMAS.put("flat object", """
                {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0, "maximum": 150},
                "email": {"type": "string", "format": "email"}, "member": {"type": "boolean"}, "note": {"type": "string"}},
                "required": ["name", "age", "email", "member", "note"], "additionalProperties": false}""");
        SCHEMAS.put("nested", """
                {"type": "object", "properties": {"id": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}, "customer": {"type": "object",
                "properties": {"name": {"type": "string"}, "address": {"type": "object", "properties": {"street": {"type": "string"},
                "city": {"type": "string"}}, "required": ["street", "city"]}}, "required": ["name", "address"]}, "total": {"type":
                "number"}}, "required": ["id", "customer", "total"]}""");
        SCHEMAS.put("array of objects", """
                {"type": "array", "minItems": 16, "items": {"type": "object", "properties": {"sku": {"type": "string", "maxLength": 12},
                "count": {"type": "integer", "minimum": 1, "maximum": 999}, "price": {"type": "number", "minimum": 0}},
                "required": ["sku", "count", "price"]}}""");
        SCHEMAS.put("choices", """
                {"type": "array", "minItems": 64, "items": {"enum": ["positive", "negative", "neutral", "mixed", "unknown"]}}""");
        SCHEMAS.put("string of a length", """
                {"type": "object", "properties": {"summary": {"type": "string", "minLength": 200, "maxLength": 400}}, "required":
                ["summary"]}""");
    }

    private final LanguageModel model;
    private final int rounds;
    private final int tokens;
    private final int streams;
    private final float temperature;
    private long seed = 1;
    /** The tokens of the last reply. */
    private List<Integer> last = List.of();

    private SchemaBenchmark(LanguageModel model, Map<String, String> settings) {
        this.model = model;
        this.rounds = Integer.parseInt(settings.getOrDefault("rounds", "5"));
        this.tokens = Integer.parseInt(settings.getOrDefault("tokens", "64"));
        this.streams = Integer.parseInt(settings.getOrDefault("streams", "1"));
        this.temperature = Float.parseFloat(settings.getOrDefault("temperature", "1"));
    }

    /** Measures for the model at the path {@code args[0]}. */
    public static void main(String[] args) {
        if (args.length == 0) {
            System.err.println(
                    "usage: SchemaBenchmark MODEL [rounds=N] [tokens=N] [streams=N] [temperature=T] [threads=N]");
            System.exit(2);
        }
        Map<String, String> settings = new HashMap<>();
        for (String arg : Arrays.asList(args).subList(1, args.length)) {
            String[] parts = arg.split("=", 2);
            settings.put(parts[0], parts.length > 1 ? parts[1] : "");
        }
        int threads = Integer.parseInt(settings.getOrDefault("threads", "0"));
        try (LanguageModel model = Jerboa.open(
                Path.of(args[0]), OpenOptions.defaults().withThreads(threads).withContextLength(1024))) {
            new SchemaBenchmark(model, settings).measure();
        }
    }

    private void measure() {
        Prompt prompt = model.prompt("Write a document. ");
        long start = System.nanoTime();
        constraint(prompt, "{\"type\": \"null\"}");
        System.out.printf("vocabulary read once: %.0f ms%n", (System.nanoTime() - start) / 1e6);
        rate(prompt, null);
        System.out.printf(
                "%-19s %-24s %-24s %-24s %-22s %-22s %-30s %-30s %s%n",
                "schema",
                "free tokens/s",
                "new schema",
                "known schema",
                "cost, new",
                "cost, known",
                "masks, new",
                "masks, known",
                "compiling");
        SCHEMAS.forEach((name, schema) -> measure(prompt, name, schema));
    }

    private void measure(Prompt prompt, String name, String schema) {
        double[][] rates = new double[3][rounds];
        double[] fresh = new double[rounds];
        double[] known = new double[rounds];
        double[] compiling = new double[rounds];
        double[] freshMasks = new double[rounds];
        double[] knownMasks = new double[rounds];
        SchedulerStatus before = model.status();
        for (int r = 0; r < rounds; r++) {
            String titled = "{\"title\": \"round " + r + "\", " + schema.substring(1);
            rates[0][r] = rate(prompt, null);
            long start = System.nanoTime();
            Constraint constraint = constraint(prompt, titled);
            compiling[r] = (System.nanoTime() - start) / 1e6;
            rates[1][r] = rate(prompt, constraint);
            seed -= streams; // the same text again
            rates[2][r] = rate(prompt, constraint);
            fresh[r] = 100 * (1 - rates[1][r] / rates[0][r]);
            known[r] = 100 * (1 - rates[2][r] / rates[0][r]);
            Constraint other = constraint(prompt, titled.replace("round", "masks of round"));
            freshMasks[r] = follow(other);
            knownMasks[r] = follow(other);
        }
        System.out.printf(
                "%-19s %-24s %-24s %-24s %-22s %-22s %-30s %-30s %s%n",
                name,
                spread(rates[0], "%.2f", ""),
                spread(rates[1], "%.2f", ""),
                spread(rates[2], "%.2f", ""),
                spread(fresh, "%.1f", " %"),
                spread(known, "%.1f", " %"),
                spread(freshMasks, "%.0f", " µs"),
                spread(knownMasks, "%.0f", " µs"),
                spread(compiling, "%.1f", " ms"));
        SchedulerStatus after = model.status();
        System.out.printf(
                "%-19s %d tokens in %d steps; %d guessed, %d of them right%n",
                "",
                after.pickedTokens() - before.pickedTokens(),
                after.steps() - before.steps(),
                after.guessedTokens() - before.guessedTokens(),
                after.confirmedTokens() - before.confirmedTokens());
    }

    /** Microseconds that the masks of a token take, for the last reply. */
    private double follow(Constraint constraint) {
        Matcher matcher = constraint.matcher();
        long[] mask = new long[matcher.maskWords()];
        long start = THREADS.getCurrentThreadCpuTime();
        for (int token : last) {
            matcher.mask(mask);
            matcher.accept(token);
        }
        return (THREADS.getCurrentThreadCpuTime() - start) / 1e3 / Math.max(1, last.size());
    }

    private Constraint constraint(Prompt prompt, String schema) {
        Constraint constraint =
                model.constraint(prompt, new ToolChoice.None(), true, new AnswerForm.JsonSchema(schema));
        if (constraint == null) {
            throw new AssertionError("a form makes a constraint");
        }
        return constraint;
    }

    /** Tokens a second of all replies of a time. */
    private double rate(Prompt prompt, @Nullable Constraint constraint) {
        List<CompletableFuture<Outcome>> replies = new ArrayList<>();
        Ending ending = new Ending();
        for (int i = 0; i < streams; i++) {
            ending = new Ending();
            SamplingOptions sampling =
                    SamplingOptions.plain().withTemperature(temperature).withSeed(seed++);
            model.ask(
                    Ask.of(prompt, sampling)
                            .withMaxTokens(tokens)
                            .withIgnoreEnd(true)
                            .withConstraint(constraint),
                    ending);
            replies.add(ending.outcome);
        }
        double sum = replies.stream()
                .mapToDouble(reply -> reply.join().timings().generationTokensPerSecond())
                .sum();
        last = List.copyOf(ending.ids);
        return sum;
    }

    /** Waits for the end. */
    private static final class Ending implements AskListener {
        final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        final List<Integer> ids = new ArrayList<>();

        @Override
        public void token(Pick pick, boolean thinking, String text) {
            ids.add(pick.id());
        }

        @Override
        public void ended(Outcome end) {
            outcome.complete(end);
        }

        @Override
        public void failed(RuntimeException cause) {
            outcome.completeExceptionally(cause);
        }
    }

    /** Median, least and most. */
    private static String spread(double[] values, String format, String unit) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double median = sorted[sorted.length / 2];
        return String.format(format, median) + unit + " (" + String.format(format, sorted[0]) + " to "
                + String.format(format, sorted[sorted.length - 1]) + ")";
    }
}
