package dev.jerboa.server.http;

import io.helidon.common.socket.SocketOptions;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How sockets of clients are set: a small piece of a stream does not wait for the one before it to be acknowledged, which clients delay
 * by up to 40 ms, and a read ends after a time, which Helidon's own options do not bring about. That time may be another one later, for
 * which a connection that begins finds its socket here: Helidon's own classes do not give it away. Thread-safe.
 */
final class ClientSockets implements SocketOptions {
    private static final int MOST_ACCEPTED = 4096;

    private final SocketOptions options;
    /** Sockets whose connections have not begun, guarded by itself. One that says nothing never begins: the oldest are forgotten. */
    private final Map<Ends, Socket> accepted = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Ends, Socket> eldest) {
            return size() > MOST_ACCEPTED;
        }
    };

    private record Ends(
            @Nullable SocketAddress here, @Nullable SocketAddress there) {}

    ClientSockets(Duration readTimeout) {
        options = SocketOptions.builder()
                .tcpNoDelay(true)
                .readTimeout(readTimeout)
                .build();
    }

    @Override
    public void configureSocket(SocketChannel channel) {
        options.configureSocket(channel);
        Socket socket = channel.socket();
        try {
            socket.setSoTimeout(Math.toIntExact(readTimeout().toMillis()));
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
        synchronized (accepted) {
            accepted.put(new Ends(socket.getLocalSocketAddress(), socket.getRemoteSocketAddress()), socket);
        }
    }

    /** The socket of a connection that begins, once; none where so many have come since that it was forgotten. */
    Optional<Socket> begin(SocketAddress here, SocketAddress there) {
        synchronized (accepted) {
            return Optional.ofNullable(accepted.remove(new Ends(here, there)));
        }
    }

    @Override
    public Map<SocketOption<?>, Object> socketOptions() {
        return options.socketOptions();
    }

    @Override
    public Duration connectTimeout() {
        return options.connectTimeout();
    }

    @Override
    public Duration readTimeout() {
        return options.readTimeout();
    }

    @Override
    public Optional<Integer> socketReceiveBufferSize() {
        return options.socketReceiveBufferSize();
    }

    @Override
    public Optional<Integer> socketSendBufferSize() {
        return options.socketSendBufferSize();
    }

    @Override
    public boolean socketReuseAddress() {
        return options.socketReuseAddress();
    }

    @Override
    public boolean socketKeepAlive() {
        return options.socketKeepAlive();
    }

    @Override
    public boolean tcpNoDelay() {
        return options.tcpNoDelay();
    }
}
