package dev.jerboa.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.catalog.WireDialect;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies of strangers, byte by byte. */
@Timeout(30)
class WireTest {
    private static final SSLSocketFactory TLS = (SSLSocketFactory) SSLSocketFactory.getDefault();

    /** A server that says something once, in pieces, and closes the connection. */
    private static Wire to(int pauseMillis, String... pieces) throws IOException {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            try (server;
                    Socket socket = server.accept()) {
                OutputStream out = socket.getOutputStream();
                for (String piece : pieces) {
                    out.write(piece.getBytes(StandardCharsets.ISO_8859_1));
                    out.flush();
                    Thread.sleep(pauseMillis);
                }
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            } catch (IOException | InterruptedException e) {
                // the test has seen enough
            }
        });
        return Wire.connect(new Origin(false, "127.0.0.1", server.getLocalPort()), 1000, TLS, Proxies.NONE);
    }

    private static String body(Wire wire) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[7];
        for (int count = wire.read(buffer, 0, 7); count >= 0; count = wire.read(buffer, 0, 7)) {
            body.write(buffer, 0, count);
        }
        return body.toString(StandardCharsets.ISO_8859_1);
    }

    @Test
    void readsBodiesOfEachKind() throws IOException {
        try (Wire wire = to(0, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world")) {
            assertThat(wire.head().status()).isEqualTo(200);
            assertThat(body(wire)).isEqualTo("hello world");
            assertThat(wire.reusable()).isTrue();
        }
        try (Wire wire = to(
                0,
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: a\r\nX: b\r\n\r\n",
                "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n")) {
            ReplyHead head = wire.head();
            assertThat(head.header("x")).isEqualTo("a, b");
            assertThat(body(wire)).isEqualTo("hello world");
            assertThat(wire.reusable()).isTrue();
        }
        try (Wire wire = to(0, "HTTP/1.0 200 OK\r\n\r\nhello world")) {
            wire.head();
            assertThat(body(wire)).isEqualTo("hello world");
            assertThat(wire.reusable()).isFalse();
        }
        try (Wire wire = to(0, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")) {
            wire.head();
            assertThat(body(wire)).isEmpty();
            assertThat(wire.reusable()).isFalse();
        }
    }

    /** What was closed while it rested was not read; what is closed a while after it was sent may have been, and have cost something. */
    @ParameterizedTest
    @ValueSource(ints = {0, 900})
    void aKeptConnectionIsStaleOnlyWhereItEndsAtOnce(int pauseMillis) throws IOException {
        try (Wire wire = to(pauseMillis, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")) {
            wire.head();
            assertThat(body(wire)).isEqualTo("hello");
            wire.send(new byte[] {'P'}, new byte[] {'x'});
            if (pauseMillis == 0) {
                assertThatThrownBy(wire::head).isInstanceOf(Wire.StaleException.class);
            } else {
                assertThatThrownBy(wire::head).isInstanceOf(EOFException.class);
            }
        }
    }

    @Test
    void aReplyMayComeByteByByte() throws IOException {
        String reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
        try (Wire wire = to(1, reply.split(""))) {
            assertThat(wire.head().status()).isEqualTo(200);
            assertThat(body(wire)).isEqualTo("hello world");
            assertThat(wire.reusable()).isTrue();
        }
    }

    @Test
    void closingEndsAReadAtOnce() throws Exception {
        try (Wire wire = to(25_000, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello")) {
            wire.head();
            byte[] buffer = new byte[100];
            assertThat(wire.read(buffer, 0, 100)).isEqualTo(5);
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    wire.read(buffer, 0, 100);
                    ended.complete(new AssertionError("a byte that nobody sent"));
                } catch (IOException e) {
                    ended.complete(e);
                }
            });
            wire.close();
            assertThat(ended.get(10, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0\r\n\r\n",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/2 200 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n"
            })
    void wrongRepliesAreRefused(String reply) throws IOException {
        try (Wire wire = to(0, reply)) {
            assertThatThrownBy(() -> {
                        wire.head();
                        body(wire);
                    })
                    .isInstanceOf(ProtocolException.class);
            assertThat(wire.reusable()).isFalse();
        }
    }

    @Test
    void headsAndLinesAreBounded() throws IOException {
        try (Wire wire = to(0, "HTTP/1.1 200 OK\r\nA: " + "x".repeat(100_000))) {
            assertThatThrownBy(() -> wire.head()).isInstanceOf(ProtocolException.class);
        }
        try (Wire wire = to(0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + "0".repeat(5_000))) {
            wire.head();
            assertThatThrownBy(() -> body(wire)).isInstanceOf(ProtocolException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
            })
    void aReplyThatEndsEarlyIsNoReply(String reply) throws IOException {
        try (Wire wire = to(0, reply)) {
            assertThatThrownBy(() -> {
                        wire.head();
                        body(wire);
                    })
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(Wire.StaleException.class);
        }
    }

    @Test
    void addressesAreThoseOfTheFile() {
        assertThat(RequestHead.path(URI.create("https://a.example"), WireDialect.OPENAI, "/v1/chat/completions"))
                .isEqualTo("/v1/chat/completions");
        assertThat(RequestHead.path(
                        URI.create("https://a.example/api/paas/v4/"), WireDialect.OPENAI, "/v1/chat/completions"))
                .isEqualTo("/api/paas/v4/chat/completions");
        assertThat(RequestHead.path(URI.create("https://a.example/anthropic"), WireDialect.ANTHROPIC, "/v1/messages"))
                .isEqualTo("/anthropic/v1/messages");
        assertThat(RequestHead.path(URI.create("https://a.example/v1"), WireDialect.ANTHROPIC, "/v1/messages"))
                .isEqualTo("/v1/messages");
    }
}
