package dev.jerboa.server.http;

import org.jspecify.annotations.Nullable;

/** Watches the client of the running request, while its reply is made. Belongs to the request's thread. */
public final class ClientWatch implements AutoCloseable {
    /** The client of the thread's connection; a connection has a thread of its own. */
    private static final ThreadLocal<@Nullable ReadAhead> CLIENT = new ThreadLocal<>();

    private final @Nullable ReadAhead client;

    private ClientWatch(@Nullable ReadAhead client) {
        this.client = client;
    }

    /** The running thread serves a client from now on. */
    static void serve(ReadAhead client) {
        CLIENT.set(client);
    }

    /** The running thread serves nobody any more. */
    static void leave() {
        CLIENT.remove();
    }

    /**
     * Begins to watch; outside of requests there is nobody to watch.
     *
     * @param gone run at most once, on another thread or at once, if the client goes away before {@link #close}; must not block
     */
    public static ClientWatch begin(Runnable gone) {
        ReadAhead client = CLIENT.get();
        if (client != null) {
            client.watch(gone);
        }
        return new ClientWatch(client);
    }

    @Override
    public void close() {
        if (client != null) {
            client.unwatch();
        }
    }
}
