package dev.jerboa.server;

import static dev.jerboa.server.Running.at;
import static dev.jerboa.server.Running.events;
import static dev.jerboa.server.Running.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.chat.ChatMessage;
import dev.jerboa.engine.chat.tool.ToolChoice;
import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.constrain.Constraints;
import dev.jerboa.engine.constrain.Matcher;
import dev.jerboa.engine.constrain.grammar.ConstraintException;
import dev.jerboa.engine.constrain.schema.SchemaOptions;
import dev.jerboa.engine.constrain.vocabulary.Vocabulary;
import dev.jerboa.engine.generate.AnswerForm;
import dev.jerboa.engine.generate.Ask;
import dev.jerboa.engine.generate.AskListener;
import dev.jerboa.engine.generate.ChatTurn;
import dev.jerboa.engine.generate.FinishReason;
import dev.jerboa.engine.generate.Jerboa;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.engine.generate.Outcome;
import dev.jerboa.engine.generate.Prompt;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Served;
import dev.jerboa.testkit.schema.JsonPrefix;
import dev.jerboa.testkit.schema.RandomSchema;
import dev.jerboa.testkit.schema.SchemaValidator;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random schemas, seeds and samplings with a model of random weights, through the engine and through HTTP: what ends is valid, what is
 * cut is the beginning of something valid. {@code -Djerboa.schema.runs} says how many.
 */
@Timeout(900)
class SchemaRunsTest {
    private static final int RUNS = Integer.getInteger("jerboa.schema.runs", 100);
    private static final long SEED = Long.getLong("jerboa.schema.seed", 1);
    private static final int AT_A_TIME = 8;
    private static final Constraints BYTES = new Constraints(bytes(), 1);

    /** A schema that something satisfies, and how it is asked for. */
    private record Run(int number, String schema, SamplingOptions sampling, int maxTokens) {
        static Run of(int number) {
            Random random = new Random(SEED * 1_000_003 + number);
            String schema = schema(random);
            SamplingOptions plain = SamplingOptions.plain().withSeed(random.nextLong(1L << 50));
            SamplingOptions sampling = switch (random.nextInt(6)) {
                case 0 -> plain.withTemperature(0);
                case 1 -> plain.withTemperature(1.5f);
                case 2 -> plain.withTopK(40).withTopP(0.95f);
                default -> plain;
            };
            int most = switch (random.nextInt(3)) {
                case 0 -> 1 + random.nextInt(30);
                case 1 -> 60 + random.nextInt(140);
                default -> 600;
            };
            return new Run(number, schema, sampling, most);
        }

        private static String schema(Random random) {
            while (true) {
                String schema = JsonOut.line(new RandomSchema(random).root());
                try {
                    BYTES.jsonSchema(schema, SchemaOptions.DEFAULT);
                    return schema;
                } catch (ConstraintException e) {
                    assertThat(e).hasMessageContaining("no text satisfies");
                }
            }
        }
    }

    private record Said(String text, boolean ended) {}

