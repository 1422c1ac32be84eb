package dev.jerboa.server.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.CloseConnectionException;
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

/**
 * Makes connections of HTTP/1.1 whose clients can be watched ({@link ClientWatch}) and have to read: Helidon's own, with a reader and
 * a writer of ours between it and the socket. Thread-safe.
 */
public final class Connections implements ServerConnectionSelector, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Connections.class.getName());

    private final ServerConnectionSelector http =
            Http1ConnectionSelector.builder().config(Http1Config.create()).build();
    private final StalledWrites stalled;
    private final Watches watches = new Watches();

    /** @param writeTimeout a client that takes nothing for so long while there is something to take is cut off */
    public Connections(Duration writeTimeout) {
        this.stalled = new StalledWrites(writeTimeout);
    }

    @Override
    public int bytesToIdentifyConnection() {
        return http.bytesToIdentifyConnection();
    }

    @Override
    public Support supports(BufferData data) {
        return http.supports(data);
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return http.supportedApplicationProtocols();
    }

    /** Called on the connection's own thread, which serves all of its requests. */
    @Override
    public ServerConnection connection(ConnectionContext context) {
        ReadAhead client = new ReadAhead(context.dataReader(), watches);
        ClientWatch.serve(client);
        return http.connection(new Wrapped(
                context,
                DataReader.create(() -> next(client)),
                new TimedWriter(context.dataWriter(), context.serverSocket(), stalled)));
    }

    /**
     * More bytes of a client. What it began and does not go on with is closed without a word: Helidon would take the end of a request in
     * its headers, and silence there, for failures of its own.
     */
    private static byte[] next(ReadAhead client) {
        byte[] bytes;
        try {
            bytes = client.get();
        } catch (CloseConnectionException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "a connection ended: " + e);
            throw new ClientGoneException("the client does not go on", e);
        }
        if (bytes == null) {
            LOG.log(System.Logger.Level.DEBUG, "a client closed its connection");
            throw new ClientGoneException("the client closed its connection");
        }
        return bytes;
    }

    @Override
    public void close() {
        stalled.close();
        watches.close();
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
