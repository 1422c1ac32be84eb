package dev.jerboa.server.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.socket.SocketOptions;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections of HTTP/1.1 whose clients can be watched ({@link ClientWatch}) and have to read: Helidon's own, with a reader and
 * a writer of ours between it and the socket. Thread-safe.
 */
public final class Connections implements ServerConnectionSelector, AutoCloseable {
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration GRACE = Duration.ofSeconds(60);
    private static final int MOST_THREADS = 256;

    private final ServerConnectionSelector http =
            Http1ConnectionSelector.builder().config(Http1Config.create()).build();
    private final StalledWrites stalled;
    private final Watches watches = new Watches();
    private final ClientSockets sockets;
    private final Duration grace;
    private final ConnectionThreads threads;

    /** @param writeTimeout a client that takes nothing for so long while there is something to take is cut off */
    public Connections(Duration writeTimeout) {
        this(writeTimeout, READ_TIMEOUT, GRACE, MOST_THREADS);
    }

    /**
     * @param readTimeout how long a read of a client waits in one go: one that is silent for longer between two requests gives its thread
     *     back; sooner where others want it
     * @param grace how long a request that has begun may keep its thread waiting, beside what its bytes take ({@link RequestPace})
     * @param threads how many threads of the system's there are
     */
    Connections(Duration writeTimeout, Duration readTimeout, Duration grace, int threads) {
        this.grace = grace;
        this.sockets = new ClientSockets(readTimeout);
        this.threads = new ConnectionThreads(threads);
        this.stalled = new StalledWrites(writeTimeout);
    }

    /**
     * Has the connection of the running request end with it: whoever is told {@code Connection: close} sends nothing more, and what lies
     * behind, such as a body that nobody read, is not another request. Outside of requests nothing happens.
     */
    public static void endWithThisRequest() {
        ThreadedConnection.endWithThisRequest();
    }

    /**
     * Lets the running request's body come in pieces of so many bytes. A piece of a chunked body, or the line that says its length, is kept
     * until it is there as a whole: for requests that nobody has let in, only short ones are. Outside of requests nothing happens.
     */
    static void awaitBody(int mostBytes) {
        ThreadedConnection.awaitBody(mostBytes);
    }

    /** How listeners have to set the sockets of connections from here. */
    public SocketOptions sockets() {
        return sockets;
    }

    @Override
    public int bytesToIdentifyConnection() {
        return http.bytesToIdentifyConnection();
    }

    @Override
    public Support supports(BufferData data) {
        return Support
                .SUPPORTED; // nobody else is here: Helidon's own look would close what is not HTTP/1.1 without a word
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return http.supportedApplicationProtocols();
    }

    /** Called once a connection, before its first request. */
    @Override
    public ServerConnection connection(ConnectionContext context) {
        DataWriter writer = new TimedWriter(context.dataWriter(), context.serverSocket(), stalled);
        HelidonSocket socket = context.serverSocket();
        Patience patience = new Patience(
                sockets.begin(socket.localPeer().address(), socket.remotePeer().address()), sockets.readTimeout());
        return new ThreadedConnection(
                new ReadAhead(() -> bytes(context), watches),
                patience,
                new RequestPace(grace),
                threads,
                reader -> http.connection(new Wrapped(context, reader, writer)));
    }

    /** More bytes of a client, past Helidon's reader where that has none: it keeps all it ever read from the collector's young generation. */
    private static byte @Nullable [] bytes(ConnectionContext context) {
        DataReader before = context.dataReader(); // which has looked at the first ones, to tell the protocol
        int known = before.available();
        if (known == 0) {
            return context.serverSocket().get();
        }
        byte[] bytes = new byte[known];
        before.readBuffer(known).read(bytes);
        return bytes;
    }

    /** How many of the system's threads serve now. */
    int busyThreads() {
        return threads.busy();
    }

    @Override
    public void close() {
        stalled.close();
        watches.close();
        threads.close();
    }

    /** A connection with another reader and writer. */
    private record Wrapped(ConnectionContext context, DataReader dataReader, DataWriter dataWriter)
            implements ConnectionContext {
        @Override
        public ListenerContext listenerContext() {
            return context.listenerContext();
        }

        @Override
        public ExecutorService executor() {
            return context.executor();
        }

        @Override
        public Router router() {
            return context.router();
        }

        @Override
        public Optional<ProxyProtocolData> proxyProtocolData() {
            return context.proxyProtocolData();
        }

        @Override
        public HelidonSocket serverSocket() {
            return context.serverSocket();
        }

        @Override
        public PeerInfo remotePeer() {
            return context.remotePeer();
        }

        @Override
        public PeerInfo localPeer() {
            return context.localPeer();
        }

        @Override
        public boolean isSecure() {
            return context.isSecure();
        }

        @Override
        public String socketId() {
            return context.socketId();
        }

        @Override
        public String childSocketId() {
            return context.childSocketId();
        }
    }
}
