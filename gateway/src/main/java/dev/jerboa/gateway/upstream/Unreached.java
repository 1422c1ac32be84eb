package dev.jerboa.gateway.upstream;

import java.io.IOException;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Says in the log why a provider is not reached: names, certificates and proxies are the operator's, whom nobody else tells, and none of a
 * client's business. Once a minute for each. Thread-safe.
 */
final class Unreached {
    private static final System.Logger LOG = System.getLogger(Unreached.class.getName());
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Map<Origin, Long> said = new ConcurrentHashMap<>();

    void say(Origin origin, IOException cause) {
        long now = System.nanoTime();
        Long last = said.put(origin, now);
        if (last != null && now - last < QUIET_NANOS) {
            said.put(origin, last);
            return;
        }
        LOG.log(
                System.Logger.Level.WARNING,
                () -> "no connection to " + origin.host() + ":" + origin.port()
                        + origin.proxy()
                                .map(proxy -> " through the proxy " + proxy.host() + ":" + proxy.port())
                                .orElse("")
                        + ": " + words(cause));
    }

    private static String words(IOException cause) {
        return cause instanceof UnknownHostException
                ? "the name " + cause.getMessage() + " is not known here"
                : cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