    private static Vocabulary bytes() {
        List<byte[]> tokens = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            tokens.add(new byte[] {(byte) b});
        }
        tokens.add(new byte[0]);
        return Vocabulary.of(tokens, Map.of(), new int[] {256});
    }

    @Test
    void whatEndsIsValidAndWhatIsCutBeginsSomethingValid(@TempDir Path folder) throws Exception {
        RandomChat.write(folder);
        LanguageModel model = Jerboa.open(folder, OpenOptions.defaults().withMaxSequences(AT_A_TIME));
        List<String> problems = new ArrayList<>();
        int ended = 0;
        int tokens = 0;
        Models models = new Models(List.of(new Served("random", model, Instant.now(), List.of())));
        try (Running running = new Running(ServerOptions.defaults().withPort(0), models);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Semaphore places = new Semaphore(AT_A_TIME);
            List<Future<Said>> replies = new ArrayList<>();
            List<Run> runs = new ArrayList<>();
            for (int i = 0; i < RUNS; i++) {
                Run run = Run.of(i);
                runs.add(run);
                places.acquire();
                replies.add(threads.submit(() -> {
                    try {
                        return said(run, running, model);
                    } finally {
                        places.release();
                    }
                }));
            }
            for (int i = 0; i < RUNS; i++) {
                Said said = replies.get(i).get();
                ended += said.ended ? 1 : 0;
                String problem = said.ended ? invalid(runs.get(i), said.text) : noBeginning(runs.get(i), said.text);
                if (problem != null) {
                    problems.add(problem + "\n  " + runs.get(i) + "\n  " + said.text);
                }
            }
            tokens = (int) model.status().pickedTokens();
        }
        System.out.printf(
                "schemas: %d runs of seed %d, %d tokens: %d ended, %d cut, %d wrong%n",
                RUNS, SEED, tokens, ended, RUNS - ended, problems.size());
        assertThat(problems).isEmpty();
        assertThat(ended).isBetween(RUNS / 5, RUNS * 4 / 5);
    }

    /** A check that cannot fail would say nothing. */
    @Test
    void theJudgesSeeWhatIsWrong() {
        Run run = new Run(
                0,
                "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\", \"minimum\": 3}}, \"required\": [\"a\"],"
                        + " \"additionalProperties\": false}",
                SamplingOptions.plain(),
                1);
        assertThat(invalid(run, "{\"a\": 3}")).isNull();
        for (String wrong : List.of("{\"a\": 2}", "{}", "{\"a\": 3", "{\"a\": 3} ]", "{\"a\": 03}", "{\"a\": 3,}")) {
            assertThat(invalid(run, wrong)).as(wrong).isNotNull();
        }
        for (String begun : List.of("", "{", "{\"", "{\"a\": ", "{\"a\": 2", "{\"a\": 3}")) {
            assertThat(noBeginning(run, begun)).as(begun).isNull();
        }
        for (String wrong : List.of("[", "{\"b", "{\"a\": -", "{\"a\": 3,", "{]", "{\"a\": 0")) {
            assertThat(noBeginning(run, wrong)).as(wrong).isNotNull();
        }
    }

    private static Said said(Run run, Running running, LanguageModel model) throws Exception {
        return switch (run.number % 5) {
            case 3 -> whole(run, running);
            case 4 -> streamed(run, running);
            default -> asked(run, model);
        };
    }

    private static Said asked(Run run, LanguageModel model) throws Exception {
        Prompt prompt = model.prompt(ChatTurn.of(List.of(ChatMessage.user("Write JSON."))));
        Constraint constraint =
                model.constraint(prompt, new ToolChoice.Auto(), true, new AnswerForm.JsonSchema(run.schema));
        CompletableFuture<Said> said = new CompletableFuture<>();
        StringBuilder text = new StringBuilder();
        Ask ask = Ask.of(prompt, run.sampling).withMaxTokens(run.maxTokens).withConstraint(constraint);
        model.ask(ask, new AskListener() {
            @Override
            public void answer(CharSequence piece) {
                text.append(piece);
            }

            @Override
            public void ended(Outcome outcome) {
                assertThat(outcome.reason()).isIn(FinishReason.STOP, FinishReason.LENGTH);
                said.complete(new Said(text.toString(), outcome.reason() == FinishReason.STOP));
            }

            @Override
            public void failed(RuntimeException cause) {
                said.completeExceptionally(cause);
            }
        });
        return said.get();
    }

    private static String body(Run run, boolean stream) {
        SamplingOptions sampling = run.sampling;
        return "{\"messages\": [{\"role\": \"user\", \"content\": \"Write JSON.\"}], \"max_tokens\": " + run.maxTokens
                + ", \"temperature\": " + sampling.temperature() + ", \"top_k\": " + sampling.topK() + ", \"top_p\": "
                + sampling.topP() + ", \"min_p\": 0, \"seed\": "
                + sampling.seed().orElseThrow() + ", \"stream\": "
                + stream + ", \"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"form\","
                + " \"strict\": true, \"schema\": " + run.schema + "}}}";
    }

    private static Said whole(Run run, Running running) {
        HttpResponse<String> response = running.post("/v1/chat/completions", body(run, false));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        Map<String, @Nullable Object> answer = json(response);
        return new Said(
                String.valueOf(at(answer, "choices", 0, "message", "content")),
                ended(at(answer, "choices", 0, "finish_reason")));
    }

    private static Said streamed(Run run, Running running) {
        HttpResponse<String> response = running.post("/v1/chat/completions", body(run, true));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        StringBuilder text = new StringBuilder();
        Object finish = null;
        for (Map<String, @Nullable Object> event : events(response.body())) {
            Object piece = at(event, "choices", 0, "delta", "content");
            text.append(piece == null ? "" : piece);
            finish = at(event, "choices", 0, "finish_reason");
        }
        return new Said(text.toString(), ended(finish));
    }

    private static boolean ended(@Nullable Object finishReason) {
        assertThat(finishReason).isIn("stop", "length");
        return Objects.equals(finishReason, "stop");
    }

    /** What is wrong with a whole document, or null. */
    private static @Nullable String invalid(Run run, String text) {
        if (JsonPrefix.of(text) != JsonPrefix.Verdict.WHOLE) {
            return "is no JSON text";
        }
        List<String> errors = SchemaValidator.of(run.schema).errors(text);
        return errors.isEmpty() ? null : "is not valid: " + errors;
    }

    /**
     * What is wrong with a document that was cut, or null: it must be the beginning of JSON, of the schema's language over bytes, and
     * the end that this language has for it must make it valid. A character that was cut is left out.
     */
    private static @Nullable String noBeginning(Run run, String cut) {
        String text = cut.endsWith("\ufffd") ? cut.substring(0, cut.length() - 1) : cut;
        if (JsonPrefix.of(text) == JsonPrefix.Verdict.WRONG) {
            return "begins no JSON text";
        }
        Matcher matcher = BYTES.jsonSchema(run.schema, SchemaOptions.DEFAULT).matcher();
        byte[] begun = text.getBytes(StandardCharsets.UTF_8);
        if (!matcher.validPrefix(begun)) {
            return "begins nothing of the schema's";
        }
        for (byte b : begun) {
            matcher.accept(b & 0xff);
        }
        String whole = text + new String(matcher.shortestEnd(1 << 16), StandardCharsets.UTF_8);
        String problem = invalid(run, whole);
        return problem == null ? null : "finished as " + whole + " " + problem;
    }
}
