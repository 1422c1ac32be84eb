package dev.jerboa.gateway.upstream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** An HTTP proxy on a real socket that knows CONNECT. Whatever name is asked for, it connects to one port of this machine. */
final class TestProxy implements AutoCloseable {
    /** Lets everybody through. */
    static final Function<String, String> OPEN = head -> "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n";

    private final ServerSocket server;
    private final int port;
    private final Function<String, String> answer;
    private final int pauseMillis;
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    /**
     * @param port of the provider
     * @param answer to a head; empty for none at all
     * @param pauseMillis between two bytes of it
     */
    TestProxy(int port, Function<String, String> answer, int pauseMillis) throws IOException {
        this.port = port;
        this.answer = answer;
        this.pauseMillis = pauseMillis;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    TestProxy(int port) throws IOException {
        this(port, OPEN, 0);
    }

    /** Lets those through who log in, as a proxy of a company does. */
    static Function<String, String> withLogin(String authorization) {
        return head -> head.contains("\r\nProxy-Authorization: " + authorization + "\r\n")
                ? OPEN.apply(head)
                : "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 6\r\n\r\nnot me";
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                sockets.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            client.setTcpNoDelay(true);
            String head = head(client.getInputStream());
            heads.add(head);
            String said = answer.apply(head);
            for (byte b : said.getBytes(StandardCharsets.ISO_8859_1)) {
                client.getOutputStream().write(b);
                if (pauseMillis > 0) {
                    Thread.sleep(pauseMillis);
                }
            }
            if (said.isEmpty()) {
                client.getInputStream().readAllBytes(); // until the other side has had enough
            } else if (said.contains(" 200 ")) {
                tunnel(client);
            }
        } catch (IOException | InterruptedException e) {
            // the test has seen enough
        }
    }

    private void tunnel(Socket client) throws IOException, InterruptedException {
        try (Socket provider = new Socket(InetAddress.getLoopbackAddress(), port)) {
            Thread back = Thread.ofVirtual().start(() -> copy(provider, client));
            copy(client, provider);
            back.join();
        }
    }

    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            // the test has seen enough
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no request");
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    int port() {
        return server.getLocalPort();
    }

    /** What was asked of it. */
    List<String> heads() {
        return heads;
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
