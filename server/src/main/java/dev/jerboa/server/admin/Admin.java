package dev.jerboa.server.admin;

import static dev.jerboa.server.http.JsonMap.map;

import dev.jerboa.server.http.Body;
import dev.jerboa.server.http.Fields;
import dev.jerboa.server.http.Http;
import dev.jerboa.server.http.HttpError;
import dev.jerboa.server.http.Routes;
import dev.jerboa.server.model.ModelStatus;
import dev.jerboa.server.model.Models;
import dev.jerboa.server.model.Puller;
import dev.jerboa.server.model.Served;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /admin/models}, {@code POST /admin/models/load} and {@code /admin/models/unload} with the name in the body or the query, and
 * {@code POST /admin/models/NAME/load} and {@code /admin/models/NAME/unload}, where a {@code /} of the name may be encoded or not; and
 * {@link Pulls}.
 * Thread-safe.
 */
public final class Admin implements HttpService {
    private static final System.Logger LOG = System.getLogger(Admin.class.getName());
    private static final int MOST_BODY_BYTES = 64 << 10;
    private static final int MOST_GRACE_SECONDS = 24 * 60 * 60;

    private final Models models;
    private final Duration grace;
    private final @Nullable Pulls pulls;

    /**
     * @param grace how long requests may go on when their model is unloaded and nothing else is said
     * @param puller fetches models by name; null where none are fetched
     */
    public Admin(Models models, Duration grace, @Nullable Puller puller) {
        this.models = models;
        this.grace = grace;
        this.pulls = puller == null ? null : new Pulls(models, puller);
    }

    @Override
    public void routing(HttpRules rules) {
        Routes routes = new Routes(rules);
        if (pulls != null) {
            routes.post("/admin/models/pull", pulls::pull).post("/api/pull", pulls::pull);
        }
        routes.get("/admin/models", this::list)
                .post("/admin/models/load", (request, response) -> load(named(request), response))
                .post("/admin/models/unload", (request, response) -> unload(named(request), response))
                .post("/admin/models/{+name}/load", (request, response) -> load(inPath(request), response))
                .post("/admin/models/{+name}/unload", (request, response) -> unload(inPath(request), response))
                .refuseOthers();
    }

    private void list(ServerRequest request, ServerResponse response) {
        List<Object> list = new ArrayList<>();
        models.statuses().forEach(status -> list.add(model(status)));
        Http.json(response, map("models", list));
    }

    /** Which model, and how long its requests may go on. */
    private record Wish(String name, Duration grace) {}

    private void load(Wish wish, ServerResponse response) {
        String name = wish.name();
        try {
            models.load(name);
        } catch (HttpError e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "the model " + name + " could not be loaded: " + e);
            throw HttpError.of(
                    HttpError.Kind.INTERNAL, "the model '" + name + "' could not be loaded: " + e.getMessage());
        }
        Http.json(response, model(models.status(name)));
    }

    private void unload(Wish wish, ServerResponse response) {
        models.unload(wish.name(), wish.grace());
        Http.json(response, model(models.status(wish.name())));
    }

    private Wish inPath(ServerRequest request) {
        Fields body = body(request);
        return wish(request.path().pathParameters().get("name"), body, "expected grace_seconds or nothing");
    }

    private Wish named(ServerRequest request) {
        Fields body = body(request);
        String name = body.text("model", request.query().first("model").orElse(""));
        if (name.isEmpty()) {
            throw HttpError.field("model", "expected the name of a declared model, in the body or the query");
        }
        return wish(name, body, "expected model and grace_seconds");
    }

    private Wish wish(String name, Fields body, String expected) {
        int seconds = body.whole("grace_seconds", 0, MOST_GRACE_SECONDS, (int) grace.toSeconds());
        if (!body.unread().isEmpty()) {
            throw HttpError.of(HttpError.Kind.BAD_REQUEST, expected + ", found " + body.unread());
        }
        return new Wish(name, Duration.ofSeconds(seconds));
    }

    private static Fields body(ServerRequest request) {
        return request.content().hasEntity() ? Body.fields(request, MOST_BODY_BYTES) : new Fields(map(), "");
    }

    private static Map<String, @Nullable Object> model(ModelStatus status) {
        Map<String, @Nullable Object> entry = map(
                "name",
                status.id(),
                "state",
                status.state().text(),
                "adapters",
                status.adapters(),
                "in_use",
                status.uses(),
                "error",
                status.failure());
        Served served = status.served();
        if (served != null) {
            entry.put("parameters", served.model().parameterCount());
            entry.put("context_length", served.model().contextLength());
            entry.put("cache_bytes", served.model().cacheBytes());
        }
        return entry;
    }
}
