package dev.jerboa.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.concurrency.limits.FixedLimit;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.spi.ServerConnection;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that change threads, over real sockets. */
@Timeout(60)
final class ThreadedConnectionTest {
    private static final int THREADS = 2;
    private static final Duration SILENCE = Duration.ofMillis(200);
    private static final Duration GRACE = Duration.ofSeconds(2);

    private Connections connections = new Connections(Duration.ofSeconds(30), SILENCE, GRACE, THREADS);
    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch holding = new CountDownLatch(THREADS + 1);
    private WebServer web = start(connections);
    private final List<Socket> sockets = new ArrayList<>();

    private WebServer start(Connections connections) {
        return WebServer.builder()
                .host("127.0.0.1")
                .port(0)
                .shutdownHook(false)
                .shutdownGracePeriod(Duration.ofSeconds(5))
                .connectionOptions(connections.sockets())
                .useNio(false)
                .addConnectionSelector(connections)
                .routing(HttpRouting.builder()
                        .get("/thread", (request, response) -> response.send(kind()))
                        .post(
                                "/length",
                                (request, response) -> response.send(
                                        String.valueOf(request.content().as(byte[].class).length)))
                        .get("/hold", (request, response) -> {
                            holding.countDown();
                            held.await();
                            response.send(kind());
                        }))
                .build()
                .start();
    }

    private static String kind() {
        return Thread.currentThread().isVirtual() ? "virtual" : "system";
    }

