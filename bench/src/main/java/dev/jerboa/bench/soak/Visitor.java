package dev.jerboa.bench.soak;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A client who does one thing after the other at random until time is up. One thread. */
final class Visitor implements Runnable {
    private static final int MOST_TRIES = 500;
    private static final Set<Integer> BUSY = Set.of(429, 503, 529); // Anthropic's has a number of its own
    private static final String CHAT = "/v1/chat/completions";
    private static final String ASKED = "{\"messages\": [{\"role\": \"user\", \"content\": \"What is 1 + 1?\"}]";

    private final int port;
    private final int mostBodyBytes;
    private final List<Question> questions;
    private final Map<Question, String> alone;
    private final Random random;
    private final Tally tally;
    private final long end;

    /** @param alone what each question was answered when nobody else asked */
    Visitor(
            int port,
            int mostBodyBytes,
            List<Question> questions,
            Map<Question, String> alone,
            long seed,
            Tally tally,
            long end) {
        this.port = port;
        this.mostBodyBytes = mostBodyBytes;
        this.questions = questions;
        this.alone = alone;
        this.random = new Random(seed);
        this.tally = tally;
        this.end = end;
    }

    /** A thing that a visitor does. */
    private interface Act {
        void run(String name) throws IOException;
    }

    @Override
    public void run() {
        while (System.nanoTime() < end) {
            int dice = random.nextInt(100);
            if (dice < 44) {
                act("asks", this::asks);
            } else if (dice < 52) {
                act("asks on one connection", this::asksOnOneConnection);
            } else if (dice < 58) {
                act("reads slowly", this::readsSlowly);
            } else if (dice < 66) {
                act("leaves within the answer", this::leavesWithin);
            } else if (dice < 71) {
                act("leaves before the answer", this::leavesBefore);
            } else if (dice < 75) {
                act("sends half a request", this::sendsHalf);
            } else if (dice < 79) {
                act("has no patience", this::hasNoPatience);
            } else if (dice < 82) {
                act("gives little time", this::givesLittleTime);
            } else if (dice < 84) {
                act("sends too much", this::sendsTooMuch);
            } else if (dice < 88) {
                act("sends wrong JSON", this::sendsWrongJson);
            } else if (dice < 91) {
                act("sends no HTTP", this::sendsNoHttp);
            } else if (dice < 96) {
                act("asks for what is not there", this::asksForNothing);
            } else {
                act("looks at the figures", this::looks);
            }
        }
    }

