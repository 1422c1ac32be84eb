package dev.jerboa.gateway.upstream;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a reply to a client goes. Implemented by the server. One thread. Methods that send throw where the client is gone, with an
 * exception of the server's that the path of a request lets through after it has settled.
 */
public interface ReplySink {
    /** Headers that the reply has besides, however it ends; before {@link #begin} and {@link #waiting}. */
    void tell(Map<String, String> headers);

    /** Sets status and headers; once, before {@link #write}. After {@link #waiting} these have been sent, and are those for a stream. */
    void begin(int status, Map<String, String> headers);

    /** Whether {@link #begin} was called: from then on no other endpoint can answer. */
    boolean hasBegun();

    /** Takes bytes of the body. */
    void write(byte[] bytes, int offset, int length);

    /** Sends what was taken. */
    void flush();

    /**
     * Sends something that clients pass over, so that nobody thinks that the stream is dead. Where nothing was begun, status 200 and headers
     * go before it, and another endpoint can still answer.
     */
    void waiting(Map<String, String> headers, byte[] bytes);

    /** Whether status and headers have been sent: what goes wrong from then on is told within the reply. */
    boolean isOpen();

    /**
     * Has something run once, on another thread or at once, if the client goes away; it takes the place of what was given before. Null for
     * nothing.
     */
    void whenGone(@Nullable Runnable gone);
}
