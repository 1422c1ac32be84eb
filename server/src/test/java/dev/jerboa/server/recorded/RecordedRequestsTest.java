package dev.jerboa.server.recorded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.server.Running;
import dev.jerboa.server.recorded.Wire.WireAnswer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every recorded request, over a real socket, with the model inside. */
@Timeout(120)
class RecordedRequestsTest {
    private static final Running RUNNING = Running.open("jerboa-inside");
    private static final Map<String, RecordedRequest> REQUESTS = requests();
    /** Answers that came; a request and its twin need them twice. */
    private static final Map<String, WireAnswer> ANSWERS = new HashMap<>();

    private static final String STREAM = "-stream";
    /** Events that may be missing: what is passed over, and space between the arguments of a call. */
    private static final Pattern SAYS_NOTHING =
            Pattern.compile("^:|^event: ping|\"(partial_json|arguments)\": \"( |\\\\[ntr])*\"");

    private static final Map<String, Dialect> DIALECTS = Map.of(
            "/v1/chat/completions", new ChatDialect(),
            "/v1/completions", new CompletionDialect(),
            "/v1/responses", new ResponseDialect(),
            "/v1/messages", new MessageDialect(),
            "/api/chat", new OllamaDialect(),
            "/api/generate", new OllamaDialect());

    @AfterAll
    static void close() {
        RUNNING.close();
    }

    private static Map<String, RecordedRequest> requests() {
        Map<String, RecordedRequest> requests = new LinkedHashMap<>();
        try {
            Path readme = Path.of(
                    Objects.requireNonNull(RecordedRequestsTest.class.getResource("README.md"), "no recorded requests")
                            .toURI());
            try (Stream<Path> files = Files.walk(readme.resolveSibling(""))) {
                files.filter(file -> file.toString().endsWith(".http"))
                        .sorted()
                        .map(RecordedRequest::read)
                        .forEach(request -> requests.put(request.name(), request));
            }
        } catch (IOException | URISyntaxException e) {
            throw new AssertionError(e);
        }
        return requests;
    }

    static List<RecordedRequest> recorded() {
        return List.copyOf(REQUESTS.values());
    }

    /** Requests that are there streamed too. */
    static List<RecordedRequest> wholes() {
        return REQUESTS.values().stream()
                .filter(request -> REQUESTS.containsKey(request.name() + STREAM))
                .toList();
    }

    private static WireAnswer answer(RecordedRequest request) {
        return ANSWERS.computeIfAbsent(
                request.name(), _ -> Wire.send(RUNNING.server.port(), request.bytes(RUNNING.server.port())));
    }

    private static boolean streams(RecordedRequest request) {
        return Boolean.TRUE.equals(request.fields().maybe("stream").value());
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void isAnsweredAsItsClientNeedsIt(RecordedRequest request) {
        WireAnswer answer = answer(request);
        Dialect dialect = DIALECTS.get(request.path());
        int status = request.scenario().startsWith("unknown-")
                ? 404
                : request.scenario().startsWith("bad-") ? 400 : 200;
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        boolean stream = status == 200 && streams(request);
        assertThat(answer.headers("content-type"))
                .containsExactly(
                        (stream && dialect != null ? dialect.streamType() : "application/json") + "; charset=utf-8");
        assertThat(answer.headers("x-jerboa-warning")).noneMatch(warning -> warning.contains("not known"));
        if (dialect == null) {
            Facts.check(request, Seen.of("answer", answer.body()));
        } else if (status != 200) {
            dialect.error(Seen.of("error", answer.body()));
        } else {
            assertThat(answer.headers("transfer-encoding").isEmpty()).isNotEqualTo(stream);
            Promises.check(request.fields(), dialect.read(request.fields(), answer, stream));
        }
    }

    /** A reply is the same whole and streamed: texts, thinking, calls, reasons, log-probabilities' tokens, and counts. */
    @ParameterizedTest
    @MethodSource("wholes")
    void saysTheSameStreamed(RecordedRequest whole) {
        RecordedRequest streamed = Objects.requireNonNull(REQUESTS.get(whole.name() + STREAM));
        assertThat(asked(streamed)).isEqualTo(asked(whole));
        assertThat(streams(whole)).isFalse();
        assertThat(streams(streamed)).isTrue();
        Dialect dialect = Objects.requireNonNull(DIALECTS.get(whole.path()));
        assertThat(dialect.read(streamed.fields(), answer(streamed), true))
                .isEqualTo(dialect.read(whole.fields(), answer(whole), false));
    }

    /** Holds the checks themselves to their word. */
    @ParameterizedTest
    @MethodSource("wholes")
    void aStreamThatLacksAnyEventIsNoticed(RecordedRequest whole) {
        RecordedRequest streamed = Objects.requireNonNull(REQUESTS.get(whole.name() + STREAM));
        Dialect dialect = Objects.requireNonNull(DIALECTS.get(whole.path()));
        Said right = dialect.read(whole.fields(), answer(whole), false);
        String end = dialect.streamType().endsWith("ndjson") ? "\n" : "\n\n";
        List<String> events = List.of(answer(streamed).body().split(end));
        for (int i = 0; i < events.size(); i++) {
            if (SAYS_NOTHING.matcher(events.get(i)).find()) {
                continue;
            }
            List<String> left = new ArrayList<>(events);
            left.remove(i);
            String stream = String.join(end, left) + end;
            assertThat(right.equals(saidOrNull(dialect, streamed, stream)))
                    .as("without " + events.get(i))
                    .isFalse();
        }
    }

    private static @Nullable Said saidOrNull(Dialect dialect, RecordedRequest request, String stream) {
        try {
            return dialect.streamed(request.fields(), stream);
        } catch (AssertionError | NoSuchElementException e) {
            return null;
        }
    }

    /** What a request asks for, apart from how it is sent. */
    private static Map<String, @Nullable Object> asked(RecordedRequest request) {
        Map<String, @Nullable Object> asked = new LinkedHashMap<>();
        for (String name : request.fields().names()) {
            if (!name.equals("stream") && !name.equals("stream_options")) {
                asked.put(name, request.fields().at(name).value());
            }
        }
        return asked;
    }

    @Test
    void everyDialectIsRecordedBothWays() {
        assertThat(wholes().stream().map(RecordedRequest::path)).containsAll(DIALECTS.keySet());
        assertThat(REQUESTS.keySet().stream().map(name -> name.substring(0, name.indexOf('/'))))
                .contains("openai-python", "openai-node", "anthropic-python", "anthropic-node", "ollama-node");
        assertThat(REQUESTS.values())
                .allSatisfy(request -> assertThat(request.method()).isIn("GET", "POST"));
    }
}