    private void act(String name, Act act) {
        try {
            act.run(name);
        } catch (IOException | RuntimeException e) {
            tally.wrong(name, String.valueOf(e));
        }
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private void asks(String name) throws IOException {
        Question question = pick(questions);
        for (int i = 0; i < MOST_TRIES; i++) {
            try (Connection connection = new Connection(port)) {
                if (answered(name, question, connection)) {
                    return;
                }
            }
            Connection.pause(10 + random.nextInt(100));
        }
        tally.wrong(name, question.name() + ": refused " + MOST_TRIES + " times");
    }

    private void asksOnOneConnection(String name) throws IOException {
        try (Connection connection = new Connection(port)) {
            for (int i = 2 + random.nextInt(3); i > 0; i--) {
                Question question = pick(questions);
                for (int tries = MOST_TRIES; !answered(name, question, connection); tries--) {
                    if (tries == 0) {
                        tally.wrong(name, question.name() + ": refused " + MOST_TRIES + " times");
                        return;
                    }
                    Connection.pause(10 + random.nextInt(100));
                }
            }
        }
    }

    private void readsSlowly(String name) throws IOException {
        Question question = pick(questions);
        for (int i = 0; i < MOST_TRIES; i++) {
            try (Connection connection = new Connection(port)) {
                connection.readSlowly(20 + random.nextInt(400));
                if (answered(name, question, connection)) {
                    return;
                }
            }
            Connection.pause(10 + random.nextInt(100));
        }
        tally.wrong(name, question.name() + ": refused " + MOST_TRIES + " times");
    }

    /** Asks and compares; false where the server has too much to do. */
    private boolean answered(String name, Question question, Connection connection) throws IOException {
        connection.send(question);
        Response response;
        try {
            response = connection.receive();
        } catch (IOException e) {
            throw new IOException(question.name() + ": " + e.getMessage(), e);
        }
        if (BUSY.contains(response.status())) {
            tally.refused(name);
            return false;
        }
        if (response.status() != 200) {
            tally.wrong(name, question.name() + ": " + response.status() + " " + response.text());
            return true;
        }
        String said = Said.of(response);
        String expected = alone.get(question);
        if (said.equals(expected)) {
            tally.done(name);
        } else if (said.contains("/error/") || response.text().contains("\"error\"")) {
            tally.wrong(name, question.name() + ": " + response.text());
        } else {
            tally.wrong(name, question.name() + ": said\n    " + said + "\n  alone\n    " + expected);
        }
        return true;
    }

    private void leavesWithin(String name) throws IOException {
        Connection connection = new Connection(port);
        connection.send(Questions.endless(random.nextInt(1000), true));
        connection.readSome(1 + random.nextInt(6000));
        leave(connection);
        tally.done(name);
    }

    private void leavesBefore(String name) throws IOException {
        Connection connection = new Connection(port);
        connection.send(Questions.endless(random.nextInt(1000), random.nextBoolean()));
        if (random.nextBoolean()) {
            Connection.pause(random.nextInt(60));
        }
        leave(connection);
        tally.done(name);
    }

    private void leave(Connection connection) throws IOException {
        if (random.nextBoolean()) {
            connection.reset();
        } else {
            connection.close();
        }
    }

    private void sendsHalf(String name) throws IOException {
        byte[] request = Connection.bytes(pick(questions));
        Connection connection = new Connection(port);
        connection.send(Arrays.copyOf(request, 1 + random.nextInt(request.length - 1)));
        Connection.pause(random.nextInt(200));
        leave(connection);
        tally.done(name);
    }

    private void hasNoPatience(String name) throws IOException {
        try (Connection connection = new Connection(port)) {
            connection.patience(10 + random.nextInt(200));
            connection.send(Questions.endless(random.nextInt(1000), false));
            connection.receive();
        } catch (SocketTimeoutException e) {
            // as it wanted
        }
        tally.done(name);
    }

    private void givesLittleTime(String name) throws IOException {
        Question question = Questions.hurried(random.nextInt(1000), (1 + random.nextInt(300)) / 1000.0);
        expect(name, question, Set.of(200, 503, 504));
    }

    private void sendsTooMuch(String name) throws IOException {
        try (Connection connection = new Connection(port)) {
            String head = "POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
            switch (random.nextInt(3)) {
                case 0 -> {
                    String text = "{\"messages\": \"" + "x".repeat(mostBodyBytes) + "\"}";
                    connection.send(bytes(head + "Content-Length: " + text.length() + "\r\n\r\n" + text));
                }
                case 1 -> {
                    connection.send(bytes(head + "Transfer-Encoding: chunked\r\n\r\n"));
                    String piece = "10000\r\n" + " ".repeat(0x10000) + "\r\n";
                    for (int sent = 0; sent <= mostBodyBytes; sent += 0x10000) {
                        connection.send(bytes(piece));
                    }
                    connection.send(bytes("0\r\n\r\n"));
                }
                default ->
                    connection.send(bytes(head + "Content-Length: 5000000000\r\n\r\n" + "x".repeat(2 * mostBodyBytes)));
            }
            require(name, connection.receive(), Set.of(400, 413));
        } catch (IOException e) {
            if (e instanceof SocketTimeoutException) {
                tally.wrong(name, "no answer");
            } else {
                tally.done(name); // closed before all was sent
            }
        }
    }

    private void sendsWrongJson(String name) throws IOException {
        String body = pick(List.of(
                "{\"messages\"",
                "[1]",
                "nothing",
                "{\"messages\": [{\"role\": \"king\", \"content\": \"a\"}]}",
                "{\"a\": \"\\ud800",
                "{\"a\": 1e999999}{",
                "[".repeat(100_000),
                "{\"a\":".repeat(70) + "1" + "}".repeat(70),
                ASKED + ", \"temperature\": 99}",
                ASKED + ", \"n\": 1000000}",
                ASKED
                        + ", \"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"schema\": {\"not\": {}}}}}",
                ASKED + ", \"guided_regex\": \"(((((\"}",
                ASKED + ", \"logit_bias\": {\"-5\": 1}}"));
        expect(name, Question.post("wrong", CHAT, body), Set.of(400));
    }

    private void sendsNoHttp(String name) throws IOException {
        String text = pick(List.of(
                "hello\r\n\r\n",
                "GET / HTTP/9.9\r\n\r\n",
                "GET /v1/models HTTP/1.1\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n",
                "GET /" + "a".repeat(40_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(100_000) + "\r\n\r\n",
                "POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
                "POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "\u0000\u0001\u0016\u0003\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        try (Connection connection = new Connection(port)) {
            connection.send(bytes(text));
            Response response = connection.receive();
            if (response.status() < 400 || response.status() >= 500) {
                tally.wrong(name, shown(text) + " → " + response.status());
            } else {
                tally.done(name);
            }
        } catch (SocketTimeoutException e) {
            tally.wrong(name, shown(text) + ": no answer");
        } catch (IOException e) {
            tally.done(name); // a server may close the connection on what is no request
        }
    }

    private static String shown(String text) {
        String line = text.replace("\r\n", "¶");
        return line.substring(0, Math.min(120, line.length()));
    }

    private void asksForNothing(String name) throws IOException {
        switch (random.nextInt(6)) {
            case 0 -> expect(name, Question.get(CHAT), Set.of(404, 405));
            case 1 -> expect(name, new Question("delete", "DELETE", "/v1/models", ""), Set.of(404, 405));
            case 2 -> expect(name, Question.post("model", CHAT, ASKED + ", \"model\": \"gpt\"}"), Set.of(404));
            case 3 -> expect(name, Question.get("/nowhere/at/all"), Set.of(404));
            case 4 ->
                expect(
                        name,
                        Question.post("long", CHAT, ASKED.replace("1 + 1", "1 + 1 ".repeat(2000)) + "}"),
                        Set.of(400));
            default -> expect(name, new Question("odd", "BREW", "/v1/models", ""), Set.of(400, 404, 405, 501));
        }
    }

    private void looks(String name) throws IOException {
        String path = pick(List.of("/health", "/ready", "/metrics", "/jerboa/status", "/v1/models", "/api/tags"));
        expect(name, Question.get(path), Set.of(200));
    }

    private void expect(String name, Question question, Set<Integer> statuses) throws IOException {
        try (Connection connection = new Connection(port)) {
            connection.send(question);
            require(name, connection.receive(), statuses);
        }
    }

    private void require(String name, Response response, Set<Integer> statuses) {
        if (statuses.contains(response.status())) {
            tally.done(name);
        } else {
            String text = response.text();
            tally.wrong(
                    name,
                    "expected " + statuses + ", found " + response.status() + " "
                            + text.substring(0, Math.min(300, text.length())));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** When visitors who start now for so long stop. */
    static long endAfter(double seconds) {
        return System.nanoTime() + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    }
}
