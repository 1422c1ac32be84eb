package dev.jerboa.server.reply;

import dev.jerboa.engine.schedule.Service;
import dev.jerboa.server.http.Body;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.model.Models;
import io.helidon.webserver.http.ServerRequest;
import java.time.Duration;

/**
 * What all dialects serve from. Thread-safe.
 *
 * @param models the models
 * @param replies has orders written
 * @param mostBytes the longest body that is read
 * @param longest the most time that a reply may take
 */
public record Serving(Models models, Replies replies, int mostBytes, Duration longest) {
    /** The fields of a request's body. */
    public Fields body(ServerRequest request) {
        return Body.fields(request, mostBytes);
    }

    /** When a client's reply is served, from now on. */
    public Service service(String client) {
        return service(client, 0, longest);
    }

    /** When a client's reply is served, with a priority, and with less time where it wants less. */
    public Service service(String client, int priority, Duration wanted) {
        Duration time = wanted.compareTo(longest) < 0 ? wanted : longest;
        return new Service(client, priority, System.nanoTime() + time.toNanos());
    }
}