    @AfterEach
    void close() throws IOException {
        held.countDown();
        web.stop();
        connections.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", web.port());
        sockets.add(socket);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    private static void ask(Socket socket, String path) throws IOException {
        send(socket, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    /** The body of one reply with a length. */
    private static String reply(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int c = in.read();
            if (c < 0) {
                throw new IOException("the connection ended after: " + head);
            }
            head.append((char) c);
        }
        String lower = head.toString().toLowerCase(java.util.Locale.ROOT);
        int at = lower.indexOf("content-length:") + 15;
        int length =
                Integer.parseInt(lower.substring(at, lower.indexOf('\r', at)).trim());
        return head.substring(9, 12) + " " + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
    }

    private static String askAndRead(Socket socket, String path) throws IOException {
        ask(socket, path);
        return reply(socket);
    }

    private static void await(BooleanSupplier what) throws InterruptedException {
        while (!what.getAsBoolean()) {
            Thread.sleep(5);
        }
    }

    @Test
    void aConnectionAtWorkHasAThreadOfTheSystems() throws IOException {
        Socket socket = connect();

        assertThat(askAndRead(socket, "/thread")).isEqualTo("200 system");
        assertThat(askAndRead(socket, "/thread")).isEqualTo("200 system");
        assertThat(connections.busyThreads()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"G@T", "G\tT", "GET:", "", "\u0016\u0003\u0001", "\u00e9"})
    void aMethodThatIsNoTokenIsTheClientsMistake(String method) throws IOException {
        Socket socket = connect();
        assertThat(askAndRead(socket, "/thread")).isEqualTo("200 system");

        send(socket, method + " /thread HTTP/1.1\r\nHost: localhost\r\n\r\n");

        assertThat(reply(socket)).startsWith("400 ");
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }

    /** What comes in pieces is looked at where it begins only: the rest of a line may have any characters. */
    @Test
    void aRequestMayComeByteByByte() throws IOException {
        Socket socket = connect();
        for (char c : "GET /thread HTTP/1.1\r\nHost: localhost\r\n\r\n".toCharArray()) {
            send(socket, String.valueOf(c));
        }
        assertThat(reply(socket)).isEqualTo("200 system");
    }

    @Test
    void aSilentConnectionGivesItsThreadBackAndIsServedAgain() throws IOException, InterruptedException {
        Socket socket = connect();
        for (int i = 0; i < 3; i++) {
            assertThat(askAndRead(socket, "/thread")).isEqualTo("200 system");
            await(() -> connections.busyThreads() == 0);
        }
    }

    @Test
    void manySilentConnectionsLeaveThreadsToThoseAtWork() throws IOException, InterruptedException {
        for (int i = 0; i < 20 * THREADS; i++) {
            assertThat(askAndRead(connect(), "/thread")).startsWith("200 ");
        }
        Socket busy = sockets.getLast();
        assertThat(askAndRead(busy, "/thread")).isEqualTo("200 virtual");
        await(() -> connections.busyThreads() == 0);
        String kind = "";
        while (!kind.equals("200 system")) { // it asks once a second
            kind = askAndRead(busy, "/thread");
            Thread.sleep(5);
        }
        for (Socket socket : sockets) {
            assertThat(askAndRead(socket, "/thread")).startsWith("200 ");
        }
    }

    /** After a burst those at work have other connections than those that were first: they do not wait for a silence to end. */
    @Test
    void whoIsSilentGivesItsThreadBackSoonWhereOthersWantIt() throws IOException, InterruptedException {
        web.stop();
        connections.close();
        connections = new Connections(Duration.ofSeconds(30), Duration.ofHours(1), GRACE, THREADS);
        web = start(connections);
        for (int i = 0; i < THREADS; i++) {
            assertThat(askAndRead(connect(), "/thread")).isEqualTo("200 system");
        }
        Socket busy = connect();
        assertThat(askAndRead(busy, "/thread")).isEqualTo("200 virtual");
        List<Socket> first = List.copyOf(sockets.subList(0, THREADS));
        for (Socket socket : first) {
            assertThat(askAndRead(socket, "/thread")).isEqualTo("200 system");
        }
        String kind = "";
        while (!kind.equals("200 system")) { // within seconds, not within the hour
            kind = askAndRead(busy, "/thread");
            Thread.sleep(5);
        }
        for (Socket socket : first) {
            assertThat(askAndRead(socket, "/thread")).startsWith("200 ");
        }
    }

    @Test
    void moreThanThereAreThreadsAreServedAtOnce() throws IOException, InterruptedException {
        List<Socket> all = new ArrayList<>();
        for (int i = 0; i < THREADS + 1; i++) {
            Socket socket = connect();
            ask(socket, "/hold");
            all.add(socket);
        }
        assertThat(holding.await(20, TimeUnit.SECONDS)).isTrue();
        held.countDown();
        List<String> kinds = new ArrayList<>();
        for (Socket socket : all) {
            kinds.add(reply(socket));
        }
        assertThat(kinds).containsExactlyInAnyOrder("200 system", "200 system", "200 virtual");
    }

    @Test
    void aRequestThatComesInPiecesIsOneRequest() throws IOException, InterruptedException {
        Socket socket = connect();
        assertThat(askAndRead(socket, "/thread")).isEqualTo("200 system");
        for (String piece :
                List.of("PO", "ST /length HTTP/1.1\r\nHo", "st: localhost\r\nContent-Length: 6\r\n\r\nab", "cdef")) {
            send(socket, piece);
            Thread.sleep(2 * SILENCE.toMillis());
        }
        assertThat(reply(socket)).isEqualTo("200 6");
        assertThat(askAndRead(socket, "/thread")).isEqualTo("200 system");
    }

    @Test
    void requestsThatAreSentAheadAreServedInOrder() throws IOException {
        Socket socket = connect();
        StringBuilder all = new StringBuilder();
        int requests = 300; // more than one of Helidon's connections serves
        for (int i = 1; i <= requests; i++) {
            all.append("POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: ")
                    .append(i)
                    .append("\r\n\r\n")
                    .repeat("x", i);
        }
        send(socket, all.toString());
        for (int i = 1; i <= requests; i++) {
            assertThat(reply(socket)).isEqualTo("200 " + i);
        }
    }

    /** It would hold a thread for as long as it likes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET",
                "GET /thread HTTP/1.1\r\nX: ",
                "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n"
            })
    void whoSendsAByteNowAndThenIsGivenUp(String beginning) throws IOException, InterruptedException {
        Socket socket = connect();
        socket.setSoTimeout(1);
        send(socket, beginning);
        boolean open = true;
        while (open) { // until the time-out of the test
            try {
                send(socket, "a");
                Thread.sleep(20);
                open = socket.getInputStream().read() >= 0;
            } catch (SocketTimeoutException e) {
                open = true;
            } catch (SocketException e) {
                open = false;
            }
        }
        await(() -> connections.busyThreads() == 0);
        assertThat(askAndRead(connect(), "/thread")).isEqualTo("200 system");
    }

    @Test
    void aBodyThatComesSlowlyAndSteadilyIsTakenForLongerThanTheGrace() throws IOException, InterruptedException {
        Socket socket = connect();
        int pieces = 40;
        send(socket, "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: " + 100 * pieces + "\r\n\r\n");
        for (int i = 0; i < pieces; i++) { // 4 seconds, of which two are the grace
            Thread.sleep(100);
            send(socket, "a".repeat(100));
        }
        assertThat(reply(socket)).isEqualTo("200 " + 100 * pieces);
    }

    @Test
    void manyRequestsOneAfterTheOtherAreServedByEitherKindOfThread() throws IOException {
        for (int i = 0; i < THREADS + 1; i++) {
            Socket socket = connect();
            for (int request = 0; request < 200; request++) {
                assertThat(askAndRead(socket, "/thread")).startsWith("200 ");
            }
        }
    }

    /** Or what was read of it for ever would be kept from being collected while it is young. */
    @Test
    void aReaderIsReplacedBetweenRequestsAndNotWithinOne() throws InterruptedException {
        List<Requests> made = new ArrayList<>();
        int[] left = {1000};
        try (Watches watches = new Watches();
                ConnectionThreads threads = new ConnectionThreads(1)) {
            new ThreadedConnection(
                            new ReadAhead(() -> left[0]-- > 0 ? new byte[] {'a', 'b', 'c'} : null, watches),
                            new Patience(Optional.empty(), SILENCE),
                            new RequestPace(SILENCE),
                            threads,
                            reader -> {
                                made.add(new Requests(reader));
                                return made.getLast();
                            })
                    .handle(FixedLimit.create());
        } catch (ClientGoneException e) {
            assertThat(left[0]).isNegative();
        }
        assertThat(made).hasSizeBetween(5, 20);
        assertThat(made.stream().mapToInt(Requests::bytes).sum()).isEqualTo(3 * 1000);
    }

    /** Requests of two bytes, which come three at a time. */
    private static final class Requests implements ServerConnection, InterruptableTask<Void> {
        private final DataReader reader;
        private boolean between;
        private int bytes;

        Requests(DataReader reader) {
            this.reader = reader;
        }

        int bytes() {
            return bytes;
        }

        @Override
        public void handle(Limit limit) {
            while (true) {
                between = true;
                reader.ensureAvailable();
                between = false;
                for (int i = 0; i < 2; i++) {
                    reader.read();
                    bytes++;
                }
            }
        }

        @Override
        public boolean canInterrupt() {
            return between;
        }

        @Override
        public @Nullable Void call() {
            return null;
        }

        @Override
        public Duration idleTime() {
            return Duration.ZERO;
        }

        @Override
        public void close(boolean interrupt) {}
    }

    @Test
    void silentConnectionsEndWithTheServer() throws IOException, InterruptedException {
        Socket resting = connect();
        askAndRead(resting, "/thread");
        await(() -> connections.busyThreads() == 0);
        Socket fresh = connect();
        askAndRead(fresh, "/thread");
        long began = System.nanoTime();

        web.stop();

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
        assertThat(ended(resting)).isTrue();
        assertThat(ended(fresh)).isTrue();
    }

    /** A server that stops interrupts the threads that it began: a defect would be logged otherwise. */
    @Test
    void whoeverIsInterruptedClosesTheConnection() throws InterruptedException {
        CountDownLatch serving = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        ServerConnection waiting = new ServerConnection() {
            @Override
            public void handle(Limit limit) {
                serving.countDown();
                try {
                    held.await();
                } catch (InterruptedException e) {
                    interrupted.countDown();
                }
            }

            @Override
            public Duration idleTime() {
                return Duration.ZERO;
            }

            @Override
            public void close(boolean interrupt) {}
        };
        try (Watches watches = new Watches();
                ConnectionThreads threads = new ConnectionThreads(1)) {
            ThreadedConnection connection = new ThreadedConnection(
                    new ReadAhead(() -> new byte[0], watches),
                    new Patience(Optional.empty(), SILENCE),
                    new RequestPace(SILENCE),
                    threads,
                    _ -> waiting);
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread own = Thread.ofVirtual().start(() -> {
                try {
                    connection.handle(FixedLimit.create());
                } catch (Exception e) {
                    thrown.set(e);
                }
            });
            serving.await();
            own.interrupt();
            own.join();
            assertThat(thrown.get()).isInstanceOf(CloseConnectionException.class);
            assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static boolean ended(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aClientThatGoesLeavesNoThread() throws IOException, InterruptedException {
        Socket socket = connect();
        askAndRead(socket, "/thread");
        socket.close();
        await(() -> connections.busyThreads() == 0);
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(IOException.class);
    }
}
