package dev.jerboa.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.config.NoProxy;
import dev.jerboa.gateway.config.ProxyConfig;
import dev.jerboa.gateway.config.ProxyServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Connections through a proxy of this process, to a provider whose name nobody but the proxy can look up. */
@Timeout(60)
class ProxyWireTest {
    private static final String HOST = "provider.invalid";
    private static final String HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static final Optional<ProxyServer.Login> NOBODY = Optional.empty();

    @TempDir
    private static Path folder;

    private static SSLContext context;

    @BeforeAll
    static void certificate() throws Exception {
        context = OneDayTls.context(folder, HOST);
    }

    /** Answers each request of each connection with the same words. */
    private static ServerSocket provider(boolean tls) throws IOException {
        ServerSocket server = tls
                ? context.getServerSocketFactory().createServerSocket(0, 10, InetAddress.getLoopbackAddress())
                : new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try (Socket client = server.accept()) {
                    byte[] request = new byte[1000];
                    while (client.getInputStream().read(request) > 0) {
                        client.getOutputStream().write(HELLO.getBytes(StandardCharsets.US_ASCII));
                        client.getOutputStream().flush();
                    }
                } catch (IOException e) {
                    // the next one
                }
            }
        });
        return server;
    }

    private static Origin origin(boolean tls, String host, TestProxy proxy, Optional<ProxyServer.Login> login) {
        return new Origin(tls, host, tls ? 443 : 80)
                .through(new ProxyServer("127.0.0.1", proxy.port(), login, NoProxy.NONE));
    }

    private static Wire connect(Origin origin, int timeoutMillis, SSLSocketFactory factory) throws IOException {
        return Wire.connect(origin, timeoutMillis, factory, new Proxies(ProxyConfig.NONE, ProxyWireTest::secret));
    }

    private static String secret(String reference) {
        return switch (reference) {
            case "env:PASSWORD" -> "open:sésame";
            case "env:HTTPS_PROXY" -> "http://mary%40x:p%3Aw@127.0.0.1:1";
            default -> throw new GatewayException("the environment variable is not set");
        };
    }

    private static String ask(Wire wire) throws IOException {
        wire.send("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII), new byte[0]);
        assertThat(wire.head().status()).isEqualTo(200);
        byte[] body = new byte[9];
        int count = 0;
        for (int more = 0; more >= 0; more = wire.read(body, count, body.length - count)) {
            count += more;
        }
        return new String(body, 0, count, StandardCharsets.US_ASCII);
    }

    private static String basic(String pair) {
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void encryptionIsWithTheProviderWhoseNameTheProxyLooksUp() throws Exception {
        try (ServerSocket provider = provider(true);
                TestProxy proxy = new TestProxy(provider.getLocalPort());
                Wire wire = connect(origin(true, HOST, proxy, NOBODY), 5_000, context.getSocketFactory())) {
            assertThat(ask(wire)).isEqualTo("hello");
            assertThat(wire.reusable()).isTrue();
            assertThat(ask(wire)).isEqualTo("hello");
            assertThat(proxy.heads())
                    .containsExactly("CONNECT provider.invalid:443 HTTP/1.1\r\nHost: provider.invalid:443\r\n\r\n");
        }
    }

    @Test
    void aCertificateOfAnotherNameIsRefused() throws Exception {
        try (ServerSocket provider = provider(true);
                TestProxy proxy = new TestProxy(provider.getLocalPort())) {
            Origin other = origin(true, "other.invalid", proxy, NOBODY);
            assertThatThrownBy(() -> connect(other, 5_000, context.getSocketFactory()))
                    .isInstanceOf(SSLHandshakeException.class);
        }
    }

    @Test
    void aCertificateThatNobodyTrustsIsRefused() throws Exception {
        try (ServerSocket provider = provider(true);
                TestProxy proxy = new TestProxy(provider.getLocalPort())) {
            Origin origin = origin(true, HOST, proxy, NOBODY);
            assertThatThrownBy(() -> connect(origin, 5_000, (SSLSocketFactory) SSLSocketFactory.getDefault()))
                    .isInstanceOf(SSLHandshakeException.class);
        }
    }

    @Test
    void aProviderWithoutEncryptionHasATunnelToo() throws Exception {
        try (ServerSocket provider = provider(false);
                TestProxy proxy = new TestProxy(provider.getLocalPort());
                Wire wire = connect(origin(false, HOST, proxy, NOBODY), 5_000, context.getSocketFactory())) {
            assertThat(ask(wire)).isEqualTo("hello");
        }
    }

    @Test
    void whoHasAPasswordLogsIn() throws Exception {
        try (ServerSocket provider = provider(false);
                TestProxy proxy =
                        new TestProxy(provider.getLocalPort(), TestProxy.withLogin(basic("anna:open:sésame")), 0);
                Wire wire = connect(
                        origin(false, HOST, proxy, Optional.of(new ProxyServer.Login.Named("anna", "env:PASSWORD"))),
                        5_000,
                        context.getSocketFactory())) {
            assertThat(ask(wire)).isEqualTo("hello");
        }
    }

    @Test
    void aVariableOfTheEnvironmentMayHoldUserAndPassword() throws Exception {
        try (ServerSocket provider = provider(false);
                TestProxy proxy = new TestProxy(provider.getLocalPort(), TestProxy.withLogin(basic("mary@x:p:w")), 0);
                Wire wire = connect(
                        origin(false, HOST, proxy, Optional.of(new ProxyServer.Login.InVariable("HTTPS_PROXY"))),
                        5_000,
                        context.getSocketFactory())) {
            assertThat(ask(wire)).isEqualTo("hello");
        }
    }

    private static void assertNoWay(Function<String, String> answer, Optional<ProxyServer.Login> login, String message)
            throws IOException {
        try (TestProxy proxy = new TestProxy(1, answer, 0)) {
            Origin origin = origin(true, HOST, proxy, login);
            assertThatThrownBy(() -> connect(origin, 5_000, context.getSocketFactory()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void aProxyMayRefuse() throws Exception {
        assertNoWay(TestProxy.withLogin("Basic no"), NOBODY, "407 Proxy Authentication Required: expected a user");
        assertNoWay(head -> "HTTP/1.1 403 For\u001bbidden\r\n\r\n", NOBODY, "it answered 403 For?bidden");
        assertNoWay(head -> "SSH-2.0-x\r\n\r\n", NOBODY, "not answer as an HTTP proxy");
        assertNoWay(head -> "HTTP/1.1 2000 OK\r\n\r\n", NOBODY, "not answer as an HTTP proxy");
        assertNoWay(head -> "HTTP/1.1 200 OK\r\n", NOBODY, "closed the connection");
        assertNoWay(head -> "HTTP/1.1 200 OK\r\nA: " + "b".repeat(20_000) + "\r\n\r\n", NOBODY, "longer than");
        assertNoWay(
                TestProxy.OPEN,
                Optional.of(new ProxyServer.Login.Named("anna", "env:NOT_THERE")),
                "no password for the proxy");
    }

    @Test
    void aProxyMayNotBeThere() throws Exception {
        TestProxy proxy = new TestProxy(1);
        Origin origin = origin(true, HOST, proxy, NOBODY);
        proxy.close();
        assertThatThrownBy(() -> connect(origin, 5_000, context.getSocketFactory()))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aProxyThatSaysNothingIsNotWaitedForLonger() throws Exception {
        try (TestProxy proxy = new TestProxy(1, head -> "", 0)) {
            Origin origin = origin(true, HOST, proxy, NOBODY);
            assertThatThrownBy(() -> connect(origin, 200, context.getSocketFactory()))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("it did not answer in time");
        }
    }

    /** Each byte comes in time, and all of them would take a quarter of an hour. */
    @Test
    @Timeout(30)
    void norIsOneThatSaysItLetterByLetter() throws Exception {
        try (TestProxy proxy = new TestProxy(1, head -> "HTTP/1.1 200 " + "k".repeat(9_000) + "\r\n\r\n", 100)) {
            Origin origin = origin(true, HOST, proxy, NOBODY);
            assertThatThrownBy(() -> connect(origin, 400, context.getSocketFactory()))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("it did not answer in time");
        }
    }

    /** Whoever closes the wire, as when a client leaves, closes the tunnel. */
    @Test
    void theTunnelEndsWithTheWire() throws Exception {
        try (ServerSocket provider = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TestProxy proxy = new TestProxy(provider.getLocalPort())) {
            Wire wire = connect(origin(false, HOST, proxy, NOBODY), 5_000, context.getSocketFactory());
            try (Socket there = provider.accept()) {
                there.setSoTimeout((int) Duration.ofSeconds(20).toMillis());
                wire.close();
                assertThat(there.getInputStream().read()).isNegative();
            }
        }
    }

    /** The operator learns why, once, and neither users nor passwords are in it. */
    @Test
    void whyAProviderIsNotReachedIsInTheLog() throws Exception {
        Logger logger = Logger.getLogger(Unreached.class.getName());
        List<String> lines = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        try (TestProxy proxy = new TestProxy(1, TestProxy.withLogin("Basic no"), 0);
                Wires wires = new Wires(new Proxies(ProxyConfig.NONE, ProxyWireTest::secret))) {
            Origin through =
                    origin(true, HOST, proxy, Optional.of(new ProxyServer.Login.Named("anna", "env:PASSWORD")));
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> wires.connect(through, 5_000)).isInstanceOf(IOException.class);
            }
            assertThatThrownBy(() -> wires.connect(new Origin(true, HOST, 443), 5_000))
                    .isInstanceOf(IOException.class);
            assertThat(lines)
                    .containsExactly(
                            "no connection to provider.invalid:443 through the proxy 127.0.0.1:" + proxy.port()
                                    + ": it answered 407 Proxy Authentication Required: expected a user and a password that it"
                                    + " takes, by the scheme Basic",
                            "no connection to provider.invalid:443: the name provider.invalid is not known here");
        } finally {
            logger.removeHandler(handler);
        }
    }

    @Test
    void connectionsThatRestBelongToOneProxy() throws Exception {
        try (ServerSocket provider = provider(false);
                TestProxy one = new TestProxy(provider.getLocalPort());
                TestProxy other = new TestProxy(provider.getLocalPort());
                Wires wires = new Wires(new Proxies(
                        new ProxyConfig(new ProxyConfig.Choice(Optional.empty(), Optional.empty()), Map.of()),
                        ProxyWireTest::secret))) {
            Origin first = origin(false, HOST, one, NOBODY);
            Wire wire = wires.connect(first, 5_000);
            ask(wire);
            wires.give(first, wire);
            assertThat(wires.resting(origin(false, HOST, other, NOBODY))).isNull();
            assertThat(wires.resting(new Origin(false, HOST, 80))).isNull();
            assertThat(wires.resting(origin(false, HOST, one, NOBODY))).isSameAs(wire);
            wire.close();
        }
    }
}
