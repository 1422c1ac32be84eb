package dev.jerboa.gateway.upstream;

import java.util.Map;

/**
 * Where a reply to a client goes. Implemented by the server. One thread. Any method throws where the client is gone, with an exception of
 * the server's that the path of a request lets through after it has settled.
 */
public interface ReplySink {
    /** Sends status and headers; once, before anything else. */
    void begin(int status, Map<String, String> headers);

    /** Whether {@link #begin} was called: from then on no other endpoint can answer. */
    boolean hasBegun();

    /** Takes bytes of the body. */
    void write(byte[] bytes, int offset, int length);

    /** Sends what was taken. */
    void flush();
}
