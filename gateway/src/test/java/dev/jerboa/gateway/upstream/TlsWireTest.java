package dev.jerboa.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Connections that are encrypted, with a certificate of one day for {@code localhost}. */
@Timeout(60)
class TlsWireTest {
    private static final String HOST = "localhost";
    private static final byte[] REQUEST = "POST / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NO_BODY = {};

    @TempDir
    private static Path folder;

    private static SSLContext context;

    @BeforeAll
    static void certificate() throws Exception {
        context = OneDayTls.context(folder, HOST);
    }

    /** A server that gives the same reply to each request. */
    private static final class Server implements AutoCloseable {
        private final ServerSocket socket;
        private final CountDownLatch ended = new CountDownLatch(1);

        /** @param replies after so many, a connection is closed */
        Server(String reply, int replies) throws IOException {
            socket = context.getServerSocketFactory().createServerSocket(0, 10, InetAddress.getByName(HOST));
            Thread.ofVirtual().start(() -> {
                while (!socket.isClosed()) {
                    try (Socket client = socket.accept()) {
                        for (int i = 0; i < replies; i++) {
                            heads(client.getInputStream());
                            client.getOutputStream().write(reply.getBytes(StandardCharsets.US_ASCII));
                            client.getOutputStream().flush();
                        }
                    } catch (IOException e) {
                        // the next one
                    } finally {
                        ended.countDown();
                    }
                }
            });
        }

        private static void heads(InputStream in) throws IOException {
            int seen = 0;
            while (seen < 2) {
                int c = in.read();
                if (c < 0) {
                    throw new IOException("no request");
                }
                seen = c == '\n' ? seen + 1 : c == '\r' ? seen : 0;
            }
        }

        Wire connect(String host, SSLSocketFactory factory) throws IOException {
            return Wire.connect(new Origin(true, host, socket.getLocalPort()), 5_000, factory, Proxies.NONE);
        }

        Wire connect() throws IOException {
            return connect(HOST, context.getSocketFactory());
        }

        void awaitClosed() throws InterruptedException {
            assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static final String HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world";

    private static String reply(Wire wire) throws IOException {
        wire.send(REQUEST, NO_BODY);
        assertThat(wire.head().status()).isEqualTo(200);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[7];
        for (int count = 0; count >= 0; count = wire.read(buffer, 0, 7)) {
            body.write(buffer, 0, count);
        }
        return body.toString(StandardCharsets.US_ASCII);
    }

    @Test
    void aConnectionIsUsedAgain() throws IOException {
        try (Server server = new Server(HELLO, 2);
                Wire wire = server.connect()) {
            assertThat(reply(wire)).isEqualTo("hello world");
            assertThat(wire.reusable()).isTrue();
            assertThat(reply(wire)).isEqualTo("hello world");
        }
    }

    @Test
    void whoIsNotTrustedIsRefused() throws IOException {
        try (Server server = new Server(HELLO, 1)) {
            SSLSocketFactory usual = (SSLSocketFactory) SSLSocketFactory.getDefault();
            assertThatThrownBy(() -> server.connect(HOST, usual)).isInstanceOf(SSLHandshakeException.class);
        }
    }

    @Test
    void whoHasAnotherNameIsRefused() throws IOException {
        try (Server server = new Server(HELLO, 1)) {
            String address = server.socket.getInetAddress().getHostAddress();
            assertThatThrownBy(() -> server.connect(address, context.getSocketFactory()))
                    .isInstanceOf(SSLHandshakeException.class);
        }
    }

    @Test
    void aConnectionThatWasClosedWhileItRestedIsKnown() throws Exception {
        try (Server server = new Server(HELLO, 1);
                Wire wire = server.connect()) {
            assertThat(reply(wire)).isEqualTo("hello world");
            server.awaitClosed();
            assertThatThrownBy(() -> reply(wire)).isInstanceOf(Wire.StaleException.class);
        }
    }

    @Test
    void closingEndsAReadOfAnotherThread() throws Exception {
        try (Server server = new Server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 2);
                Wire wire = server.connect()) {
            wire.send(REQUEST, NO_BODY);
            wire.head();
            Thread closing = Thread.ofVirtual().start(() -> {
                try {
                    Thread.sleep(50);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                wire.close();
            });
            assertThatThrownBy(() -> wire.read(new byte[9], 0, 9)).isInstanceOf(IOException.class);
            closing.join();
        }
    }

    /** Bytes of the server's records come one by one, so that time-outs are within them. */
    @Test
    void aRecordMayComeByteByByte() throws Exception {
        try (Server server = new Server(HELLO, 1);
                ServerSocket slow = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
            Thread.ofVirtual().start(() -> forward(slow, server.socket.getLocalPort()));
            try (Wire wire = Wire.connect(
                    new Origin(true, HOST, slow.getLocalPort()), 20_000, context.getSocketFactory(), Proxies.NONE)) {
                wire.send(REQUEST, NO_BODY);
                assertThat(wire.head().status()).isEqualTo(200);
                ByteArrayOutputStream body = new ByteArrayOutputStream();
                byte[] buffer = new byte[7];
                for (int count = 0; count >= 0; count = wire.read(buffer, 0, 7)) {
                    body.write(buffer, 0, count);
                }
                assertThat(body.toString(StandardCharsets.US_ASCII)).isEqualTo("hello world");
            }
        }
    }

    private static void forward(ServerSocket from, int port) {
        try (Socket client = from.accept();
                Socket server = new Socket(HOST, port)) {
            Thread there = Thread.ofVirtual().start(() -> copy(client, server, 0));
            copy(server, client, 2);
            there.join();
        } catch (IOException | InterruptedException e) {
            // the test has seen enough
        }
    }

    private static void copy(Socket from, Socket to, int pauseMillis) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            to.setTcpNoDelay(true);
            for (int b = in.read(); b >= 0; b = in.read()) {
                out.write(b);
                out.flush();
                if (pauseMillis > 0) {
                    Thread.sleep(pauseMillis);
                }
            }
            to.shutdownOutput();
        } catch (IOException | InterruptedException e) {
            // the test has seen enough
        }
    }
}
