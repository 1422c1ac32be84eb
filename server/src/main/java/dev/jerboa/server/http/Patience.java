package dev.jerboa.server.http;

import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How long reads of one client wait in one go, from the next one on. For one thread at a time. */
final class Patience {
    /** Where others wait for the thread. */
    private static final int BRIEF_MILLIS = 1_000;

    private final @Nullable Socket socket;
    private final int usual;
    private int current;

    /**
     * @param socket none where it is not known: all waits are then the usual ones
     * @param usual what the socket is set to
     */
    Patience(Optional<Socket> socket, Duration usual) {
        this.socket = socket.orElse(null);
        this.usual = Math.toIntExact(usual.toMillis());
        this.current = this.usual;
    }

    /** As long as a thread is kept for a client that says nothing. */
    void usual() {
        set(usual);
    }

    /** Only a moment. */
    void brief() {
        set(Math.min(usual, BRIEF_MILLIS));
    }

    /** Until something comes, by who has nothing else to do. */
    void endless() {
        set(0);
    }

    private void set(int millis) {
        if (socket == null || millis == current) {
            return;
        }
        try {
            socket.setSoTimeout(millis);
            current = millis;
        } catch (SocketException e) {
            // it is closed, as the next read will tell
        }
    }
}
